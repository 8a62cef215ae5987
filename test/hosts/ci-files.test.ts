// The files for CI systems in docs/ci.md do what they say, on real hosts: each deploys to staging, then to production, with the job's key
// and the commit that the job has. GitHub is played here; the jobs for GitLab are run by gitlab-ci-local.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { parse } from 'yaml'
import { ciFile } from '../support/ci-files.ts'
import { GITHUB } from '../support/ci-variables.ts'
import { read } from '../support/pages.ts'
import { hostsSuite } from './support/lab.ts'
import { isOverOpenssh, Project } from './support/project.ts'

const GITLAB_CI_LOCAL = fileURLToPath(import.meta.resolve('gitlab-ci-local'))
const HOSTS = { staging: 'web1', production: 'web2' } as const

type Step = {
  id?: string
  uses?: string
  run?: string
  with?: Readonly<Record<string, string>>
  env?: Readonly<Record<string, string>>
}
type Workflow = { jobs: Readonly<Record<string, { environment: { name: string }; steps: readonly Step[] }>> }
type Action = {
  inputs: Readonly<Record<string, { default?: string }>>
  runs: { steps: readonly [Step & { env: Readonly<Record<string, string>>; run: string }] }
}

hostsSuite('the files of docs/ci.md', { hosts: 2 }, (lab) => {
  let project: Project
  /** a checkout, as a job has it */
  let checkout: string
  before(async () => {
    project = new Project({
      lab,
      hosts: Object.values(HOSTS),
      steps: `git(), shell('pwd', { name: 'publish' })`,
    })
    const file = join(project.folder, 'deploy.config.ts')
    const ssh = `{ user: 'alice', connectTimeout: 10${isOverOpenssh ? ", transport: 'openssh'" : ''} }`
    const environments = Object.entries(HOSTS).map(
      ([name, host]) => `${name}: { hosts: ['${host}'], branch: 'master', confirm: true, ssh: ${ssh} }`,
    )
    writeFileSync(
      file,
      readFileSync(file, 'utf8').replace(
        /environments: \{\n.*\n.*\n {2}\},\n/,
        `environments: { ${environments.join(', ')} },\n`,
      ),
    )
    await lab.scenario('web1')
    await lab.scenario('web2')
    const [one, other] = [await lab.path('web1'), await lab.path('web2')].map((path) =>
      join(path, 'srv/git/codebase.git'),
    )
    rmSync(other ?? '', { recursive: true })
    execFileSync('cp', ['-a', one ?? '', other ?? ''])
    for (const host of Object.values(HOSTS)) await project.install(host)

    checkout = mkdtempSync(join(tmpdir(), 'shipit-checkout-'))
    const git = (...words: string[]) =>
      execFileSync('git', ['-c', 'safe.directory=*', ...words], { cwd: checkout, encoding: 'utf8' })
    git('clone', '-q', one ?? '', '.')
    git('remote', 'set-url', 'origin', 'git@gitlab.example.com:octo-org/shop.git')
    writeFileSync(join(checkout, 'deploy.config.ts'), readFileSync(file))
    symlinkSync(join(project.folder, 'node_modules'), join(checkout, 'node_modules'))
    mkdirSync(join(project.folder, 'node_modules/.bin'))
    writeFileSync(
      join(project.folder, 'node_modules/.bin/shipit'),
      `#!/bin/sh\nexec ${process.execPath} ${project.program} "$@"\n`,
      { mode: 0o755 },
    )
    // the packages are there
    mkdirSync(join(checkout, '.bin'))
    writeFileSync(join(checkout, '.bin/npm'), '#!/bin/sh\nexit 0\n', { mode: 0o755 })
  })
  after(() => {
    project.remove()
    rmSync(checkout, { recursive: true, force: true })
  })

  const headOf = (folder: string) =>
    execFileSync('git', ['rev-parse', 'HEAD'], { cwd: folder, encoding: 'utf8' }).trim()
  const liveOn = (host: string) => lab.output(host, 'cat /var/lib/shipit/apps/codebase/live')
  const claimOf = async (name: string) => {
    const { stdout } = await lab.ctl([process.execPath, project.program, 'history', name, '--json'], {
      cwd: checkout,
      env: { SHIPIT_SSH_KEY: key(), SHIPIT_KNOWN_HOSTS: knownHosts() },
    })
    const { user, claimed } = JSON.parse(stdout.split('\n')[0] ?? '')
    return `${user}, who says ${claimed}`
  }
  const path = () => `${join(checkout, '.bin')}:${process.env.PATH}`
  const key = () => readFileSync(lab.key('alice'), 'utf8')
  const knownHosts = () => readFileSync(lab.knownHosts, 'utf8')

  /** What stands in `${{ … }}`, as GitHub would have it. */
  const evaluate = (text: string, values: Readonly<Record<string, string>>) =>
    text.replaceAll(/\$\{\{ *([\w.-]+) *\}\}/g, (_, name: string) => values[name] ?? '')

  /** Runs the step that is the action, as a runner does: its inputs as expressions, its script as a file for bash. */
  const runAction = async (step: Step) => {
    const { inputs, runs } = parse(read('action.yml')) as Action
    const context = { 'secrets.SHIPIT_SSH_KEY': key(), 'vars.SHIPIT_KNOWN_HOSTS': knownHosts() }
    const given = Object.fromEntries(
      Object.entries(inputs).map(([name, { default: otherwise = '' }]) => {
        const value = step.with?.[name]
        return [`inputs.${name}`, value === undefined ? otherwise : evaluate(value, context)]
      }),
    )
    const [deploy] = runs.steps
    const [script, outputs] = ['step.sh', 'outputs'].map((name) => join(project.folder, name)) as [
      string,
      string,
    ]
    writeFileSync(script, deploy.run)
    writeFileSync(outputs, '')
    const env = Object.fromEntries(
      Object.entries(deploy.env).map(([name, text]) => [name, evaluate(text, given)]),
    )
    const ended = await lab.ctl(['bash', '--noprofile', '--norc', '-eo', 'pipefail', script], {
      cwd: checkout,
      env: {
        ...GITHUB,
        GITHUB_REF_NAME: 'master',
        GITHUB_SHA: headOf(checkout),
        GITHUB_OUTPUT: outputs,
        ...env,
      },
    })
    return { ...ended, outputs: readFileSync(outputs, 'utf8') }
  }

  describe('one after the other', { concurrency: false }, () => {
    test('GitHub: the workflow with the action deploys to staging, then to production', async () => {
      const { jobs } = parse(ciFile('.github/workflows/deploy.yml')) as Workflow
      assert.deepEqual(Object.keys(jobs), ['staging', 'production'])
      for (const [name, { steps, environment }] of Object.entries(jobs)) {
        assert.equal(environment.name, name)
        const step = steps.find(({ id }) => id === 'shipit')
        assert.ok(step)
        const { status, stdout, stderr, outputs } = await runAction(step)
        assert.equal(status, 0, stdout + stderr)
        const host = HOSTS[name as keyof typeof HOSTS]
        assert.match(await liveOn(host), new RegExp(`^${headOf(checkout)} .* complete$`))
        assert.match(outputs, new RegExp(`^run=.*\ncommit=${headOf(checkout)}\ndeployed=true\n$`))
        assert.match(await claimOf(name), /^alice, who says actor=octocat,run=/)
        assert.doesNotMatch(stdout + stderr, /PRIVATE KEY/)
      }
    })

    test('GitHub: what an input says is a word of the command line, and never a command', async () => {
      const evil = '$(touch evil)`touch evil`; touch evil'
      for (const name of ['environment', 'app', 'branch', 'tag', 'commit', 'wait', 'arguments']) {
        const { status } = await runAction({
          with: { environment: 'staging', 'ssh-key': key(), 'known-hosts': knownHosts(), [name]: evil },
        })
        assert.notEqual(status, 0, name)
      }
      assert.doesNotMatch(execFileSync('ls', { cwd: checkout, encoding: 'utf8' }), /evil/)
    })

    test('GitHub: a project without shipit is told what to do', async () => {
      const { runs } = parse(read('action.yml')) as Action
      const script = join(project.folder, 'step.sh')
      writeFileSync(script, runs.steps[0].run)
      const { status, stdout } = await lab.ctl(['bash', '-eo', 'pipefail', script], {
        cwd: '/',
        env: { INPUT_TAG: '' },
      })
      assert.deepEqual(
        [status, stdout],
        [69, '::error::shipit is not installed: run npm ci before this action\n'],
      )
    })

    test('GitLab: the pipeline deploys to staging, and to production once it is told to', async () => {
      writeFileSync(join(checkout, '.gitlab-ci.yml'), ciFile('.gitlab-ci.yml'))
      for (const file of ['key', 'known_hosts'] as const) {
        writeFileSync(join(project.folder, file), file === 'key' ? key() : knownHosts())
        chmodSync(join(project.folder, file), 0o666)
      }
      for (const name of ['staging', 'production'] as const) {
        const before = await liveOn(HOSTS[name])
        const { status, stdout, stderr } = await lab.ctl(
          [
            process.execPath,
            GITLAB_CI_LOCAL,
            '--force-shell-executor',
            '--no-shell-isolation',
            ...['--variable', 'GITLAB_CI=true', '--variable', 'CI=true'],
            ...['--variable', 'GITLAB_USER_LOGIN=bob', '--unset-variable', 'CI_JOB_URL'],
            `deploy ${name}`,
          ],
          {
            cwd: checkout,
            env: {
              ...{ PATH: path(), CI_DEFAULT_BRANCH: 'master' },
              SHIPIT_SSH_KEY: join(project.folder, 'key'),
              SHIPIT_KNOWN_HOSTS: join(project.folder, 'known_hosts'),
            },
          },
        )
        assert.equal(status, 0, stdout + stderr)
        assert.notEqual(await liveOn(HOSTS[name]), before)
        // gitlab-ci-local reads the marks of sections itself
        assert.match(stdout, /shipit_\w+_1_started\n[\s\S]*shipit_\w+_1 took \d/)
        assert.equal(await claimOf(name), `alice, who says actor=bob,workflow=deploy_${name}`)
      }
    })

    test('cron: the script deploys what is on the main branch, and says nothing on stderr', async () => {
      const repository = join(await lab.path('web2'), 'srv/git/codebase.git')
      execFileSync('git', ['-c', 'safe.directory=*', 'remote', 'set-url', 'origin', repository], {
        cwd: checkout,
      })
      const script = ciFile('deploy-shop')
        .replace('/srv/deploy/shop', checkout)
        .replaceAll(/\bmain\b(?! branch)/g, 'master')
      const file = join(project.folder, 'deploy-shop')
      writeFileSync(file, script)
      const env = {
        ...{
          PATH: path(),
          LANG: 'C.UTF-8',
          SHIPIT_SSH_KEY: lab.key('alice'),
          SHIPIT_KNOWN_HOSTS: lab.knownHosts,
        },
        ...{ GIT_CONFIG_COUNT: '1', GIT_CONFIG_KEY_0: 'safe.directory', GIT_CONFIG_VALUE_0: '*' },
      }
      const log = join(project.folder, 'cron.log')
      const run = (commit = '') =>
        lab.ctl(['sh', '-c', `timeout 5m sh ${file} ${commit} >>${log}`], { cwd: '/', env })
      const good = await run()
      assert.equal(good.status, 0, good.stderr + readFileSync(log, 'utf8'))
      assert.doesNotMatch(good.stderr, /error|✖/)
      assert.match(readFileSync(log, 'utf8'), /is live on web2 \(production\)/)
      await lab.killSshd('web2', { sessions: true })
      const bad = await run()
      await lab.startSshd('web2')
      assert.equal(bad.status, 69)
      assert.match(bad.stderr, /^[✖x] web2: .* refused the connection$/m, 'cron mails it')
    })
  })
})
