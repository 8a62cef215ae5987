// Tries what must fail: what an account for deploys alone must not have, and requests that no gate may take. With an ordinary
// account the first are the account's own, and the wall is sudoers.

import { defined } from '../../defined.ts'
import { EXIT_CODES, LoginError, ShipitError } from '../../errors.ts'
import { makeRunId, makeToken } from '../../protocol/request.ts'
import type { ExpectedHost } from '../../results/expected-host.ts'
import type { Finding } from '../../results/finding.ts'
import type { Connection } from '../../ssh/connection/connection.ts'
import type { AttemptKind, AttemptResult } from '../../ssh/connection/forbidden.ts'
import { ATTEMPTS } from '../../ssh/connection/forbidden.ts'
import { readCommand } from '../../ssh/gate/read-command.ts'
import { shellWord } from '../../words/shell-word.ts'
import type { SudoList } from './examine-sudo.ts'
import { broken, ok, refused, warning } from './finding.ts'

/** What the account of a person is: one for deploys alone, or one with a life of its own. */
export type AccountKind = 'gate' | 'shell'

const WORDS: Record<AttemptKind, string> = {
  shell: 'a shell',
  command: 'another command (id)',
  scp: 'files with scp',
  sftp: 'files with sftp',
  terminal: 'a terminal',
  'port-forwarding': 'forwarding of ports to the host',
  'remote-forwarding': 'forwarding of ports from the host',
  'agent-forwarding': 'forwarding of the agent',
  'x11-forwarding': 'forwarding of X11',
}

const SEE_KEY =
  'Have root put the key into /etc/ssh/authorized_keys.d with `restrict,command="/usr/local/libexec/shipit/gate"`, or run the install script again with the person in the config\'s `people`.'

/** Tries all that sshd could grant, one after the other. */
export async function tryAccount(connection: Connection): Promise<Map<AttemptKind, AttemptResult>> {
  const results = new Map<AttemptKind, AttemptResult>()
  // one after the other, since sshd lets an account for deploys have few sessions at once
  for (const kind of ATTEMPTS) results.set(kind, await connection.attempt(kind))
  return results
}

/** Tries to log in as each of the accounts that nobody logs in as, with the caller's keys. */
export async function tryClosedAccounts(
  openAs: (user: string) => Promise<Connection>,
  accounts: readonly string[],
): Promise<Finding[]> {
  const findings: Finding[] = []
  for (const account of accounts) {
    const subject = 'try: login'
    try {
      const connection = await openAs(account)
      connection.close()
      const text = `your key logs in as '${account}', an account that nobody may log in as`
      const todo = `Have root look for the key in that account's home, and check sshd's settings for it: \`sshd -T -C user=${account},host=localhost,addr=127.0.0.1\` must say \`denyusers *\`. \`sh install.sh --check\` compares.`
      findings.push(broken('boundary', { subject, text, todo }))
    } catch (error) {
      if (!(error instanceof ShipitError)) throw error
      if (error instanceof LoginError) findings.push(refused(subject, `a login as '${account}'`))
      else {
        const text = `no answer to a login as '${account}': ${error.message}`
        findings.push(warning('boundary', { subject, text, todo: 'Run this again.' }))
      }
    }
  }
  return findings
}

/** Says what an account is, by what it could do. */
export function kindOfAccount(results: ReadonlyMap<AttemptKind, AttemptResult>): AccountKind {
  return results.get('command') === 'granted' || results.get('shell') === 'granted' ? 'shell' : 'gate'
}

/** Judges what the account could do. @param forDeploys whether it was made for deploys alone */
export function examineAttempts(
  results: ReadonlyMap<AttemptKind, AttemptResult>,
  { user, forDeploys }: { user: string; forDeploys: boolean },
): Finding[] {
  const walled = forDeploys || kindOfAccount(results) === 'gate'
  const granted: string[] = []
  const findings = [...results].flatMap(([kind, result]): Finding[] => {
    const subject = `try: ${kind}`
    if (result === 'refused') return [refused(subject, WORDS[kind])]
    if (result === 'unclear') {
      const todo = 'Try it by hand: `ssh -v` shows the answer of the host.'
      return [warning('boundary', { subject, text: `no answer to the test of ${WORDS[kind]}`, todo })]
    }
    granted.push(WORDS[kind])
    if (!walled) return []
    const text = `'${user}' is for deploys only, and got ${WORDS[kind]}`
    return [broken('boundary', { subject, text, todo: SEE_KEY })]
  })
  if (walled || granted.length === 0) return findings
  return [
    ...findings,
    ok(
      'boundary',
      'account',
      `'${user}' has a shell, which gives ${granted.join(', ')}; sudoers is what limits it`,
    ),
  ]
}

