// Hostile requests made from the grammar: what is wrong is one thing at a time, at each place where it can be.
import { line, NEVER, type Part, required, VERBS, words } from './grammar-table.ts'

/** The shortest request of a verb. */
export function shortest(verb: string): string {
  return line(verb, ...required(verb).map((part) => words(part)))
}

/** Each verb with `part` in it, at its place among the required ones. */
function withWords(verb: string, part: Part, replaced: readonly (readonly string[])[]): string {
  const parts = VERBS[verb] ?? []
  const kept = parts.flatMap((each, index) => {
    if (each === part) return replaced
    const replacedByPart = parts[index + 1] === part && part.instead
    return each.optional || each.instead || replacedByPart ? [] : [words(each)]
  })
  return line(verb, ...kept)
}

function everyPart(make: (verb: string, part: Part) => readonly string[]): string[] {
  return Object.entries(VERBS).flatMap(([verb, parts]) => parts.flatMap((part) => [...make(verb, part)]))
}

/** A word is missing: a part, its option or its value. */
export function missingWords(): string[] {
  return everyPart((verb, part) => [
    ...(part.optional || part.instead ? [] : [withWords(verb, part, [])]),
    ...(part.good === undefined
      ? []
      : [withWords(verb, part, [[`--${part.option}`]]), withWords(verb, part, [[part.good]])]),
  ])
}

/** A part stands there twice, or before its neighbour. */
export function misplacedWords(): string[] {
  const repeated = everyPart((verb, part) => [withWords(verb, part, [words(part), words(part)])])
  const swapped = Object.entries(VERBS).flatMap(([verb, parts]) => {
    const inOrder = parts.filter((part) => !part.instead)
    return inOrder.slice(1).map((part, index) => {
      const order = [...inOrder.slice(0, index), part, inOrder[index] as Part, ...inOrder.slice(index + 2)]
      return line(
        verb,
        ...order
          .filter((each) => !each.optional || each === part || each === inOrder[index])
          .map((each) => words(each)),
      )
    })
  })
  return [...repeated, ...swapped]
}

/** An option is spelled another way. */
export function otherSpellings(): string[] {
  const spell = (part: Part): string[][] => [
    [`-${part.option}`, ...words(part).slice(1)],
    [`--${part.option}=${part.good ?? '1'}`],
    [`--${part.option.toUpperCase()}`, ...words(part).slice(1)],
    [`--${part.option.slice(0, -1)}`, ...words(part).slice(1)],
    [`---${part.option}`, ...words(part).slice(1)],
    [`--no-${part.option}`, ...words(part).slice(1)],
  ]
  // all spellings where a part first appears, one of them wherever it appears again
  return everyPart((verb, part) => {
    const spellings = spell(part).map((spelling) => withWords(verb, part, [spelling]))
    return firstVerbOf(part) === verb ? spellings : [spellings[verb.length % spellings.length] as string]
  })
}

/** A word too many at the end. */
export function extraWords(): string[] {
  const extra = [
    'x',
    '-',
    '--',
    '--help',
    '--version',
    '--verbose',
    '-x',
    '--force',
    '--user root',
    '--session',
    '--session x',
  ]
  return Object.keys(VERBS).flatMap((verb, index) =>
    index < 2
      ? extra.map((words) => `${shortest(verb)} ${words}`)
      : [
          `${shortest(verb)} ${extra[index % extra.length]}`,
          `${shortest(verb)} ${extra[(index + 4) % extra.length]}`,
        ],
  )
}

/** A value of another form than its part has. */
export function badValues(): string[] {
  return everyPart((verb, part) => {
    const bad = [...part.bad, ...NEVER].map((value) => withWords(verb, part, [[`--${part.option}`, value]]))
    return firstVerbOf(part) === verb ? bad : [bad[verb.length % bad.length] as string]
  })
}

function firstVerbOf(part: Part): string | undefined {
  return Object.keys(VERBS).find((verb) => VERBS[verb]?.includes(part))
}

/**
 * Well-formed requests: each verb's shortest, with each optional part alone, and with all of them.
 * @param known the verbs that the host has, and their options
 */
export function goodRequests(known: ReadonlyMap<string, readonly string[]>): string[] {
  const all = [...known].flatMap(([verb, options]) => {
    const parts = (VERBS[verb] ?? []).filter(({ option }) => options.includes(option))
    const alone = parts.filter((part) => part.optional || part.instead)
    const whole = parts.filter((part) => !part.instead).map((part) => words(part))
    return [
      shortest(verb),
      ...alone.map((part) => withWords(verb, part, [words(part)])),
      line(verb, ...whole),
    ]
  })
  return [...new Set(all)]
}
