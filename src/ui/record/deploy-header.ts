// The header of a deploy as its hosts fill it in: what is live on each, and which commit comes. The person's checkout is asked for the rest.
import type { Progress } from '../../results/progress.ts'
import type { Style } from '../output/style.ts'
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
  /** those that had nothing to say of it when they were looked at last */
  readonly #open: HostRecord[]
  /** what each host had to say of it when it was looked at last */
  readonly #told = new WeakMap<HostRecord, string>()
  #known: KnownCommit | undefined
  /** what the checkout was asked last, as FROM TO */
  #asked: string | undefined
  #asking: Promise<void> | undefined

  constructor(plan: DeployPlan, source: HeaderSource, records: ReadonlyMap<string, HostRecord>) {
    this.#plan = plan
    this.#source = source
    this.#records = records
    this.#open = [...records.values()]
    this.#known = source.known
  }

  /**
   * Looks at what the hosts have told by now.
   * @param news what one of them said last: with a thousand hosts not every line of output can be a reason to look at all
   * @returns what to wait for before it is whole; nothing while more is to come
   */
  look(news?: Progress): Promise<void> | undefined {
    if (news && !mayChange(news)) return undefined
    for (let last = this.#open.at(-1); last?.isAsked || last?.ended; last = this.#open.at(-1))
      this.#open.pop()
    if (this.#open.length > 0) return undefined
    if (news && this.#asking && !this.#hasNews(news.host)) return this.#asking
    const to = this.#commit
    if (to === undefined) return undefined
    const records = [...this.#records.values()]
    const lives = new Set(records.flatMap(({ hasTold, live }) => (hasTold ? [live?.commit] : [])))
    const [only] = lives
    const from = lives.size === 1 && only !== '-' && only !== to ? only : undefined
    const asked = `${from} ${to}`
    if (this.#asked !== asked) {
      this.#asked = asked
      this.#asking = this.#source.about({ to, from }).then((known) => {
        // an answer that comes late is to an old question
        if (this.#asked === asked) this.#known = known
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

  lines(style: Style, columns?: number): string[] {
    return headerLines(this.#facts, style, columns)
  }

  /** Of the commits alone. */
  words(style: Style): string {
    return commitWords(this.#facts, style)
  }

  get #commit(): string | undefined {
    const records = [...this.#records.values()]
    const told = records.find(({ commit, coming }) => commit ?? coming)
    return this.#source.commit ?? told?.commit ?? told?.coming
  }

  get #facts(): HeaderFacts {
    const { app, environment, hosts, ref } = this.#plan
    const told = [...this.#records].filter(([, { hasTold }]) => hasTold)
    return {
      ...{ app, environment, hosts, ref, notes: this.#source.notes },
      lives: new Map(told.map(([host, { live }]) => [host, live])),
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
