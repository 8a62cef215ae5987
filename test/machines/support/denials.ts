// What SELinux denied on a machine, as its audit log has it.
import type { Machine } from './machine.ts'

/** `avc:  denied  { append } for  pid=1 comm="restorecon" …`, also of the kernel before auditd runs */
const DENIED =
  /avc: +denied +\{ ([^}]+) \}.*? comm="([^"]*)".*? scontext=\S+?:\S+?:(\w+)\S* tcontext=\S+?:\S+?:(\w+)\S* tclass=(\w+)/
/** The app's own program, as the web server runs it: what it may do there is the policy's affair. */
const OF_THE_APP = /^webcode\.py: httpd_/
const ALL = `cat /var/log/audit/audit.log; dmesg`

/** The denials of a machine since this was last asked. */
export class Denials {
  readonly #machine: Machine
  readonly #known = new Set<string>()
  /** that the system's own programs meet, whoever calls them */
  readonly #own = new Set<string>()

  constructor(machine: Machine) {
    this.#machine = machine
  }

  /** Takes those since it was last asked for the system's own, and others like them from now on. */
  async learn(): Promise<void> {
    for (const each of await this.next()) this.#own.add(each)
  }

  /** Each as `comm: scontext may not append to file of tcontext`, once. */
  async next(): Promise<string[]> {
    const { stdout } = await this.#machine.run(`{ ${ALL}; } | grep -a 'avc: *denied'`)
    const lines = stdout.split('\n').filter((line) => line !== '' && !this.#known.has(line))
    for (const line of lines) this.#known.add(line)
    return [...new Set(lines.map(describe))].filter((each) => !this.#own.has(each) && !OF_THE_APP.test(each))
  }
}

function describe(line: string): string {
  const [, what, program, from, to, kind] = DENIED.exec(line) ?? []
  return what === undefined ? line : `${program}: ${from} may not ${what} ${kind} of ${to}`
}
