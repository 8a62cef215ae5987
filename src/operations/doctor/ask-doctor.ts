// Looks at hosts from the outside and asks each what it says of itself: one list for each, and an error where it is not sound.

import { ConnectionError, HostKeyError, NotInstalledError, ShipitError, UnsoundError } from '../../errors.ts'
import type { ExpectedHost } from '../../results/expected-host.ts'
import type { Finding } from '../../results/finding.ts'
import type { HostDiagnosis } from '../../results/host-answer.ts'
import type { Connection } from '../../ssh/connection/connection.ts'
import { callGate } from '../../ssh/gate/call-gate.ts'
import { readCommand } from '../../ssh/gate/read-command.ts'
import { nameCommand } from '../../words/command.ts'
import { shellWord } from '../../words/shell-word.ts'
import type { Target } from '../explain/callee.ts'
import { explainRefusal } from '../explain/explain-refusal.ts'
import { examineApart } from './examine-apart.ts'
import { examineFiles, examineSeen } from './examine-files.ts'
import { examineHello } from './examine-hello.ts'
import { examineAccount, examineForced, examineMachine, examinePrograms } from './examine-host.ts'
import { examineRepository } from './examine-repository.ts'
import { examineList, examineOwnLines, examineSettings, examineSudoVersion } from './examine-sudo.ts'
import { Facts } from './facts.ts'
import { broken, ok } from './finding.ts'
import { lookBeforeInstall } from './look-before-install.ts'
import { parseListing } from './parse-listing.ts'
import {
  type AccountKind,
  examineAttempts,
  kindOfAccount,
  proveSudo,
  readSudoList,
  tryAbsentApp,
  tryAccount,
  tryClosedAccounts,
  tryRequests,
} from './try-boundary.ts'

export type DoctorOptions = {
  /** what the hosts should have; of the sandbox nothing is expected that is root's */
  expected: ExpectedHost
  where: 'host' | 'sandbox'
  /** also make calls of sudo that are refused, which may be mailed to the administrator */
  prove: boolean
}

/** Accounts that the install script makes for deploys alone have this home. */
const DEPLOY_HOME = '/var/lib/shipit'

/** Examines all targets at once; failures are in the result and are not thrown. */
export function askDoctor(targets: readonly Target[], options: DoctorOptions): Promise<HostDiagnosis[]> {
  return Promise.all(targets.map((target) => new Examination(target, options).run()))
}

class Examination {
  readonly #target: Target
  readonly #options: DoctorOptions
  readonly #findings: Finding[] = []
  /** nobody has installed shipit there */
  #isBare = false

  constructor(target: Target, options: DoctorOptions) {
    this.#target = target
    this.#options = options
  }

  async run(): Promise<HostDiagnosis> {
    const { host, open } = this.#target
    let connection: Connection | undefined
    try {
      connection = await open()
      await this.#examine(connection)
    } catch (error) {
      if (!(error instanceof ShipitError)) throw error
      this.#findings.push(describeFailure(error))
      return { host, findings: this.#findings, error }
    } finally {
      connection?.close()
    }
    const count = this.#findings.filter(({ verdict }) => verdict === 'broken').length
    if (count === 0) return { host, findings: this.#findings }
    const error = new UnsoundError(
      this.#isBare
        ? `shipit is not installed on '${host}' yet`
        : `'${host}' is not as it should be: ${count} broken`,
      {
        suggestions: ['Each line that says broken is followed by what to do.'],
      },
    )
    return { host, findings: this.#findings, error }
  }

  async #examine(connection: Connection): Promise<void> {
    const { expected, where } = this.#options
    const { user, environment } = this.#target
    this.#findings.push(...describeConnection(connection))
    const { facts, at } = await this.#askRunner(connection)
    if (this.#isBare) {
      this.#findings.push(...(await lookBeforeInstall(connection, expected)))
      return
    }
    const attempts = await this.#tryApart()
    if (!facts.isEmpty) {
      const groups = facts.one('asker-groups')
      if (groups) this.#findings.push(ok('identity', 'groups', groups))
      const others = where === 'host' ? examineInstalled(facts, expected) : []
      const machine = examineMachine(facts, { user, account: expected.account, environment, now: at })
      this.#findings.push(...others, ...examinePrograms(facts, expected), ...machine)
    }
    const kind = kindOfAccount(attempts)
    const forDeploys = facts.one('asker-home') === DEPLOY_HOME
    this.#findings.push(
      ...examineAttempts(attempts, { user, forDeploys }),
      ...(await tryRequests(connection, kind, expected.app)),
    )
    if (facts.isEmpty && where === 'host' && kind === 'shell') await this.#lookFromOutside(connection)
    if (!facts.isEmpty) this.#findings.push(...(await tryAbsentApp(connection, kind)))
    const { openAs } = this.#target
    if (openAs) this.#findings.push(...(await tryClosedAccounts(openAs, expected.closedAccounts)))
    if (where === 'host') await this.#examineSudo(connection, kind)
  }

  /** On a connection of its own: what a try leaves open on it ends with it. */
  async #tryApart(): ReturnType<typeof tryAccount> {
    const connection = await this.#target.open()
    try {
      return await tryAccount(connection)
    } finally {
      connection.close()
    }
  }

