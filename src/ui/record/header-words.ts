// The first lines of a deploy: what goes where, from which commit to which, and what of it is only here. Pure.
import type { Live } from '../../protocol/event.ts'
import type { Ref } from '../../protocol/request.ts'
import { cleanLine, cleanQuote } from '../../safe-text/clean-text.ts'
import { briefCommit } from '../../words/ref.ts'
import type { Colour, Style } from '../output/style.ts'
import { textWidth } from '../output/text-width.ts'
import { foldHosts } from '../views/fold-hosts.ts'

/** What the person's checkout knows of a commit, and of the way to it from what is live. */
export type KnownCommit = { subject?: string; comes?: number; goes?: number }

/** What is known here before a host has answered, and whom to ask for more. */
export type HeaderSource = {
  notes: readonly string[]
  /** that was asked for */
  commit?: string
  known?: KnownCommit
  /** Asks the checkout. It never throws, and does not take long. */
  about: (way: { to: string; from: string | undefined }) => Promise<KnownCommit>
}

/** What is known of a deploy; its lines grow with that. */
export type HeaderFacts = {
  app: string
  environment?: string | undefined
  hosts: readonly string[]
  ref?: Ref | undefined
  /** nothing in the app changed on any host */
  isUnchanged?: boolean
  /** of each host that has told, and where something may change: what is live there; nothing if nothing is, or it can't tell */
  lives: ReadonlyMap<string, Live | undefined>
  commit?: string | undefined
  known?: KnownCommit | undefined
  /** sentences of what will not be deployed */
  notes: readonly string[]
}

type Segment = { text: string; colour?: Colour }

/** More are counted. */
const MAX_NAMED = 40
const BETWEEN = '   '
const INDENT = '  '
/** A subject that is cut to less says nothing. */
const LEAST_SUBJECT = 12
/** The words of a narrower terminal are cut by it. */
const LEAST_COLUMNS = 24

/**
 * Makes the lines: what goes where, the commits, and a remark for each thing that is not deployed.
 * @param columns of the terminal; all in one line without them
 */
export function headerLines(facts: HeaderFacts, style: Style, columns?: number): string[] {
  const { app, environment, hosts, notes } = facts
  const where = environment === undefined ? foldHosts(hosts) : `${environment}${hostWords(facts)}`
  const { known } = facts
  const gone = known?.goes && known.comes ? known.goes : 0
  const segments: Segment[] = [
    { text: `${app} ${style.next} ${where}`, colour: 'bold' },
    { text: commitWords(facts, style, columns) },
    ...(gone > 0 ? [`${countWords(gone)} of what is live would go away`, ...notes] : notes).map(
      (note): Segment => ({ text: `! ${cleanLine(note)}`, colour: 'yellow' }),
    ),
  ]
  return layOut(
    segments.filter(({ text }) => text !== ''),
    style,
    columns,
  )
}

/** Says what is deployed, and in place of what, as far as it is known: `master  9f66a49 → c663af0  "fix the cart" · 3 commits`. */
export function commitWords(facts: HeaderFacts, style: Style, columns?: number): string {
  const { ref, commit, known } = facts
  const name = ref ? (ref.kind === 'branch' ? ref.name : `tag ${ref.name}`) : ''
  if (commit === undefined) return name
  const before = beforeWords(facts)
  const way = before === '' ? briefCommit(commit) : `${before} ${style.next} ${briefCommit(commit)}`
  const start = [...(name === '' ? [] : [name]), way].join('  ')
  const end = changeWords(facts)
  const tail = end === '' ? '' : ` ${style.dot} ${end}`
  if (known?.subject === undefined) return start + tail
  const room = (columns ?? Number.POSITIVE_INFINITY) - textWidth(`${INDENT}${start}  ""${tail}`)
  const subject = cutText(cleanQuote(known.subject), room, style)
  return subject === '' ? start + tail : `${start}  "${subject}"${tail}`
}

function hostWords({ environment, hosts }: HeaderFacts): string {
  const names = foldHosts(hosts)
  if (names === environment) return ''
  return ` (${names.length > MAX_NAMED ? `${hosts.length} hosts` : names})`
}

/** What is live, if that is another commit: one for all hosts, or each with its hosts. */
function beforeWords({ lives, commit }: HeaderFacts): string {
  const groups = [...Map.groupBy(lives, ([, live]) => liveWords(live))]
  const [first] = groups
  if (groups.length === 1) return first?.[1][0]?.[1]?.commit === commit ? '' : (first?.[0] ?? '')
  if (groups.length > 2) return `${groups.length} different commits`
  return groups
    .map(([words, hosts]) => `${words || 'nothing'} (${foldHosts(hosts.map(([host]) => host))})`)
    .join(', ')
}

function liveWords(live: Live | undefined): string {
  if (!live || live.commit === '-') return ''
  return `${briefCommit(live.commit)}${live.how === 'partial' ? ', only partly' : ''}`
}

function changeWords({ hosts, lives, commit, known, isUnchanged }: HeaderFacts): string {
  if (isUnchanged) return 'no changes for this app'
  const all = [...lives.values()]
  if (all.length === hosts.length && all.every((live) => live?.commit === commit))
    return all.every((live) => live?.how === 'complete') ? 'live already' : 'live already, but only partly'
  if (known?.comes === undefined || known.goes === undefined) return ''
  return known.comes === 0 ? `older by ${countWords(known.goes)}` : countWords(known.comes)
}

function countWords(count: number): string {
  return `${count} ${count === 1 ? 'commit' : 'commits'}`
}

function cutText(text: string, room: number, style: Style): string {
  if (textWidth(text) <= room) return text
  if (room < LEAST_SUBJECT) return ''
  const letters = [...text]
  while (textWidth(letters.join('')) >= room) letters.pop()
  return `${letters.join('').trimEnd()}${style.more}`
}

/** As many in a line as it has room for; what does not fit a line of its own is broken at a blank. */
function layOut(segments: readonly Segment[], style: Style, columns: number | undefined): string[] {
  const paint = ({ text, colour }: Segment) => (colour ? style.paint(colour, text) : text)
  const room = columns === undefined || columns < LEAST_COLUMNS ? Number.POSITIVE_INFINITY : columns
  const lines: string[] = []
  let width = 0
  for (const segment of segments.flatMap((each) => breakUp(each, room - INDENT.length))) {
    const more = textWidth(segment.text)
    if (lines.length > 0 && width + BETWEEN.length + more <= room && !segment.isRest) {
      lines.push(`${lines.pop()}${BETWEEN}${paint(segment)}`)
      width += BETWEEN.length + more
    } else {
      const indent = lines.length === 0 ? '' : INDENT
      lines.push(indent + paint(segment))
      width = indent.length + more
    }
  }
  return lines
}

/** @returns the segment, or its pieces: those after the first begin a line */
function breakUp(segment: Segment, room: number): (Segment & { isRest?: boolean })[] {
  if (textWidth(segment.text) <= room) return [segment]
  const pieces: string[] = []
  for (const word of segment.text.split(' ')) {
    const last = pieces.at(-1)
    if (last !== undefined && textWidth(`${last} ${word}`) <= room)
      pieces[pieces.length - 1] = `${last} ${word}`
    else pieces.push(word)
  }
  return pieces.map((text, index) => ({ ...segment, text, isRest: index > 0 }))
}
