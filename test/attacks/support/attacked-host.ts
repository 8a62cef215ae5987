// A real host under attack: the company's scenario, shipit installed with a strict policy, three ways in (an ordinary shell
// account, a restricted key, ForceCommand), and the kernel's own accounting of every process that ended.
import assert from 'node:assert/strict'
import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Lab, RunResult } from '../../hosts/support/lab.ts'
import { Project } from '../../hosts/support/project.ts'

const LIBEXEC = '/usr/local/libexec/shipit'
export const RUNNER = `${LIBEXEC}/runner`
export const GATE = `${LIBEXEC}/gate`
export const STATE = '/var/lib/shipit/apps/codebase'

/** Where alice may make files without being noticed. */
export const CACHE = '/home/alice/.cache'

/** Whoever logs in as this account is answered by the gate. */
export const GATED = { 'a restricted key': 'dana', ForceCommand: 'erin' } as const

/** deploybot may start these to judge a request and to answer that it is refused; `sudo` is what sudo forks before it becomes the runner. */
export const JUDGING: readonly string[] = [
  ...['runner', 'id', 'ls', 'dd', 'date', 'sudo'],
  // what it looks at of its caller (remote/runner/caller.sh)
  ...['sed', 'tr', 'taskset', 'cat', 'grep', 'ionice', 'getconf'],
  // its line for syslog (remote/lib/trail.sh)
  ...['timeout', 'setsid', 'logger'],
]

/** Everything whose owner, mode, size, content or time an attack could change, one a line. */
const LISTING = `find /etc /usr/local /var/lib/shipit /var/codebase /srv/git /home /root /tmp /var/tmp /dev/shm /var/spool \\
  -path ${CACHE} -prune -o -printf '%p %m %u %g %s %T@ %l\\n' | LC_ALL=C sort`

/** What one request got. */
export type Reply = { line: Buffer; status: number; said: string }

/** Refused as it must be: the exit code and one of the constant sentences. */
export function isRefusal({ status, said }: Reply): boolean {
  return (
    status === 77 &&
    /^shipit: refused: (?:not a request that the gate knows \(see docs\/protocol\.md\)|this app is not installed on this host)$/.test(
      said,
    )
  )
}

export class AttackedHost {
  readonly lab: Lab
  readonly #project: Project

