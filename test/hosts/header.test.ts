// The first lines of a deploy: what goes where, from which commit to which, and what of it is not pushed; the question shows the same.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { appendFileSync, copyFileSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { Checkout, pushTo } from './support/checkout.ts'
import { answerInTerminal } from './support/in-terminal.ts'
import { hostsSuite } from './support/lab.ts'
import { Project } from './support/project.ts'

const HOSTS = ['web1', 'web2']
const STATE = '/var/lib/shipit/apps/codebase'
/** The lab's own is ASCII. */
const UTF8 = ['env', 'LC_ALL=C.UTF-8', process.execPath]
const STEPS = `git(), rsync({ from: 'src/', to: '/var/codebase/src/', delete: true })`

hostsSuite('the header of a deploy', { hosts: HOSTS.length }, (lab) => {
  let project: Project
  let asking: Project
  let checkout: Checkout
  before(async () => {
    project = new Project({ lab, hosts: HOSTS, steps: STEPS, connectTimeout: 30 })
    asking = new Project({ lab, hosts: HOSTS, steps: STEPS, connectTimeout: 30, production: 'confirm: true' })
    for (const host of HOSTS) {
      await lab.scenario(host)
      await project.install(host)
    }
    checkout = new Checkout(lab, project.folder)
  })
  after(() => {
    project.remove()
    asking.remove()
  })

  /** The lines of shipit's own before its last ones, of a deploy in a pipe. */
  const header = async (...words: string[]): Promise<string[]> => run({}, ...words)
  const run = async (where: { cwd?: string; env?: Record<string, string> }, ...words: string[]) => {
    const { status, stdout, stderr } = await lab.ctl(
      [...UTF8, project.program, 'deploy', 'production', ...words],
      { cwd: project.folder, ...where, env: where.env ?? {} },
    )
    assert.equal(status, 0, stdout + stderr)
    const own = stdout.split('\n').filter((line) => /^codebase( →|:)/.test(line))
    assert.equal(own[0], stdout.split('\n')[0], 'it is the first line')
    return [...own, ...stderr.split('\n').filter(Boolean)]
  }
  const brief = (id: string) => id.slice(0, 7)
  const liveOn = async (host: string) => brief(await lab.output(host, `cut -d ' ' -f 1 ${STATE}/live`))
  const START = 'codebase → production (web1)   master'

  test('says what is known of each checkout', async () => {
    const one = ['--host', 'web1']
    // no checkout
    const none = await header(...one)
    const first = await liveOn('web1')
    assert.deepEqual(none, [START, `codebase: master  ${first}`])
    // clean
    const second = brief(await pushTo(lab, HOSTS, { subject: 'fix the cart' }))
    await checkout.make('web1')
    assert.deepEqual(await header(...one), [
      START,
      `codebase: master  ${first} → ${second}  "fix the cart" · 1 commit`,
    ])
    // dirty
    appendFileSync(join(project.folder, 'src/webcode.py'), '# a change\n')
    const again = `codebase: master  ${second}  "fix the cart" · live already`
    assert.deepEqual(await header(...one), [`${START}   ! 1 changed file is not committed`, again])
    // ahead, and dirty
    checkout.git('commit', '-q', '--allow-empty', '-m', 'only here')
    const ahead = `   ! HEAD (${checkout.head}) is not pushed   ! 1 changed file is not committed`
    assert.deepEqual(await header(...one), [`${START}${ahead}`, again])
    // behind: what is deployed is not here
    checkout.git('reset', '-q', '--hard', 'origin/master')
    const third = brief(await pushTo(lab, HOSTS, { subject: 'greet in colour' }))
    assert.deepEqual(await header(...one), [START, `codebase: master  ${second} → ${third}`])
    await checkout.fetch('web1')
    // detached, at a commit that is pushed and at one that is not
    const live = `codebase: master  ${third}  "greet in colour" · live already`
    checkout.git('checkout', '-q', '--detach', 'origin/master~1')
    assert.deepEqual(await header(...one), [START, live])
    checkout.git('commit', '-q', '--allow-empty', '-m', 'nowhere')
    assert.deepEqual(await header(...one), [`${START}   ! HEAD (${checkout.head}) is not pushed`, live])
    checkout.git('checkout', '-q', 'master')
  })

  test('says in a job of CI, whose clone is shallow, which commit it is, and counts nothing', async () => {
    const [older, id] = [await liveOn('web1'), await pushTo(lab, HOSTS, { subject: 'for the job' })]
    await checkout.fetch('web1')
    const cwd = mkdtempSync(join(tmpdir(), 'shipit-shallow-'))
    try {
      const clone = ['clone', '-q', '--depth', '1', '--branch', 'pushed', `file://${project.folder}`, cwd]
      checkout.git('branch', '-f', 'pushed', 'origin/master')
      execFileSync('git', clone, { stdio: 'pipe' })
      execFileSync('git', ['checkout', '-q', '--detach'], { cwd, stdio: 'pipe' })
      copyFileSync(join(project.folder, 'deploy.config.ts'), join(cwd, 'deploy.config.ts'))
      symlinkSync(join(project.folder, 'node_modules'), join(cwd, 'node_modules'))
      const env = { CI: 'true', GITHUB_ACTIONS: 'true', GITHUB_SHA: id }
      const ref = { GITHUB_REF_TYPE: 'branch', GITHUB_REF_NAME: 'master' }
      assert.deepEqual(await run({ cwd, env: { ...env, ...ref } }, '--host', 'web1'), [
        `${START}  ${brief(id)}  "for the job"`,
        `codebase: master  ${older} → ${brief(id)}  "for the job"`,
        `commit ${id}, which this CI job has checked out`,
      ])
    } finally {
      rmSync(cwd, { recursive: true, force: true })
    }
  })

  test('of several hosts says what is live on each, before anything begins', async () => {
    const [one, id] = [await liveOn('web1'), brief(await pushTo(lab, HOSTS, { subject: 'for both' }))]
    await checkout.fetch('web1')
    const { stdout } = await lab.ctl([...UTF8, project.program, 'deploy', 'production'], {
      cwd: project.folder,
    })
    const lines = stdout.split('\n')
    assert.equal(lines[0], 'codebase → production (web[1-2])   master')
    const commits = `codebase: master  ${one} (web1), nothing (web2) → ${id}  "for both"`
    assert.ok(lines.indexOf(commits) > 0, stdout)
    assert.ok(lines.indexOf(commits) < lines.findIndex((line) => /\] run /.test(line)), stdout)
    const json = await project.shipit('deploy', 'production', '--json')
    const events = json.stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
    const { schema: _, ...begin } = events[0]
    assert.deepEqual(begin, {
      ...{ event: 'deploy', app: 'codebase', environment: 'production', hosts: HOSTS, notes: [] },
      ref: { kind: 'branch', name: 'master' },
    })
    const planned = events.filter(({ event }) => event === 'planned')
    assert.deepEqual(
      planned.map(({ host, live, commit }) => [host, brief(live.commit), live.how, brief(commit)]),
      HOSTS.map((host) => [host, id, 'complete', id]),
    )
  })

  test('stands above the rows of a terminal', async () => {
    const live = await liveOn('web1')
    const { status, shown } = await answerInTerminal(
      lab,
      {
        command: `stty cols 70 rows 24; ${UTF8.join(' ')} ${project.program} deploy production`,
        cwd: project.folder,
      },
      [],
    )
    assert.equal(status, 0, shown)
    const lines = [
      'codebase → production (web[1-2])',
      `  master  ${live}  "for both" · live already`,
      '✔ connect    2/2 hosts',
    ]
    assert.ok(shown.includes(`${lines.join('\n')}\n✔ git`), shown)
  })

  test('is shown with the question, and nothing begins without a yes', async () => {
    const id = brief(await pushTo(lab, HOSTS, { subject: 'asked about' }))
    const before = await liveOn('web1')
    const runs = () => lab.output('web1', `ls ${STATE}/runs | wc -l`)
    const count = await runs()
    const ask = (answer: string, ...words: string[]) => {
      const command = ['stty cols 80 rows 24;', ...UTF8, asking.program, 'deploy', 'production', ...words]
      return answerInTerminal(lab, { command: command.join(' '), cwd: asking.folder }, [['[y/N]', answer]])
    }
    const no = await ask('n\n')
    assert.equal(no.status, 2, no.shown)
    assert.match(
      no.shown,
      new RegExp(
        `codebase → production \\(web\\[1-2\\]\\)   master  ${before} → ${id}\\nDeploy branch 'master' to production\\?`,
      ),
    )
    assert.equal(await runs(), count)
    for (const hosts of [[], ['--host', 'web1']]) {
      // what is pushed while the person thinks is not what was shown
      const shownId = brief(await pushTo(lab, HOSTS, { subject: 'asked about' }))
      const yes = await ask('y\n', ...hosts)
      assert.equal(yes.status, 0, yes.shown)
      assert.match(yes.shown, new RegExp(` → ${shownId}\\nDeploy branch`))
      assert.match(yes.shown, /is live on web/)
      assert.equal(await liveOn('web1'), shownId)
      assert.equal(yes.shown.split('codebase → production').length, 2, 'the header stands there once')
    }
    const frozen = await project.shipit('freeze', 'production', '--host', 'web2', '--message', 'a test')
    assert.equal(frozen.status, 0)
    const trouble = await ask('y\n')
    await project.shipit('unfreeze', 'production', '--host', 'web2')
    assert.equal(trouble.status, 75, trouble.shown)
    assert.match(trouble.shown, /was started nowhere: 1 of 2 hosts is not ready/)
    assert.doesNotMatch(trouble.shown, /\[y\/N\]/)
  })
})