/** Requests that look like ones that a gate takes, and must not be taken. */
export function hostileRequests(app: string): string[] {
  const run = makeRunId()
  const deploy = `deploy --run ${run} --app ${app}`
  return [
    'hello; id',
    'hello $(id)',
    'hello `id`',
    'hello | id',
    'hello && id',
    'hello\nid',
    'hello  --session 0123456789abcdef0123456789abcdef',
    'HELLO',
    'hello --session short',
    '../../../bin/sh',
    '/bin/sh -c id',
    `status --app ../${app}`,
    `status --app ${app} --app ${app}`,
    `${deploy} --branch -oProxyCommand=id`,
    `${deploy} --branch ../../etc/passwd`,
    `${deploy} --branch master --branch master`,
    `${deploy} --branch master --upload-pack=id`,
    `rollback --run ${run} --app ${app} --to /etc/passwd`,
    `history --app ${app} --limit 1e9`,
    `lock --app ${app} --reason <x>`,
  ]
}

/** Sends them to the gate: each must be refused without a word on stdout. */
export async function tryRequests(
  connection: Connection,
  kind: AccountKind,
  app: string,
): Promise<Finding[]> {
  const subject = 'try: hostile requests'
  const requests = hostileRequests(app)
  const taken: string[] = []
  const rest = requests.values()
  const send = async () => {
    for (const request of rest) {
      const { status, stdout } = await readCommand(connection, gateCommand(kind, request))
      // the gate says no with this status, and nothing else
      if (status !== EXIT_CODES.refused || stdout !== '') taken.push(request)
    }
  }
  await Promise.all([send(), send()])
  if (taken.length === 0) return [refused(subject, `${requests.length} hostile requests to the gate`)]
  return taken.map((request) =>
    broken('boundary', {
      subject,
      text: `the gate did not refuse ${JSON.stringify(request)}`,
      todo: 'Have root run the install script again, and report it: SECURITY.md says how.',
    }),
  )
}

/** Asks for an app that is not there. Which others there are is nothing that the host tells everybody. */
export async function tryAbsentApp(connection: Connection, kind: AccountKind): Promise<Finding[]> {
  const request = `status --app no-such-app --session ${makeToken()}`
  const { status, stdout } = await readCommand(connection, gateCommand(kind, request))
  const subject = 'try: another app'
  const what = 'an app that does not exist'
  const told = status !== EXIT_CODES.refused || /"event":"(?:status|run)"/.test(stdout)
  const todo = 'Have root run the install script again, and report it: SECURITY.md says how.'
  return [
    told
      ? broken('boundary', { subject, text: `the host answered a request for ${what}`, todo })
      : refused(subject, what),
  ]
}

/** A person's own shell reads the words first, so that each is quoted; sshd hands the line to the gate as it is. */
function gateCommand(kind: AccountKind, request: string): string {
  if (kind === 'gate') return `shipit-gate ${request}`
  return ['shipit-gate', ...request.split(' ').map(shellWord)].join(' ')
}

/** Reads what sudo lets the person do. It asks for no command, so nobody is mailed. */
export async function readSudoList(connection: Connection): Promise<SudoList> {
  // by a pipe, since sudo breaks long lines for what is none
  const { stdout } = await readCommand(connection, 'LC_ALL=C sudo -n -l 2>&1 | cat')
  const lines = stdout.split('\n').map((line) => line.trim())
  const entries = lines.filter((line) => line.startsWith('('))
  const from = lines.findIndex((line) => line.startsWith('Matching Defaults'))
  const defaults = from < 0 ? '' : lines.slice(from + 1, lines.indexOf('', from) >>> 0).join(' ')
  const error = lines.find((line) => line.startsWith('sudo') || /^(?:Sorry|sh:|bash:)/.test(line))
  return { lines: entries, defaults, ...defined({ error }) }
}

/** Calls of sudo that must be refused. sudo may mail each to the administrator, so they are made only when asked for. */
export async function proveSudo(
  connection: Connection,
  { account, runner, app }: ExpectedHost,
): Promise<Finding[]> {
  const calls = [
    'sudo -n id',
    'sudo -n -s id',
    `sudo -n -u ${account} -- id`,
    `sudo -n -u ${account} -- /bin/sh -c id`,
    `sudo -n -u ${account} -s id`,
    `sudo -n -u ${account} PATH=/tmp -- ${runner} hello`,
    `sudo -n -u ${account} -g root -- ${runner} hello`,
    `sudo -n -- ${runner} hello`,
    `sudo -n -u ${account} -- ${runner} 'hello; id'`,
    `sudo -n -u ${account} -- ${runner} hello more`,
    `sudo -n -u ${account} -- ${runner} 'status --app ../${app}'`,
    `sudo -n -u ${account} -D /tmp -- ${runner} hello`,
  ]
  const findings: Finding[] = []
  for (const call of calls) {
    const { status, stdout } = await readCommand(connection, call)
    const subject = 'try: sudo'
    if (status !== 0 && stdout === '') findings.push(refused(subject, call))
    else {
      const todo =
        'Have root find the line that allows it in /etc/sudoers and /etc/sudoers.d: `sudo -l -U ACCOUNT` lists it.'
      findings.push(broken('boundary', { subject, text: `sudo did not refuse: ${call}`, todo }))
    }
  }
  return findings
}
