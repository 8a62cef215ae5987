// A deploy to several hosts begins once all are reached and ready, with one commit; --partial begins on those that are.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { after, before, test } from 'node:test'
import { shortForm } from '../support/whole.ts'
import { hostsSuite, type RunResult } from './support/lab.ts'
import { Project } from './support/project.ts'

const HOSTS = ['web1', 'web2', 'web3']
const STATE = '/var/lib/shipit/apps/codebase'
const STEPS = `git(), rsync({ from: 'src/', to: '/var/codebase/src/', delete: true })`
const GIT = 'git --git-dir /srv/git/codebase.git -c user.name=t -c user.email=t@localhost'

hostsSuite('a deploy to several hosts', { hosts: HOSTS.length }, (lab) => {
  let project: Project
  before(async () => {
    project = new Project({ lab, hosts: HOSTS, steps: STEPS, connectTimeout: 30 })
    for (const host of HOSTS) {
      await lab.scenario(host)
      await project.install(host)
    }
  })
  after(() => project.remove())

  const runsOn = (host: string) => lab.output(host, `ls ${STATE}/runs 2>/dev/null | wc -l`)
  const allRuns = async () => (await Promise.all(HOSTS.map(runsOn))).join(' ')

  /** Each breaks something on web2, and repairs it. */
  const troubles: Record<
    string,
    { make: () => Promise<unknown>; repair: () => Promise<unknown>; exit: number; says: RegExp }
  > = {
    'refuses the connection': {
      make: () => lab.killSshd('web2'),
      repair: () => lab.startSshd('web2'),
      exit: 69,
      says: /'web2' \(\S+\) refused the connection/,
    },
    'has no shipit': {
      make: () => lab.output('web2', 'mv /etc/shipit/apps/codebase/recipe /root/'),
      repair: () => lab.output('web2', 'mv /root/recipe /etc/shipit/apps/codebase/'),
      exit: 77,
      says: /not installed/,
    },
    'is frozen': {
      make: () => project.shipit('freeze', 'production', '--host', 'web2', '--message', 'a test'),
      repair: () => project.shipit('unfreeze', 'production', '--host', 'web2'),
      exit: 75,
      says: /frozen/,
    },
    'has a recipe of its own': {
      make: () =>
        lab.output(
          'web2',
          `cp /etc/shipit/apps/codebase/recipe /root/ && sed -i "s/^RECIPE_DIGEST=.*/RECIPE_DIGEST=$(printf %064d 7)/" /etc/shipit/apps/codebase/recipe`,
        ),
      repair: () => lab.output('web2', 'cp /root/recipe /etc/shipit/apps/codebase/recipe'),
      exit: 78,
      says: /differs from yours/,
    },
    'does not have the branch': {
      make: () => lab.output('web2', `${GIT} branch -m master gone`),
      repair: () => lab.output('web2', `${GIT} branch -m gone master`),
      exit: 66,
      says: /'web2' has no branch 'master'/,
    },
    'cannot read the repository': {
      make: () => lab.output('web2', 'mv /srv/git/codebase.git /srv/git/elsewhere.git'),
      repair: () => lab.output('web2', 'mv /srv/git/elsewhere.git /srv/git/codebase.git'),
      exit: 1,
      says: /'web2' cannot read the repository:\n +\S/,
    },
  }

  // a frozen one comes below
  for (const [name, { make, repair, exit, says }] of shortForm(
    troubles,
    'refuses the connection',
    'cannot read the repository',
  ))
    test(`of which one ${name} begins nowhere, and with --partial on the others`, async () => {
      await make()
      let none: RunResult
      let some: RunResult
      const before = await allRuns()
      try {
        none = await project.shipit('deploy', 'production')
        assert.equal(await allRuns(), before, none.stdout)
        some = await project.shipit('deploy', 'production', '--partial')
      } finally {
        await repair()
      }
      assert.equal(none.status, exit, none.stdout)
      assert.match(none.stdout, says)
      assert.match(none.stdout, /was started nowhere: 1 of 3 hosts is not ready; ready: web\[1,3\]/)
      assert.match(none.stdout, /deploy production --branch master --partial/)
      assert.equal(some.status, exit, some.stdout)
      assert.match(some.stdout, /is live on web\[1,3\]/)
      assert.match(some.stdout, says)
    })

  test('all troubles are told at once, and --json has them, too', async () => {
    await troubles['is frozen']?.make()
    await lab.output('web3', 'mv /etc/shipit/apps/codebase/recipe /root/')
    const { status, stdout } = await project.shipit('deploy', 'production', '--json')
    await troubles['is frozen']?.repair()
    await lab.output('web3', 'mv /root/recipe /etc/shipit/apps/codebase/')
    assert.equal(status, 1, stdout)
    const { hosts } = JSON.parse(stdout.trimEnd().split('\n').at(-1) ?? '')
    assert.deepEqual(
      HOSTS.map((host) => hosts[host].error.code),
      ['SHIPIT_HELD_BACK', 'SHIPIT_LOCKED', 'SHIPIT_REFUSED'],
    )
  })

  test('puts the same commit on all of them, whatever is pushed meanwhile', async () => {
    const same = await project.shipit('deploy', 'production', '--json')
    assert.equal(same.status, 0, same.stdout)
    // web1 has a newer one that the others do not have
    const newer = `${GIT} update-ref refs/heads/master $(${GIT} commit-tree -p master -m newer 'master^{tree}')`
    await lab.output('web2', newer)
    const apart = await project.shipit('deploy', 'production')
    const lives = await Promise.all(HOSTS.map((host) => lab.output(host, `cut -d ' ' -f 1 ${STATE}/live`)))
    // either the older one was asked for everywhere, or the newer one was, which two hosts refuse
    if (apart.status === 0) assert.equal(new Set(lives).size, 1)
    else assert.match(apart.stdout, /or the commit is not on it/)
  })

  test('that is cancelled while one is silent is cancelled on all, and begins nowhere', async () => {
    await lab.cut('web2')
    const before = await runsOn('web1')
    const client = project.spawn('deploy', 'production')
    let said = ''
    let isSent = false
    client.stdout?.on('data', (chunk) => {
      said += chunk
      // once: what it says afterwards comes as it ends
      if (isSent || !/web1\] connected/.test(said) || !/web3\] connected/.test(said)) return
      isSent = client.kill('SIGINT')
    })
    const [code] = await once(client, 'close')
    await lab.heal('web2')
    assert.equal(code, 130, said)
    assert.match(said, /web\[1-3\]: the run was cancelled before it began/)
    assert.doesNotMatch(said, /--partial/)
    assert.equal(await runsOn('web1'), before)
  })

  test('that is detached begins nowhere either', async () => {
    await troubles['is frozen']?.make()
    const before = await allRuns()
    const { status, stdout, stderr } = await project.shipit('deploy', 'production', '--detach')
    await troubles['is frozen']?.repair()
    assert.equal(status, 75, stdout + stderr)
    assert.equal(await allRuns(), before)
    assert.match(stderr, /nothing was started on 'web1', since other hosts are not ready/)
  })
})
