// The lab itself: what the other tests take for granted of its hosts.

import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { readdir, readFile, readlink } from 'node:fs/promises'
import { before, describe, test } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import { wholeOnly } from '../support/whole.ts'
import { hostsSuite, Lab, whyNot } from './support/lab.ts'

const KINDS = ['net', 'pid', 'mnt']

async function namespacesOf(proc: string): Promise<string[]> {
  // a process may end while it is looked at
  return Promise.all(KINDS.map((kind) => readlink(`${proc}/ns/${kind}`).catch(() => '')))
}

/** The processes in a /proc that are alive, as folder and start time, which no later process can have. */
async function processes(proc: string): Promise<Map<string, string>> {
  const found = new Map<string, string>()
  for (const pid of (await readdir(proc)).filter((name) => /^[0-9]+$/.test(name))) {
    const stat = await readFile(`${proc}/${pid}/stat`, 'utf8').catch(() => '')
    // proc(5): the state and what follows stand behind the name, which may have blanks and brackets
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    // a zombie is nothing but a number that its parent has yet to ask for
    if (stat !== '' && fields[0] !== 'Z') found.set(`${proc}/${pid}`, `${pid} ${fields[19]}`)
  }
  return found
}

hostsSuite('a lab', { hosts: 5 }, (lab) => {
  test('lets people in by key and knows the hosts by name', async () => {
    const people = ['root', 'admin', 'alice', 'bob']
    const logins = people.map((person) => lab.ssh(`${person}@web2`, 'echo "$(id -un) $(hostname)"'))
    const answers = await Promise.all(logins)
    assert.deepEqual(
      answers.map(({ stdout }) => stdout),
      people.map((person) => `${person} web2\n`),
    )
  })

  test('gives alice the group deployers and no sudo', async () => {
    assert.equal((await lab.ssh('alice@web1', 'id -Gn')).stdout, 'alice deployers\n')
    assert.notEqual((await lab.ssh('alice@web1', 'sudo -n true')).status, 0)
    assert.equal((await lab.ssh('admin@web1', 'sudo -n id -u')).stdout, '0\n')
  })

  test('passes input, user and exit status', async () => {
    const result = await lab.exec('web1', 'cat; id -un; pwd; echo bad >&2; exit 9', {
      user: 'bob',
      input: 'in\n',
    })
    assert.deepEqual(result, { status: 9, signal: null, stdout: 'in\nbob\n/home/bob\n', stderr: 'bad\n' })
    await assert.rejects(lab.exec('web1', 'sleep 60', { timeoutMs: 300 }), /took longer than 300 ms/)
  })

  test('runs a client with a home of its own, which signals reach', async () => {
    const { stdout } = await lab.ctl([process.execPath, '-p', 'process.env.HOME + " " + process.env.WORD'], {
      env: { WORD: 'x' },
    })
    assert.equal(stdout, `${lab.home} x\n`)
    const client = lab.spawnCtl(['sh', '-c', 'trap "exit 5" INT; echo ready; while :; do sleep 0.05; done'])
    client.stdout?.once('data', () => client.kill('SIGINT'))
    assert.equal(await new Promise((resolve) => client.once('exit', resolve)), 5)
  })

  test('has no way out', async () => {
    for (const command of ['ip route get 192.0.2.1', 'ping -c 1 -W 1 192.0.2.1']) {
      assert.notEqual((await lab.exec('web1', command)).status, 0, command)
      assert.notEqual((await lab.ctl(['sh', '-c', command])).status, 0, command)
    }
  })

  // side by side, each on a host of its own, since they mostly wait
  describe('breaks', { concurrency: true }, () => {
    test('loses what goes to a host that is cut, until it is healed', async () => {
      await lab.cut('web1')
      assert.equal((await lab.ssh('web1', 'true')).status, 255)
      assert.equal((await lab.ssh('web2', 'true')).status, 0)
      await lab.heal('web1')
      assert.equal((await lab.ssh('web1', 'true')).status, 0)
    })

    test('crashes a host without a word, and boots it with its disk and key', async () => {
      await lab.output('web3', 'touch /root/kept /run/gone /tmp/gone')
      const session = lab.ctl(
        [
          'ssh',
          '-F',
          lab.sshConfig,
          '-o',
          'ServerAliveInterval=1',
          '-o',
          'ServerAliveCountMax=1',
          'web3',
          'echo in; sleep 120',
        ],
        { timeoutMs: 60_000 },
      )
      await lab.output('web3', 'until pgrep -x sleep -a | grep -q "sleep 120"; do sleep 0.05; done')
      await lab.crash('web3')
      assert.deepEqual(await session.then(({ status, stdout }) => ({ status, stdout })), {
        status: 255,
        stdout: 'in\n',
      })
      await lab.boot('web3')
      assert.equal(
        (await lab.ssh('web3', 'ls /root/kept /run/gone /tmp/gone 2>/dev/null')).stdout,
        '/root/kept\n',
      )
    })

    test('freezes a host, refuses at its door, fills its disk', async () => {
      await lab.freeze('web4')
      assert.equal((await lab.ssh('web4', 'true')).status, 255)
      await lab.thaw('web4')
      await lab.killSshd('web4')
      assert.match((await lab.ssh('web4', 'true')).stderr, /refused/)
      await lab.startSshd('web4')
      await lab.diskFull('web4')
      assert.match((await lab.ssh('web4', 'echo something >/root/file')).stderr, /No space left/)
      await lab.diskFree('web4')
      assert.equal((await lab.ssh('web4', 'echo something >/root/file')).status, 0)
    })

    test('makes a round trip longer', {
      skip: existsSync('/dev/net/tun') ? false : 'no /dev/net/tun',
    }, async () => {
      await lab.delay('web5', 100)
      const [, time] =
        /time=([0-9.]+) ms/.exec(
          (await lab.exec('web2', 'ping -c 2 web5 | tail -n 5 | grep seq=2')).stdout,
        ) ?? []
      assert.ok(Number(time) >= 100 && Number(time) < 1000, `${time} ms`)
      await lab.delay('web5', 0)
    })
  })

  test('has hosts with another shell, and clients with keys', async () => {
    for (const shell of ['bash', 'ash', 'busybox'] as const) {
      assert.deepEqual(await lab.up({ prefix: shell, shell, client: true }), [`${shell}1`])
      const real = await lab.output(`${shell}1`, 'basename "$(readlink -f /bin/sh)" && ssh web2 id -un', {
        user: 'alice',
      })
      assert.equal(real, `${shell === 'bash' ? 'bash' : 'busybox'}\nalice`)
    }
  })

  describe('with the scenario', () => {
    const page = (path: string) =>
      lab.output('web2', `curl -sf --retry 5 --retry-connrefused http://web1/${path}`)
    before(() => lab.scenario('web1', { withDeploybot: true, webs: ['web2'] }))

    test('deploys master by the original script', async () => {
      const { status, stderr } = await lab.runOriginal('web1', 'master')
      assert.equal(status, 0, stderr)
      assert.match(await page('index.html'), /This is branch master, version 4/)
      assert.equal(await page('app'), 'master 4')
    })

    // test/hosts/original.test.ts has both in the short form
    test('shows its bug: what the branch deleted stays', wholeOnly, async () => {
      assert.equal((await lab.runOriginal('web1', 'x')).status, 0)
      assert.equal(await page('app'), 'x 3')
      assert.equal((await lab.runOriginal('web1', 'master')).status, 0)
      await lab.output(
        'web1',
        'test -e /var/codebase/src/lib/new.py && test ! -e /home/deploybot/codebase/src/lib/new.py',
      )
      await lab.output('web1', 'test ! -e /var/codebase/src/.hidden')
    })

    test('shows its bug: half of a branch goes live when a folder has become a file', wholeOnly, async () => {
      assert.equal((await lab.runOriginal('web1', 'swap')).status, 23)
      assert.match(await page('index.html'), /This is branch master/)
      assert.equal(await page('app'), 'swap 5')
    })
  })
})

