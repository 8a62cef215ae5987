// The header of a deploy as its hosts fill it in: what is live on each, and which commit comes. The person's checkout is asked for the rest.
import type { Progress } from '../../results/progress.ts'
import { whyDeployed } from '../../words/paths.ts'
import type { Style } from '../output/style.ts'
import { foldHosts } from '../views/fold-hosts.ts'
import type { DeployPlan } from './deploy-plan.ts'
import {
  commitWords,
  type HeaderFacts,
  type HeaderSource,
  headerLines,
  type KnownCommit,
} from './header-words.ts'
import type { HostRecord } from './host-record.ts'

export class DeployHeader {
  readonly #plan: DeployPlan
  readonly #source: HeaderSource
  readonly #records: ReadonlyMap<string, HostRecord>
  readonly #all: readonly HostRecord[]
  /** those that had nothing to say of it when they were looked at last */
  readonly #open: HostRecord[]
  /** what each host had to say of it when it was looked at last */
  readonly #told = new WeakMap<HostRecord, string>()
  #known: KnownCommit | undefined
  /** what the checkout was asked last, as FROM TO */
  #asked: string | undefined
  #asking: Promise<void> | undefined
  /** why a host deploys that --changed could have left out */
  readonly #reasons = new Map<string, string>()
  /** for a screen that is painted again and again: what is known changes far less often */
  #painted: { columns: number | undefined; lines: string[] } | undefined

  constructor(plan: DeployPlan, source: HeaderSource, records: ReadonlyMap<string, HostRecord>) {
    this.#plan = plan
    this.#source = source
    this.#records = records
    this.#all = [...records.values()]
    this.#open = [...this.#all]
    this.#known = source.known
  }

  /**
   * Looks at what the hosts have told by now.
   * @param news what one of them said last: with a thousand hosts not every line of output can be a reason to look at all
   * @returns what to wait for before it is whole; nothing while more is to come
   */
  look(news?: Progress): Promise<void> | undefined {
    if (news?.type === 'planned') this.#noteReason(news)
    if (news && !mayChange(news)) return undefined
    this.#painted = undefined
    for (let last = this.#open.at(-1); last?.isAsked || last?.ended; last = this.#open.at(-1))
      this.#open.pop()
    if (this.#open.length > 0) return undefined
    if (news && this.#asking && !this.#hasNews(news.host)) return this.#asking
    // from now on only what a host says otherwise is a reason to look at all
    for (const record of this.#all) this.#hasNews(record.host)
    const to = this.#commit
    if (to === undefined) return undefined
    const lives = new Set(this.#replaced.map(({ live }) => live?.commit))
    const [only] = lives
    const from = lives.size === 1 && only !== '-' && only !== to ? only : undefined
    const asked = `${from} ${to}`
    if (this.#asked !== asked) {
      this.#asked = asked
      this.#asking = this.#source.about({ to, from }).then((known) => {
        // an answer that comes late is to an old question
        if (this.#asked !== asked) return
        this.#known = known
        this.#painted = undefined
      })
    }
    return this.#asking
  }

  /** Whether a host says something else than it did. */
  #hasNews(host: string): boolean {
    const record = this.#records.get(host)
    if (!record) return false
    const { hasTold, live, commit, coming } = record
    const told = `${hasTold} ${live?.commit} ${commit ?? coming}`
    const isNew = this.#told.get(record) !== told
    this.#told.set(record, told)
    return isNew
  }

  #noteReason({ host, isReady, paths }: Extract<Progress, { type: 'planned' }>): void {
    const why = isReady && paths ? whyDeployed(paths) : undefined
    if (why !== undefined) this.#reasons.set(host, why)
  }

  lines(style: Style, columns?: number): string[] {
    return headerLines(this.#facts, style, columns)
  }

  /** With a remark for each reason why hosts deploy that --changed could have left out. */
  linesWithReasons(style: Style, columns?: number): string[] {
    if (this.#painted?.columns === columns && this.#painted) return this.#painted.lines
    const facts = this.#facts
    const groups = [...Map.groupBy(this.#reasons, ([, why]) => why)]
    const reasons = groups.map(([why, hosts]) => `${foldHosts(hosts.map(([host]) => host))}: ${why}`)
    const lines = headerLines({ ...facts, notes: [...facts.notes, ...reasons] }, style, columns)
    this.#painted = { columns, lines }
    return lines
  }

  /** Of the commits alone. */
  words(style: Style): string {
    return commitWords(this.#facts, style)
  }

  get #commit(): string | undefined {
    const told = this.#all.find(({ commit, coming }) => commit ?? coming)
    return this.#source.commit ?? told?.commit ?? told?.coming
  }

  /** Nothing in the app changed on any host. */
  get #isUnchanged(): boolean {
    return this.#all.every(({ isUnchanged }) => isUnchanged)
  }

  /** The hosts where what is live may change, as far as they have told. */
  get #replaced(): HostRecord[] {
    return this.#all.filter(({ hasTold, isUnchanged }) => hasTold && !isUnchanged)
  }

  get #facts(): HeaderFacts {
    const { app, environment, hosts, ref } = this.#plan
    return {
      ...{ app, environment, hosts, ref, notes: this.#source.notes, isUnchanged: this.#isUnchanged },
      lives: new Map(this.#replaced.map(({ host, live }) => [host, live])),
      commit: this.#commit,
      known: this.#known,
    }
  }
}

/** Whether it may say what is live on a host, or what comes. */
function mayChange(news: Progress): boolean {
  if (news.type !== 'event') return news.type === 'planned' || news.type === 'ended'
  return news.event.event === 'run' || news.event.event === 'commit'
}
