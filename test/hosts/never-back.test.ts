// Never back in time: of an older and a newer job that race for the lock, the newer one's commit is live in the end, on every host.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { isWhole } from '../support/whole.ts'
import { hostsSuite } from './support/lab.ts'
import { Project } from './support/project.ts'

/** Over all of them, and over the first one alone. */
const COUNT = isWhole ? 8 : 3
const ROUNDS = isWhole ? 20 : 1
const HOSTS = Array.from({ length: COUNT }, (_, index) => `web${index + 1}`)
const GIT = 'git --git-dir /srv/git/codebase.git -c user.name=t -c user.email=t@localhost'

hostsSuite('an older job that may get the lock last', { hosts: COUNT }, (lab) => {
  let project: Project
  before(async () => {
    project = new Project({
      lab,
      hosts: HOSTS,
      connectTimeout: 60,
      steps: `git(), rsync({ from: 'src/', to: '/var/codebase/src/', delete: true })`,
    })
    for (const host of HOSTS) {
      await lab.scenario(host)
      await project.install(host)
    }
  })
  after(() => project.remove())

  /** The same two commits on all hosts, each on the other; returns their ids. */
  const commitTwice = async (round: number): Promise<[string, string]> => {
    const date = `GIT_AUTHOR_DATE='@${1_800_000_000 + round} +0000' GIT_COMMITTER_DATE='@${1_800_000_000 + round} +0000'`
    const one = `commit() { ${date} ${GIT} commit-tree -p "$1" -m "$2" 'master^{tree}'; }`
    const script = `${one}; older=$(commit master older) && newer=$(commit "$older" newer) &&
      ${GIT} update-ref refs/heads/master "$newer" && echo "$older $newer"`
    const ids = await Promise.all(HOSTS.map((host) => lab.output(host, script)))
    assert.equal(new Set(ids).size, 1, 'all hosts have the same commits')
    return ids[0]?.split(' ') as [string, string]
  }

  const deploy = (commit: string, ...words: string[]) =>
    project.shipit('deploy', 'production', '--commit', commit, '--wait', '10m', ...words)

  let rounds = 0
  for (const hosts of [HOSTS, HOSTS.slice(0, 1)])
    test(`leaves the newer commit live on ${hosts.length} of the hosts, in ${ROUNDS} races`, {
      timeout: 1_800_000,
    }, async (context) => {
      const only = hosts === HOSTS ? [] : hosts.flatMap((host) => ['--host', host])
      let lost = 0
      for (let round = 0; round < ROUNDS; round += 1) {
        rounds += 1
        const [older, newer] = await commitTwice(rounds)
        const race = [newer, older].map((commit) => deploy(commit, ...only))
        const ends = await Promise.all(race)
        for (const { status, stdout } of ends) assert.equal(status, 0, stdout)
        for (const host of hosts) {
          const live = await lab.output(host, 'cat /var/lib/shipit/apps/codebase/live')
          assert.match(live, new RegExp(`^${newer} .* complete$`), `${host}, round ${round}`)
        }
        if (ends[1]?.stdout.includes('is superseded on')) lost += 1
        // the one that comes too late for sure
        const late = await deploy(older, ...only)
        assert.deepEqual([late.status, late.stdout.includes('is superseded on')], [0, true], late.stdout)
      }
      context.diagnostic(`the older one came last, on one host or more, in ${lost} of ${ROUNDS} races`)
    })

  test('goes back with --back, and by a rollback, and a job of CI takes the commit that it has checked out', async () => {
    const [older, newer] = await commitTwice(rounds + 1)
    assert.equal((await deploy(newer)).status, 0)
    const back = await deploy(older, '--back')
    assert.equal(back.status, 0, back.stdout)
    assert.match(back.stdout, /is live on web\[1-\d\]/)
    assert.equal((await project.shipit('rollback', 'production', '--yes')).status, 0)
    assert.match(await lab.output('web1', 'cat /var/lib/shipit/apps/codebase/live'), new RegExp(`^${newer} `))
    const env = {
      ...{ GITHUB_ACTIONS: 'true', GITHUB_SHA: older },
      ...{ GITHUB_REF_TYPE: 'branch', GITHUB_REF_NAME: 'master' },
    }
    const job = await lab.ctl([process.execPath, project.program, 'deploy', 'production'], {
      cwd: project.folder,
      env,
    })
    assert.deepEqual([job.status, job.stdout.includes('is superseded on')], [0, true], job.stdout)
    assert.match(job.stderr, new RegExp(`^commit ${older}, which this CI job has checked out$`, 'm'))
  })
})
