// Who has been told that a run has ended finds its lock free. The tools of busybox leave processes behind for a second.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { hostsSuite } from './support/lab.ts'
import { Project } from './support/project.ts'

hostsSuite('the lock, with the tools of busybox', { hosts: 1, shell: 'ash' }, (lab) => {
  let project: Project
  before(async () => {
    await lab.scenario('web1')
    project = new Project({ lab, hosts: ['web1'], steps: `command(['true'], { name: 'quick' }),` })
    await project.install('web1')
  })
  after(() => project.remove())

  test('is free as soon as a deploy has ended', async () => {
    for (let count = 0; count < 3; count += 1) {
      const { status, stdout } = await project.shipit('deploy', 'production')
      assert.equal(status, 0, stdout)
      const held = await lab.exec('web1', 'flock -n /etc/shipit/apps/codebase/lock true')
      assert.equal(held.status, 0, `after deploy ${count}`)
    }
  })
})