describe('the end of a lab', { skip: whyNot() ?? false }, () => {
  test('comes with the end of its process, and the next lab deletes its files', async () => {
    const program = `import { Lab } from './support/lab.ts'
      const lab = await Lab.start()
      console.log(lab.run)
      setInterval(() => {}, 1000)`
    const child = spawn(process.execPath, ['--input-type=module', '-e', program], {
      cwd: import.meta.dirname,
    })
    const [run] = await once(child.stdout.setEncoding('utf8'), 'data')
    const pidFile = `${String(run).trim()}/lab.pid`
    const [init] = (await readFile(pidFile, 'utf8')).split(' ')
    // a lab whose process is not yet gone is nobody's to delete
    const ended = once(child, 'exit')
    child.kill('SIGKILL')
    await ended
    for (let i = 0; i < 6000 && existsSync(`/proc/${init}/root/proc/1`); i++) await setTimeout(20)
    assert.equal(existsSync(`/proc/${init}/root/proc/1`), false)
    await (await Lab.start()).stop()
    // the lab of another test may be the next one, and still at it
    for (let i = 0; i < 6000 && existsSync(pidFile); i++) await setTimeout(20)
    assert.equal(existsSync(pidFile), false)
  })

  test('leaves no mount, interface, namespace, process or file, and disturbs no other lab', async (t) => {
    const other = await Lab.start()
    t.after(() => other.stop())
    const lab = new Lab()
    const mounts = await readFile('/proc/self/mounts', 'utf8')
    const links = (await readdir('/sys/class/net')).join()
    await lab.up()
    const [init] = (await readFile(`${lab.run}/lab.pid`, 'utf8')).split(' ')
    const proc = `/proc/${init}/root/proc`
    const outside = new Set(await namespacesOf('/proc/self'))
    const inside = new Set<string>()
    for (const folder of (await processes(proc)).keys()) {
      for (const id of await namespacesOf(folder)) if (id !== '' && !outside.has(id)) inside.add(id)
    }
    assert.equal(inside.size, 6, 'three namespaces of the lab, three of its host')
    const ours: string[] = []
    for (const [folder, process] of await processes('/proc')) {
      if ((await namespacesOf(folder)).some((id) => inside.has(id))) ours.push(process)
    }
    assert.ok(ours.length >= 4, `${ours.length} processes`)
    await lab.stop()
    await lab.stop()
    assert.equal(existsSync(lab.run), false)
    assert.equal(await readFile('/proc/self/mounts', 'utf8'), mounts)
    assert.equal((await readdir('/sys/class/net')).join(), links)
    // without a process or a mount there is no namespace either; ids can't tell, since the kernel uses them again
    let left = ours
    for (let i = 0; i < 1000 && left.length > 0; i++) {
      const alive = new Set((await processes('/proc')).values())
      left = ours.filter((process) => alive.has(process))
    }
    assert.deepEqual(left, [])
    assert.equal((await other.ssh('web1', 'hostname')).stdout, 'web1\n')
  })
})
