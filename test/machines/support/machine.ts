// A whole machine under qemu: a Debian with its own kernel, systemd and SELinux. Its disk forgets everything when it is off, and no
// packet leaves it. Without hardware help a boot takes about 15 s, and programs run 5 to 20 times slower than here.
import assert from 'node:assert/strict'
import { type ChildProcess, execFile, spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'

const MAKE_IMAGE = join(import.meta.dirname, '../make-image')
const PROGRAMS = ['qemu-system-x86_64', 'debootstrap', 'mke2fs', 'ssh', 'unshare']
const BOOT_LIMIT_MS = 600_000
const COMMAND_LIMIT_MS = 1_200_000
const TURN_MS = 500

export type Suite = 'bookworm' | 'trixie' | 'bullseye' | 'sid'

export type MachineOptions = {
  suite: Suite
  /** Whether SELinux is on, and enforcing. */
  selinux: boolean
}

export type Ran = { status: number | null; stdout: string; stderr: string }

/** One line that says why there can be no machines here; undefined if there can. */
export function whyNoMachines(): string | undefined {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return 'machines need Linux and root'
  const missing = PROGRAMS.filter((each) => spawnSync('sh', ['-c', `command -v ${each}`]).status !== 0)
  return missing.length === 0
    ? undefined
    : `machines need ${missing.join(', ')}: install qemu-system-x86, debootstrap, e2fsprogs, openssh-client and util-linux`
}

export class Machine {
  readonly name: string
  /** sshd's, on this machine's loopback */
  readonly port: number
  /** for `ssh -F`: its name, and the key of each person */
  readonly sshConfig: string
  /** with the private keys, each named after its person */
  readonly keys: string
  /** the key of its sshd */
  readonly hostKey: string
  readonly #folder: string
  readonly #qemu: ChildProcess
  /** root's connection: a login of its own for each script would start systemd for root each time */
  #login: ChildProcess | undefined
  #said = ''

  private constructor(name: string, image: string, port: number, { selinux }: MachineOptions) {
    this.name = name
    this.port = port
    this.keys = join(image, '../keys')
    this.hostKey = readFileSync(join(this.keys, 'host.pub'), 'utf8').split(' ').slice(0, 2).join(' ')
    this.#folder = mkdtempSync(join(tmpdir(), 'shipit-machine-'))
    this.sshConfig = join(this.#folder, 'ssh_config')
    const knownHosts = join(this.#folder, 'known_hosts')
    writeFileSync(knownHosts, `[127.0.0.1]:${port} ${this.hostKey}\n`)
    writeFileSync(
      this.sshConfig,
      `Host ${name}
  HostName 127.0.0.1
  Port ${port}
Host *
  User root
  IdentityFile ${this.keys}/%r
  IdentitiesOnly yes
  ControlPath ${join(this.#folder, '%r')}
  UserKnownHostsFile ${knownHosts}
  LogLevel ERROR
  ConnectTimeout 20
`,
    )
    const security = selinux ? 'security=selinux selinux=1 enforcing=1' : 'selinux=0'
    const kernelWords = `root=/dev/vda rw console=ttyS0 quiet ${security}`
    const forward = `hostfwd=tcp:127.0.0.1:${port}-:22`
    // without hardware help, which is not to be had everywhere that has /dev/kvm; of two processors each would wait for the other
    const words = ['-accel', 'tcg,thread=multi', '-m', '1024', '-smp', '1', '-no-reboot']
    words.push('-display', 'none', '-monitor', 'none', '-serial', `file:${join(this.#folder, 'console')}`)
    words.push('-kernel', join(image, 'kernel'), '-initrd', join(image, 'initrd'), '-append', kernelWords)
    words.push('-drive', `file=${join(image, 'disk')},format=raw,if=virtio,snapshot=on`)
    words.push('-netdev', `user,id=n,restrict=on,${forward}`, '-device', 'virtio-net-pci,netdev=n')
    this.#qemu = spawn('qemu-system-x86_64', words, { stdio: ['ignore', 'ignore', 'pipe'] })
    this.#qemu.stderr?.on('data', (bytes: Buffer) => {
      this.#said += bytes.toString()
    })
    process.once('exit', this.stop)
  }

  /** Boots one, from an image that is built first if there is none. @throws when it does not come up. */
  static async boot(name: string, options: MachineOptions): Promise<Machine> {
    const made = spawnSync(MAKE_IMAGE, [options.suite], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    assert.equal(made.status, 0, `cannot make the image of ${options.suite}`)
    const machine = new Machine(name, made.stdout.trim(), await freePort(), options)
    const limit = performance.now() + BOOT_LIMIT_MS
    while ((await machine.run('systemctl is-system-running --wait')).stdout === '') {
      if (machine.#qemu.exitCode === null && performance.now() < limit) await setTimeout(TURN_MS)
      else {
        const console = readFileSync(join(machine.#folder, 'console'), 'utf8').slice(-2000)
        machine.stop()
        throw new Error(`${name} does not come up: ${machine.#said}${console}`)
      }
    }
    machine.#login = spawn('ssh', ['-F', machine.sshConfig, '-MN', machine.name], { stdio: 'ignore' })
    return machine
  }

  /** Runs a script there, by sh, as root or another person who can log in. */
  run(script: string, person = 'root'): Promise<Ran> {
    return runProgram('ssh', ['-F', this.sshConfig, `${person}@${this.name}`, '/bin/sh -s'], {
      input: script,
    })
  }

  /** Logs a person in at a terminal, and out. */
  async logInAtTerminal(person: string): Promise<void> {
    const { status, stdout, stderr } = await runProgram(
      'ssh',
      ['-tt', '-F', this.sshConfig, `${person}@${this.name}`],
      { input: 'exit 0\n' },
    )
    assert.equal(status, 0, stdout + stderr)
  }

  /** Like `run`, but what it wrote to stdout, without the last newlines. @throws when its exit status is not 0. */
  async output(script: string, person = 'root'): Promise<string> {
    const { status, stdout, stderr } = await this.run(script, person)
    assert.equal(status, 0, `on ${this.name}: ${script}\n${stdout}${stderr}`)
    return stdout.replace(/\n+$/, '')
  }

  /** Off, and its files are deleted. */
  readonly stop = (): void => {
    process.off('exit', this.stop)
    this.#login?.kill()
    this.#qemu.kill('SIGKILL')
    rmSync(this.#folder, { recursive: true, force: true })
  }
}

export type ProgramOptions = { input?: string; cwd?: string; env?: Record<string, string> }

/** Runs a program of this machine, with nothing of the developer's own account. */
export function runProgram(
  program: string,
  words: readonly string[],
  { input = '', cwd, env = {} }: ProgramOptions = {},
): Promise<Ran> {
  return new Promise((resolve) => {
    const { PATH = '', LANG = 'C.UTF-8' } = process.env
    const options = { timeout: COMMAND_LIMIT_MS, killSignal: 'SIGKILL', maxBuffer: 1 << 26 } as const
    const child = execFile(
      program,
      words,
      { ...options, ...(cwd ? { cwd } : {}), env: { PATH, LANG, HOME: tmpdir(), ...env } },
      (_error, stdout, stderr) => resolve({ status: child.exitCode, stdout, stderr }),
    )
    child.stdin?.on('error', () => {}) // it need not read its input to the end
    child.stdin?.end(input)
  })
}

/** A port that nothing listens on. */
function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.on('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      assert(address !== null && typeof address === 'object')
      server.close(() => resolve(address.port))
    })
  })
}
