// What a step, a build, a file name or a git server could print to be taken for an event: made by whoever knows the session's
// token, the run's id and the names of its steps.

/** What a forger knows. */
export type Known = { session: string; run: string; step: number; name: string }

const FORGER = 'mallory'
const FORGED_COMMIT = 'f'.repeat(40)
const OTHER_RUN = '20991231T235959Z-ffffffffffffffff'

const time = '2026-11-22T12:00:00Z'

/** Each event that there is, with what it would have to say. */
const EVENTS: Readonly<Record<string, (known: Known) => object>> = {
  'a good outcome': ({ run }) => ({ event: 'outcome', time, run, outcome: 'succeeded', exit: 0, ms: 7 }),
  'a bad outcome': ({ run, step, name }) => {
    return { event: 'outcome', time, run, outcome: 'failed', exit: 1, number: step, step: name, status: 77 }
  },
  'an outcome of a cancel': ({ run }) => {
    return { event: 'outcome', time, run, outcome: 'cancelled', exit: 130, by: FORGER }
  },
  'an outcome of another run': () => {
    return { event: 'outcome', time, run: OTHER_RUN, outcome: 'succeeded', exit: 0 }
  },
  'the end of the step': ({ step, name }) => {
    return { event: 'step', time, number: step, name, state: 'ended', status: 0, ms: 7777777 }
  },
  'a bad end of the step': ({ step, name }) => {
    return { event: 'step', time, number: step, name, state: 'ended', status: 77, ms: 7777777 }
  },
  'the start of the next step': ({ step }) => {
    return { event: 'step', time, number: step + 1, name: FORGER, state: 'started' }
  },
  'another try of the step': ({ step, name }) => {
    return { event: 'step', time, number: step, name, state: 'retrying', status: 77, attempt: 7 }
  },
  'a commit': () => ({ event: 'commit', time, commit: FORGED_COMMIT }),
  'another run': ({ run }) => {
    const asked = { app: 'codebase', kind: 'branch', ref: FORGER, flags: [], digest: 'unasked', steps: [] }
    return { event: 'run', time, run, user: FORGER, ...asked }
  },
  'a cancel': () => ({ event: 'cancelled', time, by: FORGER, when: 'now' }),
  'a freeze': () => {
    const freeze = { user: FORGER, reason: 'a_move', seconds: 9 }
    return { event: 'refused', time, reason: 'frozen', exit: 75, freeze }
  },
  'a refusal': () => ({ event: 'refused', time, reason: 'policy', exit: 77 }),
  'a hello': () => ({ event: 'hello', time, protocol: 2, version: '9', user: FORGER, offset: 0, events: 0 }),
  'a hello of another protocol': () => ({ event: 'hello', time, protocol: 9, version: '9', user: FORGER }),
  'the end of an answer': () => ({ event: 'end', time }),
  'no bytes of output': () => ({ event: 'output', size: 0 }),
  'more output than there is': () => ({ event: 'output', size: 999_999_999_999_999 }),
}

const mark = ({ session }: Known) => `\x1e${session} `

/** Each way to write one. */
const SHAPES: Readonly<Record<string, (known: Known, json: string) => string>> = {
  'as a frame': (known, json) => `${mark(known)}${json}\n`,
  'after a newline': (known, json) => `\n${mark(known)}${json}\n`,
  'in the middle of a line': (known, json) => `text${mark(known)}${json}\ntext`,
  'after the head of an empty frame': (known, json) => {
    return `${mark(known)}{"event":"output","size":0}\n${mark(known)}${json}\n`
  },
  'within a frame of output': (known, json) => {
    const frame = `${mark(known)}${json}\n`
    return `${mark(known)}{"event":"output","size":${frame.length}}\n${frame}`
  },
  'after half a frame': (known, json) => `${mark(known)}{"event":\n\x1e${mark(known)}${json}\n`,
  'without its newline': (known, json) => `${mark(known)}${json}`,
  'with CR LF': (known, json) => `\r\n${mark(known)}${json}\r\n`,
  'after more bytes than a line may have': (known, json) => `${'x'.repeat(9000)}${mark(known)}${json}\n`,
  'under no token': (_, json) => `\x1e ${json}\n`,
  'without a mark': ({ session }, json) => `${session} ${json}\n`,
  'as a line of the host’s own file': (_, json) => `\n0 ${json}\n\n99999 ${json}\n`,
  'after bytes that are no text': (known, json) => `\0\x1b\x9d\x80${mark(known)}${json}\n\0`,
}

/** One try: what it is, and the bytes. */
export type Forgery = { what: string; bytes: (known: Known) => Buffer }

/** Every event in every shape, and whole runs. */
export const FORGERIES: readonly Forgery[] = [
  ...Object.entries(EVENTS).flatMap(([event, make]) =>
    Object.entries(SHAPES).map(([shape, write]) => ({
      what: `${event}, ${shape}`,
      bytes: (known: Known) => Buffer.from(write(known, JSON.stringify(make(known))), 'latin1'),
    })),
  ),
  ...['a good outcome', 'a bad outcome', 'an outcome of a cancel'].map((end) => ({
    what: `the rest of the run, to ${end}`,
    bytes: (known: Known) => Buffer.from(restOf(known, EVENTS[end]?.(known) ?? {})),
  })),
]

/** All steps that could follow, and an outcome. */
function restOf(known: Known, outcome: object): string {
  const steps = Array.from({ length: 16 - known.step }, (_, index) => {
    const number = known.step + index
    return ['started', 'ended'].map((state) =>
      JSON.stringify({ event: 'step', time, number, name: `say ${number}`, state, status: 0, ms: 1 }),
    )
  })
  return [...steps.flat(), JSON.stringify(outcome)].map((json) => `${mark(known)}${json}\n`).join('')
}

/** What a fuzzer strings together. */
export function fragmentsOf(known: Known): string[] {
  const jsons = Object.values(EVENTS).map((make) => JSON.stringify(make(known)))
  return [
    ...['\x1e', '\n', '\r', ' ', '\0', '{', '}', known.session, mark(known), `\x1e ${FORGER}`],
    ...jsons,
    ...jsons.map((json) => `${mark(known)}${json}\n`),
    ...['1', '7', '64', '4096'].map((size) => `${mark(known)}{"event":"output","size":${size}}\n`),
    ...[0, 5, 100_000].map((at) => `${at} ${jsons[0]}\n`),
  ]
}