  constructor(lab: Lab, steps?: string) {
    this.lab = lab
    this.#project = new Project({
      lab,
      hosts: ['web1'],
      allow: "[{ group: 'deployers', branches: ['master', 'release/*', 'evil/*'], tags: [] }]",
      ...(steps === undefined ? {} : { steps }),
    })
  }

  async prepare(): Promise<void> {
    await this.lab.scenario('web1')
    await this.#project.install('web1')
    await this.root(`set -e
      install -d -o alice -g alice ${CACHE}
      gpasswd -d bob deployers >/dev/null
      for name in dana erin; do
        useradd -m -s /bin/bash -G deployers "$name"
        install -d -m 700 -o "$name" -g "$name" "/home/$name/.ssh"
      done
      { printf 'restrict,command="${GATE}" '; cat /home/alice/.ssh/authorized_keys; } >/home/dana/.ssh/authorized_keys
      cp /home/alice/.ssh/authorized_keys /home/erin/.ssh/authorized_keys
      chown dana: /home/dana/.ssh/authorized_keys; chown erin: /home/erin/.ssh/authorized_keys
      printf 'Match User erin\\n  ForceCommand ${GATE}\\n  DisableForwarding yes\\n  PermitTTY no\\n  PermitUserRC no\\n' >/etc/ssh/sshd_config.d/50-shipit.conf
      sshd -t`)
    await this.lab.killSshd('web1')
    await this.lab.startSshd('web1')
  }

  remove(): void {
    this.#project.remove()
  }

  root(script: string): Promise<string> {
    return this.lab.output('web1', script)
  }

  /** A script of alice's in her own shell on the host. */
  alice(script: string, timeoutMs = 60_000): Promise<RunResult> {
    return this.lab.exec('web1', script, { user: 'alice', timeoutMs })
  }

  listing(): Promise<string> {
    return this.root(LISTING)
  }

  history(): Promise<string> {
    return this.root(`cat ${STATE}/history 2>/dev/null || true`)
  }

  /** Begins to account for processes anew (acct(2)). */
  async account(): Promise<void> {
    await this.root(
      `: >/var/log/acct; python3 -c "import ctypes; exit(ctypes.CDLL(None).acct(b'/var/log/acct'))" || { echo 'no process accounting in this kernel'; exit 1; }`,
    )
  }

  /** The programs that ended as an account since `account`, with how often. */
  async ranAs(user: string): Promise<Map<string, number>> {
    // acct(5), version 3: the user id stands at byte 8 of 64, the name at 48
    const counted = await this.root(`python3 - "$(id -u ${user})" <<'END'
import collections, struct, sys
data = open('/var/log/acct', 'rb').read()
records = [data[at:at + 64] for at in range(0, len(data) - 63, 64)]
names = [r[48:].split(b'\\0')[0].decode() for r in records if struct.unpack('I', r[8:12])[0] == int(sys.argv[1])]
for name, count in collections.Counter(names).items(): print(count, name)
END`)
    return new Map(
      counted.split('\n').flatMap((row) => {
        const [count = '', name] = row.split(' ')
        return name === undefined ? [] : [[name, Number(count)] as const]
      }),
    )
  }

  /** Sends each line to a command of alice's on the host; it finds the line in "$2". */
  async bulk(lines: readonly Buffer[], command: string): Promise<Reply[]> {
    const { stdout } = await this.lab.exec('web1', ['/bin/sh', '-s'], {
      user: 'alice',
      input: bulkScript(lines, command),
      timeoutMs: 900_000,
    })
    return parseReplies(lines, stdout)
  }

  /** Sends each line over one real connection, as a channel of its own. */
  async overSsh(user: string, lines: readonly Buffer[]): Promise<Reply[]> {
    const script = join(this.lab.run, `requests-${user}.sh`)
    const ssh = `ssh -T ${this.#ssh()} -S ${join(this.lab.run, `mux-${user}`)}`
    const begin = `${ssh} -M -N -f ${user}@web1`
    writeFileSync(
      script,
      Buffer.concat([
        Buffer.from(`${begin} || exit 1\n`),
        bulkScript(lines, `${ssh} ${user}@web1 -- "$2"`),
        Buffer.from(`\n${ssh} -O exit ${user}@web1 2>/dev/null\n`),
      ]),
    )
    const { stdout } = await this.lab.ctl(['sh', script], { timeoutMs: 900_000 })
    rmSync(script)
    return parseReplies(lines, stdout)
  }

  /** One ssh, scp or sftp call with alice's key. `%` in it stands for the options that every call needs. */
  client(command: string): Promise<RunResult> {
    return this.lab.ctl(['sh', '-c', command.replace('%', this.#ssh())], { timeoutMs: 20_000 })
  }

  #ssh(): string {
    return `-F ${this.lab.sshConfig} -i ${this.lab.key('alice')} -o ConnectTimeout=5`
  }
}

function bulkScript(lines: readonly Buffer[], command: string): Buffer {
  return Buffer.concat([
    Buffer.from(`try() { said=$(${command} 2>&1 </dev/null); printf '%s %s %s\\0' "$1" "$?" "$said"; }\n`),
    ...lines.flatMap((line, index) => [
      Buffer.from(`try ${index} '`),
      Buffer.from(line.toString('latin1').replaceAll("'", "'\\''"), 'latin1'),
      Buffer.from("'\n"),
    ]),
  ])
}

function parseReplies(lines: readonly Buffer[], stdout: string): Reply[] {
  const replies = stdout.split('\0').slice(0, -1)
  assert.equal(replies.length, lines.length, `as many answers as requests: ${stdout.slice(-300)}`)
  return replies.map((reply, index) => {
    const [, status = '', said = ''] = /^\d+ (\d+) (.*)$/s.exec(reply) ?? []
    return { line: lines[index] as Buffer, status: Number(status), said }
  })
}
