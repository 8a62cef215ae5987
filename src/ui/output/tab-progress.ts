// Progress in the tab of a terminal, or in the task bar: OSC 9;4, which began in ConEmu. Only terminals that are known to take it get it:
// others show OSC 9 as a message, one for each step.

/** Each by how it says who it is, and since which version (3.6.6: `[3, 6, 6]`). Sources: the terminals' own release notes. */
const SINCE: Readonly<Record<string, readonly number[]>> = {
  ghostty: [1, 2],
  'iTerm.app': [3, 6, 6],
  vscode: [1, 97],
  // a date: the first nightly builds after its release of 2024 that have it
  WezTerm: [20250301],
}
/** GNOME's terminals: VTE 0.80. */
const VTE_SINCE = 8000

/** Said again so often: Ghostty takes it away if it hears nothing for 15 s. */
const AGAIN_MS = 5000
const LOOK_MS = 500

/** ECMA-48's own end of a string: some of GNOME's terminals want this one. */
const ST = '\x1b\\'

/** What is to be seen: how far it is, in percent, and whether something failed, a person is asked, or nobody knows how far. */
export type TabState = { state: 'running' | 'failed' | 'asking'; percent: number } | { state: 'waiting' }

const CODES = { running: 1, failed: 2, waiting: 3, asking: 4 } as const

/** Says whether the terminal takes it. Within tmux and screen none does: they keep the variables of the terminal that they began in. */
export function takesProgress(env: NodeJS.ProcessEnv): boolean {
  if (env.SHIPIT_QUIET_TAB || env.TMUX || env.STY || /^(?:tmux|screen)/.test(env.TERM ?? '')) return false
  const since = Object.hasOwn(SINCE, env.TERM_PROGRAM ?? '') ? SINCE[env.TERM_PROGRAM ?? ''] : undefined
  if (since) return isSince(env.TERM_PROGRAM_VERSION ?? '', since)
  // another terminal, started from one of the next
  if (env.TERM_PROGRAM) return false
  return Boolean(env.WT_SESSION) || env.ConEmuANSI === 'ON' || Number(env.VTE_VERSION) >= VTE_SINCE
}

function isSince(version: string, since: readonly number[]): boolean {
  const numbers = version.split(/[.-]/).map((part) => Number.parseInt(part, 10) || 0)
  const differs = since.findIndex((number, at) => numbers[at] !== number)
  return differs < 0 || (numbers[differs] ?? 0) > (since[differs] ?? 0)
}

/** Shows it until it is cleared. */
export class TabProgress {
  readonly #write: (text: string) => void
  readonly #look: () => TabState
  #timer: NodeJS.Timeout | undefined
  #shown = ''
  #shownAtMs = 0

  /** @param look says what is to be seen, twice a second */
  constructor(write: (text: string) => void, look: () => TabState) {
    this.#write = write
    this.#look = look
  }

  begin(): void {
    this.#timer ??= setInterval(() => this.#show(), LOOK_MS).unref()
    this.#show()
  }

  /** To be called on every way out; a second call does nothing. */
  clear(): void {
    clearInterval(this.#timer)
    this.#timer = undefined
    if (this.#shown !== '') this.#write(`\x1b]9;4;0;0${ST}`)
    this.#shown = ''
  }

  #show(): void {
    const now = this.#look()
    const percent = now.state === 'waiting' ? 0 : Math.floor(now.percent)
    const text = `\x1b]9;4;${CODES[now.state]};${percent}${ST}`
    if (text === this.#shown && performance.now() - this.#shownAtMs < AGAIN_MS) return
    this.#write(text)
    this.#shown = text
    this.#shownAtMs = performance.now()
  }
}
