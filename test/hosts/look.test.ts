// What a run sees on a real host before it publishes: modes and owners, which mean something to the account of its steps.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { FaultHost } from '../faults/support/fault-host.ts'
import { hostsSuite } from './support/lab.ts'
import { Project } from './support/project.ts'

hostsSuite('looking ahead', { hosts: 1 }, (lab) => {
  let host: FaultHost
  let project: Project
  before(async () => {
    host = await FaultHost.make(lab, 'web1')
    project = new Project({
      lab,
      hosts: ['web1'],
      steps: `git(),
        rsync({ from: 'src/', to: '/var/first/', delete: true, name: 'first' }),
        root(['/usr/bin/true'], { name: 'restart' }),
        rsync({ from: 'src/', to: '/var/second/', delete: true, exclude: ['/cache/'], name: 'second' }),`,
    })
    await project.install('web1')
    await host.push('master', 'mkdir src/d; echo 1 >src/d/f')
  })
  after(() => {
    host.remove()
    project.remove()
  })

  const deploy = () => project.shipit('deploy', 'production')
  /** With this done by root the run ends before it publishes; it is undone. */
  const isImpossible = async (done: string, why: RegExp, undone: string) => {
    const first = await host.sh('find /var/first | sort; cat /var/first/d/f 2>/dev/null || :')
    await host.sh(done)
    const { status, stdout, stderr } = await deploy()
    await host.sh(undone)
    assert.equal(status, 1, stdout + stderr)
    assert.match(stdout, why)
    assert.match(stdout + stderr, /step 'second' cannot be done on 'web1', and nothing was published/)
    assert.match(stdout, /Nothing live was changed/)
    assert.equal(await host.sh('find /var/first | sort; cat /var/first/d/f 2>/dev/null || :'), first)
  }

  test('a second target of another owner, or one that anybody may write, leaves the first as it is', async () => {
    await isImpossible(
      'chown root:root /var/second',
      /cannot write \/var\/second\//,
      'chown deploybot: /var/second',
    )
    await isImpossible(
      'chmod 0777 /var/second',
      /accounts other than root and deploybot may write/,
      'chmod 0755 /var/second',
    )
  })

  test("another account's folder in it is in the way only if something has to change there", async () => {
    assert.equal((await deploy()).status, 0)
    await host.sh(
      'chown -R root:root /var/second/d; mkdir -p /var/second/cache; chown www-data /var/second/cache',
    )
    const same = await deploy()
    assert.equal(same.status, 0, same.stdout)
    await host.push('master', 'echo 2 >src/d/f')
    await isImpossible(
      ':',
      /may not change 'd\/f?' in \/var\/second\/: the folder \/var\/second\/d belongs to another account/,
      ':',
    )
    await host.sh('chown -R deploybot: /var/second/d')
    const good = await deploy()
    assert.equal(good.status, 0, good.stdout)
    assert.equal(await host.sh('cat /var/second/d/f; stat -c %U /var/second/cache'), '2\nwww-data')
  })
})
