// deploy --from staging: exactly the commit that all hosts of staging have. `after: 'staging'` takes no other.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { isWhole } from '../support/whole.ts'
import { pushTo } from './support/checkout.ts'
import { hostsSuite, type RunResult } from './support/lab.ts'
import { Project } from './support/project.ts'

const STAGING = ['web1', 'web2']
const HOSTS = [...STAGING, 'web3']
const STATE = '/var/lib/shipit/apps/codebase'

hostsSuite('deploy --from staging', { hosts: HOSTS.length }, (lab) => {
  let project: Project
  before(async () => {
    project = new Project({
      ...{ lab, hosts: ['web3'], connectTimeout: 30 },
      // 'probe' fails where a test wants it
      steps: `git(), rsync({ from: 'src/', to: '/var/codebase/src/', delete: true }), shell('! [ -e /tmp/fail ]', { name: 'probe' })`,
      environments: `staging: { hosts: ${JSON.stringify(STAGING)}, ssh: SSH },
        live: { hosts: ['web3'], ssh: SSH, after: 'staging', confirm: false },`,
    })
    for (const host of HOSTS) {
      await lab.scenario(host)
      await project.install(host)
    }
  })
  after(() => project.remove())

  const fromStaging = (...words: string[]) =>
    project.shipit('deploy', 'production', '--from', 'staging', ...words)
  const runsOnWeb3 = () => lab.output('web3', `ls ${STATE}/runs 2>/dev/null | wc -l`)
  const liveOn = (host: string) => lab.output(host, `cut -d ' ' -f 1,5 ${STATE}/live`)
  const stage = async (...words: string[]) => {
    const { status, stdout } = await project.shipit('deploy', 'staging', ...words)
    assert.equal(status, 0, stdout)
  }
  /** Refused, with nothing done. */
  const isRefused = async (run: () => Promise<RunResult>, says: RegExp, exit = 77) => {
    const before = await runsOnWeb3()
    const { status, stdout, stderr } = await run()
    assert.equal(status, exit, stdout + stderr)
    assert.match(stderr, says)
    assert.equal(await runsOnWeb3(), before)
  }

  test('is refused where staging has nothing', async () => {
    await isRefused(
      fromStaging,
      /cannot deploy what is live in staging:\n +nothing is live on 'web1'\n +nothing is live on 'web2'\n.*\n +shipit status staging\n.*\n +shipit deploy staging\n/,
    )
  })

  test('deploys the same 40 digits, whatever was pushed since', async () => {
    await stage()
    const [tried = ''] = (await liveOn('web1')).split(' ')
    await pushTo(lab, HOSTS, { subject: 'not tried' })
    const { status, stdout, stderr } = await fromStaging()
    assert.equal(status, 0, stdout + stderr)
    assert.match(stderr, new RegExp(`^commit ${tried}, which is live in staging$`, 'm'))
    for (const host of HOSTS) assert.equal(await liveOn(host), `${tried} complete`)
    const again = await fromStaging('--outdated')
    assert.deepEqual([again.status, again.stdout.includes('is up to date on web3')], [0, true], again.stdout)
  })

  test('is refused where one host of staging is behind', async () => {
    const newer = await pushTo(lab, HOSTS, { subject: 'on one' })
    await stage('--host', 'web2')
    const behind = new RegExp(
      `cannot deploy what is live in staging: 'web1' is behind: [0-9a-f]{12} is live there, and ${newer.slice(0, 12)} on 'web2'\\n`,
    )
    await isRefused(fromStaging, behind)
    if (isWhole) await isRefused(() => project.shipit('plan', 'production', '--from', 'staging'), behind)
    await stage()
  })

  test('is refused where one host has failed, is half done, or is at work', async () => {
    await pushTo(lab, HOSTS, { subject: 'fails' })
    await lab.output('web1', 'touch /tmp/fail')
    const failed = await project.shipit('deploy', 'staging')
    await lab.output('web1', 'rm /tmp/fail')
    assert.equal(failed.status, 1, failed.stdout)
    await isRefused(
      fromStaging,
      /: what is live on 'web1' is only partly there: run [0-9a-f]{7} did not succeed\n/,
    )
    await stage()
    // before it publishes: the older commit is live and whole
    await lab.output('web1', `mv /srv/git/codebase.git /srv/git/elsewhere.git`)
    const cannot = await project.shipit('deploy', 'staging', '--host', 'web1')
    await lab.output('web1', `mv /srv/git/elsewhere.git /srv/git/codebase.git`)
    assert.equal(cannot.status, 1, cannot.stdout)
    await isRefused(fromStaging, /: the last run on 'web1' did not succeed: run [0-9a-f]{7} failed\n/)
    await stage()
    await lab.output(
      'web2',
      `(flock -x 9; echo held >/tmp/held; while [ -e /tmp/held ]; do sleep 0.1; done) 9</etc/shipit/apps/codebase/lock >/dev/null 2>&1 &
      until [ -e /tmp/held ]; do sleep 0.05; done`,
    )
    await isRefused(fromStaging, /: a run is still in progress on 'web2'\n/)
    await lab.output('web2', 'rm /tmp/held')
  })

  test('is refused where one host is not reached, and all that is wrong is told', async () => {
    await lab.killSshd('web2')
    await isRefused(
      fromStaging,
      /cannot deploy what is live in staging: cannot connect to 'web2'.*|'web2' \(\S+\) refused the connection/,
    )
    await lab.output('web1', `sed -i 's/complete$/partial/' ${STATE}/live`)
    const json = await fromStaging('--json')
    await lab.startSshd('web2')
    await lab.output('web1', `sed -i 's/partial$/complete/' ${STATE}/live`)
    const { code, message } = JSON.parse(json.stdout)
    assert.deepEqual([json.status, code], [77, 'SHIPIT_REFUSED'])
    assert.match(
      message,
      /\n +what is live on 'web1' is only partly there: .*\n +.*'web2'.*refused the connection/,
    )
  })

  test('names an environment of hosts, and another one', async () => {
    for (const [words, says] of [
      [['--from', 'production'], /--from must name a different environment from the one you deploy to/],
      [['--from', 'stagin'], /the config has no environment 'stagin'\n.*Did you mean 'staging'\?/],
      [['--from', 'staging', '--commit', 'abcd'], /--commit/],
    ] as const)
      await isRefused(() => project.shipit('deploy', 'production', ...words), says, 2)
  })

  test('is what an environment that comes after staging takes, and nothing else', async () => {
    const [tried = ''] = (await liveOn('web1')).split(' ')
    const newest = await pushTo(lab, HOSTS, { subject: 'not on staging' })
    const why = new RegExp(
      `cannot deploy commit ${newest.slice(0, 12)} to live, which takes only what is live in staging: ${tried.slice(0, 12)}`,
    )
    const before = await runsOnWeb3()
    const newer = await project.shipit('deploy', 'live')
    assert.equal(newer.status, 77, newer.stdout)
    assert.match(newer.stdout, why)
    assert.match(newer.stdout, /shipit deploy live --from staging/)
    assert.equal(await runsOnWeb3(), before)
    await isRefused(() => project.shipit('deploy', 'live', '--commit', newest), why)
    const from = await project.shipit('deploy', 'live', '--from', 'staging')
    assert.equal(from.status, 0, from.stdout + from.stderr)
    assert.equal(await liveOn('web3'), `${tried} complete`)
    await stage()
    const now = await project.shipit('deploy', 'live')
    assert.equal(now.status, 0, now.stdout + now.stderr)
    assert.equal(await liveOn('web3'), `${newest} complete`)
    // a rollback is free of it
    const back = await project.shipit('rollback', 'live', '--yes')
    assert.equal(back.status, 0, back.stdout + back.stderr)
  })
})
