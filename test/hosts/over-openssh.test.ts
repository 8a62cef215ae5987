// The whole way of a deploy over the program ssh, on a real host. The other suites do it over ssh2; `npm run test:openssh` runs them
// over ssh as well.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { globSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { hostsSuite } from './support/lab.ts'
import { Project } from './support/project.ts'

const HELD = '/srv/held'

hostsSuite('over the program ssh', { hosts: 1 }, (lab) => {
  let project: Project
  let temp: string
  before(async () => {
    await lab.scenario('web1')
    project = new Project({
      lab,
      hosts: ['web1'],
      ssh: { transport: 'openssh' },
      steps: `git(), shell('test ! -e /srv/bad', { name: 'test', phase: 'prepare' }),
        shell('while [ -e ${HELD} ]; do sleep 0.1; done', { name: 'wait', phase: 'prepare' }),
        rsync({ from: 'src/', to: '/var/codebase/src/', delete: true }),`,
    })
    // of its own: other tests make folders of the same names meanwhile
    temp = mkdtempSync(join(tmpdir(), 'shipit-over-'))
    await project.install('web1')
  })
  after(() => {
    project.remove()
    rmSync(temp, { recursive: true })
  })

  /** Starts a command; `until` waits until it has said something. */
  function start(...words: string[]) {
    const stdio: ['ignore', 'pipe', 'pipe'] = ['ignore', 'pipe', 'pipe']
    const client = project.spawnWith({ stdio, env: { TMPDIR: temp } }, ...words)
    let said = ''
    for (const stream of [client.stdout, client.stderr]) {
      stream?.on('data', (bytes) => {
        said += bytes
      })
    }
    const ended = once(client, 'close')
    return {
      client,
      said: () => said,
      async until(what: RegExp): Promise<void> {
        while (!what.test(said)) {
          assert.equal(client.exitCode, null, said)
          await sleep(20)
        }
      },
      async end(): Promise<number | null> {
        const [status] = await ended
        return status
      },
    }
  }

  /** Starts a deploy that waits in a step until it is let go. */
  async function startHeld() {
    await lab.output('web1', `touch ${HELD}; chmod 644 ${HELD}`)
    const run = start('deploy', 'production')
    await run.until(/wait: started/)
    return run
  }
  const letGo = () => lab.output('web1', `rm -f ${HELD}`)

  /** What of ssh is left: processes, and folders with sockets. */
  async function leftovers(): Promise<string[]> {
    const found = () => [
      ...globSync('/proc/[0-9]*/cmdline').filter((file) => {
        try {
          return readFileSync(file, 'latin1').includes(temp)
        } catch {
          return false
        }
      }),
      ...readdirSync(temp).filter((name) => name.startsWith('shipit-ssh-')),
    ]
    // ssh ends after shipit has
    for (let i = 0; i < 3000 && found().length > 0; i++) await sleep(20)
    return found()
  }

  test('a deploy publishes, and leaves nothing of ssh', async () => {
    const run = start('deploy', 'production', '--json')
    assert.equal(await run.end(), 0, run.said())
    assert.match(run.said(), /"event":"result"/)
    await lab.output('web1', 'test -f /var/codebase/src/webcode.py')
    assert.deepEqual(await leftovers(), [])
  })

  test('a host that is asked first begins in the same session', async () => {
    const run = start('deploy', 'production', '--branch', 'x', '--outdated')
    assert.equal(await run.end(), 0, run.said())
    assert.match(run.said(), /branch 'x' \(\w+\) is live on web1/)
    const again = start('deploy', 'production', '--branch', 'x', '--outdated')
    assert.equal(await again.end(), 0, again.said())
    assert.match(again.said(), /up to date/)
    assert.deepEqual(await leftovers(), [])
  })

  test('a step that fails ends the run with 1', async () => {
    await lab.output('web1', 'touch /srv/bad')
    const run = start('deploy', 'production')
    assert.equal(await run.end(), 1, run.said())
    await lab.output('web1', 'rm /srv/bad')
    assert.match(run.said(), /test: failed/)
  })

  test('a connection that breaks in the middle is made again, and the run is followed to its end', async () => {
    const run = await startHeld()
    await lab.killSshd('web1', { sessions: true })
    await run.until(/connection lost/)
    await lab.startSshd('web1')
    await letGo()
    assert.equal(await run.end(), 0, run.said())
    assert.deepEqual(await leftovers(), [])
  })

  test('a client that is interrupted cancels its run, and takes ssh with it', async () => {
    const run = await startHeld()
    run.client.kill('SIGINT')
    assert.equal(await run.end(), 130, run.said())
    await letGo()
    assert.match(run.said(), /was cancelled/)
    assert.deepEqual(await leftovers(), [])
  })
})
