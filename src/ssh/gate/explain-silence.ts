// Why a call had no answer. What the host wrote is quoted, and never understood: whether there is a gate, and whether the account
// can run anything at all, is looked at by a second command on the same connection.
import { defined } from '../../defined.ts'
import {
  ConnectionError,
  EXIT_CODES,
  NotInstalledError,
  ProtocolError,
  RefusedError,
  type ShipitError,
} from '../../errors.ts'
import { cleanLines, cleanQuote } from '../../safe-text/clean-text.ts'
import { nameCommand } from '../../words/command.ts'
import { shellWord } from '../../words/shell-word.ts'
import type { Connection } from '../connection/connection.ts'
import { readCommand } from './read-command.ts'

/** How a call ended that brought no hello. */
export type Silence = {
  host: string
  user: string
  environment?: string | undefined
  status: number | undefined
  lost: boolean
  /** the end of what came on stderr, and of what came on stdout */
  stderr: string
  stdout: string
}

/** What the second command found. */
type Look =
  /** the account runs commands: whether the gate is there, and whether its PATH leads to it */
  | { kind: 'shell'; isThere: boolean; isFound: boolean }
  /** a forced command ran in its place: the gate, which refuses it */
  | { kind: 'gate' }
  /** it had no answer either */
  | { kind: 'nothing'; words: string }

const GATE = '/usr/local/libexec/shipit/gate'
/** For the login shell, whichever it is. */
const LOOK = `sh -c 'there=no; test -e ${GATE} && there=yes; found=no; command -v shipit-gate >/dev/null && found=yes; echo "shipit-look $there $found"'`
const LOOKED = /^shipit-look (yes|no) (yes|no)\r?$/m
/** What a refusal of the gate begins with, which the message around it says already. */
const GATE_LEAD = /^(?:shipit: )?refused: /
/** Lines of the host's that are quoted. */
const QUOTED_LINES = 3

/** A silence, and what the host said in it, fit to be shown. */
type Ending = Silence & {
  said: string
  /** the same as the end of a sentence, or nothing */
  quoted: string
  details: { details?: { stderr: string } }
}

/** Says why, from what was seen. */
export async function explainSilence(silence: Silence, connection: Connection): Promise<ShipitError> {
  const said = lastLines(silence.stderr)
  const details = said ? { details: { stderr: said } } : {}
  const ending = { ...silence, said, quoted: said ? `: ${said}` : '', details }
  if (silence.lost || silence.status === undefined) return explainLost(ending)
  if (silence.status === EXIT_CODES.refused) {
    const why = said.replace(GATE_LEAD, '')
    return new RefusedError(`'${silence.host}' refused the request${why && `: ${why}`}`, {
      ...details,
      suggestions: [`To see what is missing there: ${nameCommand('doctor', silence.environment)}`],
    })
  }
  const look = await lookAround(connection)
  if (look.kind === 'nothing') return explainNoCommand(ending, look.words)
  if (look.kind === 'shell' && !look.isThere) return explainNotInstalled(ending)
  if (look.kind === 'shell' && !look.isFound) return explainNotInPath(ending)
  // sudo's own failures have this status, and so has nothing that the gate does
  if (silence.status === 1) return explainSudo(ending)
  return new ProtocolError(
    `'${silence.host}' ended with status ${silence.status} and no answer${ending.quoted}`,
    { ...details, suggestions: ['Check the host: log in with ssh and run shipit-gate hello.'] },
  )
}

function explainLost({ host, environment, details }: Ending): ShipitError {
  return new ConnectionError(`the connection to '${host}' was lost before it answered`, {
    ...details,
    isBeforeAll: false,
    suggestions: [
      `Send it again: nothing had started, or the run is there and \`${nameCommand('status', environment)}\` shows it.`,
    ],
  })
}

/** @param found what the second command brought in place of its words */
function explainNoCommand({ host, user, status, said, stdout }: Ending, found: string): ShipitError {
  // nologin(8) says why on stdout
  const words = said || lastLines(stdout) || found
  return new ConnectionError(
    `'${host}' lets '${user}' log in, but runs no command for that account (status ${status})${words ? `: ${words}` : ''}`,
    {
      ...defined({ details: words ? { stderr: words } : undefined }),
      suggestions: [
        'Have its administrator check the account and its login files: the login never reached shipit.',
        `To see it: \`ssh ${shellWord(`${user}@${host}`)} true\`.`,
      ],
    },
  )
}

function explainNotInstalled({ host, environment, quoted, details }: Ending): ShipitError {
  return new NotInstalledError(`shipit is not installed on '${host}'${quoted}`, {
    ...details,
    suggestions: [`Have root install it: ${nameCommand('install', environment)} --to ADMIN@${host}`],
  })
}

function explainNotInPath({ host, user, environment, quoted, details }: Ending): ShipitError {
  return new RefusedError(
    `the shell of '${user}' on '${host}' does not find shipit-gate, although shipit is installed${quoted}`,
    {
      ...details,
      suggestions: [
        'Put /usr/local/bin into the PATH of that account: see ~/.bashrc, ~/.zshenv and /etc/environment.',
        `To see its PATH: \`ssh ${shellWord(`${user}@${host}`)} 'echo $PATH'\`.`,
        `If PATH has it, the link is gone: have root run the install script again (${installWords(environment)}).`,
      ],
    },
  )
}

function explainSudo({ host, user, environment, quoted, details }: Ending): ShipitError {
  return new RefusedError(`sudo on '${host}' did not start the runner for '${user}'${quoted}`, {
    ...details,
    suggestions: [
      `Have root check the reason: write the script (${installWords(environment)}), then on the host: sh install.sh --check`,
      `To see what sudo allows the account, as root: \`sudo -l -U ${shellWord(user)}\`.`,
    ],
  })
}

function installWords(environment: string | undefined): string {
  return nameCommand('install --out install.sh', environment)
}

async function lookAround(connection: Connection): Promise<Look> {
  try {
    const { status, stdout, stderr } = await readCommand(connection, LOOK)
    const found = LOOKED.exec(stdout)
    if (found) return { kind: 'shell', isThere: found[1] === 'yes', isFound: found[2] === 'yes' }
    // the gate refuses what is not a request
    if (status === EXIT_CODES.refused) return { kind: 'gate' }
    return { kind: 'nothing', words: lastLines(stderr) || lastLines(stdout) }
  } catch (error) {
    if (!(error instanceof ConnectionError)) throw error
    return { kind: 'nothing', words: error.message }
  }
}

function lastLines(text: string): string {
  const lines = cleanLines(text).map((line) => line.trim())
  return cleanQuote(
    lines
      .filter((line) => line !== '')
      .slice(-QUOTED_LINES)
      .join('; '),
  )
}
