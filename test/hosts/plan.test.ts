// A plan on real hosts, in all the situations in which somebody asks for one: test/hosts/snapshots/plans.txt has what it says, as text.
// SHIPIT_SNAPSHOTS=write writes it anew. Nothing on the host may change by it, and the history gets no line.
import assert from 'node:assert/strict'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import { hostsSuite, type Lab } from './support/lab.ts'
import { Project } from './support/project.ts'

const SNAPSHOT = join(import.meta.dirname, 'snapshots/plans.txt')
const isWritten = process.env.SHIPIT_SNAPSHOTS === 'write'
const STATE = '/var/lib/shipit/apps/codebase'
const RECIPE = '/etc/shipit/apps/codebase/recipe'
const GIT = 'git --git-dir /srv/git/codebase.git -c user.name=Alice -c user.email=alice@localhost'
const STEPS = `git(),
  root(['/usr/sbin/apachectl', 'configtest'], { inPlan: true, phase: 'prepare' }),
  shell('while [ -e /srv/hold ]; do sleep 0.05; done', { name: 'hold', phase: 'prepare', when: 'docs' }),
  rsync({ from: 'src/', to: '/var/codebase/src/', delete: true }),
  root(['/usr/sbin/apachectl', 'restart']),
  check('http://localhost/app'),`

/** Of every file of a host: what would show that it was touched. Not of what the kernel, sshd and sudo write at each login. */
const LIVING = ['/proc', '/sys', '/dev', '/run', '/tmp', '/var/log', '/var/lab-ballast']
/** No content changes without the time of that (inode(7)). Of the folder in which the scratch folder comes and goes not the times. */
const LIST = `find / \\( ${LIVING.map((path) => `-path ${path}`).join(' -o ')} \\) -prune -o \\
  -path ${STATE} -printf '%p\\t%m %U %G\\0' -o -printf '%p\\t%m %U %G %i %s %T@ %C@ %l\\0'`

/** Each path with what is known of it. */
async function fingerprint(lab: Lab): Promise<Map<string, string>> {
  const rows = (await lab.output('web1', LIST)).split('\0')
  return new Map(rows.slice(0, -1).map((row) => row.split('\t', 2) as [string, string]))
}

/** What differs from one time to the next, or between machines. */
function withoutChance(text: string): string {
  return text
    .replace(/\brun [0-9a-f]{7,}/g, 'run ID')
    .replace(/ -i \S+/g, ' -i KEY')
    .replace(/\b(?:just now|\d+ (?:second|minute|hour|day|month|year)s? ago)/g, 'AGE')
    .replace(/[\d.]+ [KMGT]iB free/g, 'SOME free')
    .replace(/(held by alice for|by alice,) (?:[\d.]+ s(?: ago)?|AGE)/g, '$1 TIME')
    .replace(/\(\d+\.\d+\.\d+\.\d+(?::\d+)?\)/g, '(ADDRESS)')
}