  /** What the runner says; when it does not answer, why is one of the findings. */
  async #askRunner(connection: Connection): Promise<{ facts: Facts; at: number }> {
    const { expected } = this.#options
    const { app } = expected
    const { host, environment } = this.#target
    const facts = new Facts()
    const began = Date.now()
    let at = began
    let end = false
    try {
      await callGate(connection, { verb: 'doctor', app }, this.#target, (piece) => {
        if (piece.type !== 'event') return undefined
        const { event } = piece
        if (event.event === 'refused')
          throw explainRefusal(event, { ...this.#target, request: { run: '', app } })
        if (event.event === 'end') end = true
        if (event.event === 'fact') facts.take(event)
        if (event.event === 'fact' && event.name === 'clock') at = Date.now()
        if (event.event === 'hello') this.#findings.push(...examineHello(event, { ...expected, environment }))
        return undefined
      })
      if (!end) throw new ConnectionError(`'${host}' stopped in the middle of its answer`)
      // the host told its time somewhere between
      return { facts, at: (began + at) / 2000 }
    } catch (error) {
      if (!(error instanceof ShipitError)) throw error
      if (error instanceof NotInstalledError) {
        this.#isBare = true
        this.#findings.push(describeBare(host, environment))
        return { facts, at }
      }
      // this command is what others are told to run
      const doctor = nameCommand('doctor', environment)
      const others = error.suggestions.filter((each) => !each.endsWith(doctor))
      const todo = [...others, compareWithScript()].join('\n')
      this.#findings.push(broken('boundary', { subject: 'gate and runner', text: error.message, todo }))
      return { facts: new Facts(), at }
    }
  }

  /** Without the runner: what a person with a shell can see of the files. */
  async #lookFromOutside(connection: Connection): Promise<void> {
    const { expected } = this.#options
    const paths = expected.files.map(({ path }) => shellWord(path)).join(' ')
    const { stdout } = await readCommand(connection, `LC_ALL=C ls -ld -- ${paths} 2>&1`)
    this.#findings.push(...examineSeen(parseListing(stdout), expected))
  }

  async #examineSudo(connection: Connection, kind: AccountKind): Promise<void> {
    const { expected, prove } = this.#options
    const { user } = this.#target
    if (kind === 'gate') {
      const text = `cannot be checked without a shell; root can check it with \`sudo -l -U ${shellWord(user)}\``
      this.#findings.push(ok('boundary', `sudo rules of ${user}`, text))
      return
    }
    this.#findings.push(...examineList(await readSudoList(connection), user, expected))
    if (prove) this.#findings.push(...(await proveSudo(connection, expected)))
  }
}

function describeBare(host: string, environment: string | undefined): Finding {
  const command = nameCommand(`install --to ADMIN@${host}`, environment?.split(' ')[0])
  const todo = `To install it (ADMIN: an account there that may use sudo): ${command}`
  return broken('boundary', { subject: 'shipit', text: `shipit is not installed on '${host}' yet`, todo })
}

function compareWithScript(): string {
  const command = nameCommand('install --out install.sh', undefined)
  return `Have root compare the host with what was installed: \`sh install.sh --check\`, with the script that \`${command}\` writes.`
}

function examineInstalled(facts: Facts, expected: ExpectedHost): Finding[] {
  return [
    ...examineFiles(facts, expected),
    ...examineAccount(facts, expected),
    ...examineApart(facts, expected),
    ...examineForced(facts),
    ...examineOwnLines(facts, expected),
    ...examineSettings(facts, expected),
    ...examineRepository(facts, expected),
    ...examineSudoVersion(facts),
  ]
}

function describeConnection({ facts }: Connection): Finding[] {
  const { where, transport, hostKey, hostKeyKnownBy, user, key, roundTripMs } = facts
  const roundTrip = roundTripMs === undefined ? '' : `, round trip ${roundTripMs.toFixed(1)} ms`
  return [
    ok('connection', 'address', `${where}${roundTrip}, by ${transport}`),
    ok('connection', 'host key', `${hostKey}, known by ${hostKeyKnownBy}`),
    ok('identity', 'login', `as '${user}' with ${key}`),
  ]
}

function describeFailure(error: ShipitError): Finding {
  const subject = error instanceof HostKeyError ? 'host key' : 'address'
  return broken('connection', { subject, text: error.message, todo: error.suggestions.join('\n') })
}
