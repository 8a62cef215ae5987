// The long form of what test/hosts/releases.test.ts shows: 200 whole deploys in front of a reader in a tight loop.
import { after, before, test } from 'node:test'
import { hostsSuite } from '../hosts/support/lab.ts'
import { Project } from '../hosts/support/project.ts'
import { pushColours, switchUnderReader } from '../hosts/support/switch-loop.ts'

const DEPLOYS = 200

hostsSuite('releases, often', { hosts: 1 }, (lab) => {
  let project: Project
  before(async () => {
    await lab.scenario('web1')
    await pushColours(lab, 'web1')
    project = new Project({
      lab,
      hosts: ['web1'],
      steps: "git(), releases({ root: '/var/app', keep: 3, from: 'src/' })",
    })
    await project.install('web1')
  })
  after(() => project.remove())

  test(`a reader in a tight loop sees a whole release at every moment of ${DEPLOYS} deploys`, async (t) => {
    const looks = await switchUnderReader(lab, 'web1', { deploys: DEPLOYS })
    t.diagnostic(`${looks} looks at ${DEPLOYS} deploys, none of them wrong`)
  })
})