hostsSuite('a plan', { hosts: 2 }, (lab) => {
  let project: Project
  const texts = new Map<string, string>()
  const sh = (script: string) => lab.output('web1', script)

  before(async () => {
    project = new Project({ lab, hosts: ['web1', 'web2'], steps: STEPS })
    for (const host of ['web1', 'web2']) {
      await lab.scenario(host)
      await project.install(host)
    }
    const { status, stdout } = await project.shipit('deploy', 'production', '--host', 'web1')
    assert.equal(status, 0, stdout)
  })
  after(() => {
    if (isWritten && texts.size > 0)
      writeFileSync(SNAPSHOT, [...texts].map(([name, text]) => `# ${name}\n${text}`).join('\n'))
    project.remove()
  })

  /** Commits changes of files to a branch, on another one; the ids are always the same. */
  const commit = async (branch: string, from: string, subject: string, files: Record<string, string>) => {
    const changes = Object.entries(files).map(([path, text]) =>
      text === ''
        ? `printf '0 %040d\\t${path}\\n' 0 | ${GIT} update-index --index-info`
        : `${GIT} update-index --add --cacheinfo 100644,$(printf %s '${text}' | ${GIT} hash-object -w --stdin),${path}`,
    )
    const date = "GIT_AUTHOR_DATE='@1790000000 +0000' GIT_COMMITTER_DATE='@1790000000 +0000'"
    return sh(`export GIT_INDEX_FILE=/tmp/index; rm -f /tmp/index; ${GIT} read-tree ${from}; ${changes.join('; ')}
      id=$(${date} ${GIT} commit-tree -p ${from} -m '${subject}' "$(${GIT} write-tree)") && ${GIT} update-ref refs/heads/${branch} "$id" && echo "$id"`)
  }

  /** Asks for a plan, holds it against the snapshot, and the host against what it was. */
  const shows = async (name: string, { exit = 0, words = [] as string[], isChanging = false } = {}) => {
    const root = await lab.path('web1')
    const history = await sh(`cat ${STATE}/history`)
    const known = await fingerprint(lab)
    const hosts = words.includes('--host') ? [] : ['--host', 'web1']
    const { status, stdout, stderr } = await project.shipit('plan', 'production', ...hosts, ...words)
    const now = await fingerprint(lab)
    const differing = [...new Set([...known.keys(), ...now.keys()])].filter(
      (path) => known.get(path) !== now.get(path) && !(isChanging && path.startsWith(`${STATE}/runs/`)),
    )
    assert.ok(known.size > 1000)
    assert.deepEqual(differing, [], 'nothing has changed')
    assert.equal(await sh(`cat ${STATE}/history`), history)
    assert.equal(existsSync(join(root, STATE, 'plan')), false)
    assert.equal(status, exit, stdout + stderr)
    const text = withoutChance(stdout + stderr)
    texts.set(name, text)
    if (isWritten) return
    const kept = readFileSync(SNAPSHOT, 'utf8').split(/^# /m)
    const wanted = kept.find((each) => each.startsWith(`${name}\n`))?.slice(name.length + 1)
    assert.equal(text.trimEnd(), wanted?.trimEnd())
  }

  let [first, second] = ['', '']

  test('of what is live says that nothing would change', async () => {
    first = await sh(`${GIT} rev-parse master`)
    await shows('up to date')
  })

  test('of newer commits names them and the files', async () => {
    await commit('master', 'master', 'fix the cart', { 'src/cart': 'new', 'src/lib/old.py': '' })
    second = await commit('master', 'master', 'larger pictures', { 'src/.hidden': 'another' })
    await shows('behind', { words: ['--files'] })
  })

  test('of an older commit than the live one says that it is superseded', async () => {
    const { status, stdout } = await project.shipit('deploy', 'production', '--host', 'web1')
    assert.equal(status, 0, stdout)
    await shows('ahead', { words: ['--commit', first] })
  })

  test('of a branch that was pushed by force warns of what would go away', async () => {
    await commit('master', first, 'start again', { 'src/again': 'x' })
    await shows('diverged')
    await sh(`${GIT} update-ref refs/heads/master ${second}`)
  })

  test('of files that somebody has changed by hand says which a deploy would put right', async () => {
    const kept =
      'cp -a /var/codebase/src /root/src; date >/var/codebase/src/cart; touch /var/codebase/src/theirs'
    await sh(`${kept}; chown deploybot: /var/codebase/src/theirs`)
    await shows('drifted', { words: ['--files'] })
    await sh('rm -rf /var/codebase/src; mv /root/src /var/codebase/src')
  })

  test('while somebody deploys says who', async () => {
    await sh('touch /srv/hold')
    const running = project.shipit('deploy', 'production', '--host', 'web1', '--docs')
    // its first step is done, and the next one begins and holds
    while ((await lab.exec('web1', `grep -qs hold ${STATE}/runs/*/step.*`)).status !== 0) await setTimeout(50)
    try {
      await shows('locked', { isChanging: true })
    } finally {
      await sh('rm /srv/hold')
    }
    assert.equal((await running).status, 0)
  })

  test('of a frozen app says by whom and why', async () => {
    await project.shipit('freeze', 'production', '--host', 'web1', '--message', 'the sale')
    try {
      await shows('frozen')
    } finally {
      await project.shipit('unfreeze', 'production', '--host', 'web1')
    }
  })

  test('on a full disk says so, and what can be known', async () => {
    await commit('master', 'master', 'one more', { 'src/more': 'x' })
    await lab.diskFull('web1')
    try {
      await shows('disk full')
    } finally {
      await lab.diskFree('web1')
    }
  })

  test('of a host that is not reached shows the others', async () => {
    await lab.killSshd('web2')
    try {
      await shows('unreachable', { exit: 69, words: ['--host', 'web1', '--host', 'web2'] })
    } finally {
      await lab.startSshd('web2')
    }
  })

  test('of another recipe says so, and what this one would do', async () => {
    await sh(
      `cp -a ${RECIPE} /root/recipe; sed -i "s/^RECIPE_DIGEST=.*/RECIPE_DIGEST=$(printf %064d 7)/" ${RECIPE}`,
    )
    await shows('other recipe')
    await sh(`cp -a /root/recipe ${RECIPE}`)
  })

  test('is what a dry run of deploy shows', async () => {
    const plan = await project.shipit('plan', 'production')
    const dry = await project.shipit('deploy', 'production', '--dry-run')
    assert.equal(dry.status, 0, dry.stdout + dry.stderr)
    assert.equal(withoutChance(dry.stdout), withoutChance(plan.stdout))
    // what says how a deploy begins, and is followed
    const both = await project.shipit('deploy', 'production', '--dry-run', '--partial', '--detach')
    assert.deepEqual([both.status, withoutChance(both.stdout)], [0, withoutChance(plan.stdout)])
  })
})
