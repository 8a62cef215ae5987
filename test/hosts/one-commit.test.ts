// One commit: what somebody pushes between the answer of the hosts and the deploy changes nothing, on no host.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { after, before, test } from 'node:test'
import { isWhole } from '../support/whole.ts'
import { pushTo } from './support/checkout.ts'
import { hostsSuite } from './support/lab.ts'
import { Project } from './support/project.ts'

const COUNT = isWhole ? 8 : 3
const PUSHES = isWhole ? 20 : 2
const HOSTS = Array.from({ length: COUNT }, (_, index) => `web${index + 1}`)
const STATE = '/var/lib/shipit/apps/codebase'
/** Holds the git step of a host before it fetches, as long as this file is there: the commit has been chosen by then. */
const HOLD = '/tmp/hold-git'
/** In place of git on the host: it waits, then it is git. */
const SLOW_GIT = `#!/bin/sh
case " $* " in
*" fetch "*) while [ -e ${HOLD} ]; do sleep 0.05; done ;;
esac
exec /usr/bin/git.real "$@"
`

hostsSuite('a push in the middle of a deploy', { hosts: COUNT }, (lab) => {
  let project: Project
  before(async () => {
    const steps = `git(), rsync({ from: 'src/', to: '/var/codebase/src/', delete: true })`
    project = new Project({ lab, hosts: HOSTS, connectTimeout: 60, steps })
    for (const host of HOSTS) {
      await lab.scenario(host)
      await project.install(host)
      await lab.output(
        host,
        'mv /usr/bin/git /usr/bin/git.real && cat >/usr/bin/git && chmod 755 /usr/bin/git',
        { input: SLOW_GIT },
      )
    }
  })
  after(() => project.remove())

  const onAll = (script: string) => Promise.all(HOSTS.map((host) => lab.output(host, script)))

  test(`gives ${COUNT} hosts the first commit, ${PUSHES} times`, { timeout: 1_800_000 }, async () => {
    for (let round = 0; round < PUSHES; round += 1) {
      const first = await pushTo(lab, HOSTS, { subject: `first ${round}` })
      await onAll(`touch ${HOLD}`)
      const client = project.spawn('deploy', 'production')
      let said = ''
      const isBegun = Promise.withResolvers<void>()
      const closed = once(client, 'close')
      void closed.then(() => isBegun.resolve())
      client.stdout?.on('data', (chunk) => {
        said += chunk
        if (said.match(/git: started/g)?.length === COUNT) isBegun.resolve()
      })
      await isBegun.promise
      const second = await pushTo(lab, HOSTS, { subject: `second ${round}` })
      await onAll(`rm ${HOLD}`)
      const [status] = await closed
      assert.equal(status, 0, said)
      const lives = await onAll(`cut -d ' ' -f 1,5 ${STATE}/live`)
      assert.deepEqual(new Set(lives), new Set([`${first} complete`]), `round ${round}, and not ${second}`)
    }
  })
})
