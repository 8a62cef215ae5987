// The options of a script: what `getopts`, or a loop over its words, makes of them.
import type { Flag } from '../../config/define-config.ts'
import { expand } from './expand.ts'
import type { Node } from './parse.ts'

/** What the options of a script set. */
export type Options = {
  /** flags, by the variable that they set */
  flags: ReadonlyMap<string, { name: string; flag: Flag }>
  /** variables that hold a value of the caller's: a branch, as a rule */
  values: ReadonlySet<string>
}

const ASSIGNMENT = /^([A-Za-z_][A-Za-z0-9_]*)=(.*)$/s
/** What an arm hands on of the words. */
const TAKES_VALUE = /\$(?:OPTARG|\{OPTARG\}|[12]|\{[12]\}|\{[a-zA-Z_]+#)/
/** Values with which scripts say that something is off at first. */
const OFF = /^(?:0|no|false|off|n|)$/i

/** Reads the options that a loop or a `case` takes in. @returns nothing if it takes in none */
export function readOptions(node: Node): Options | undefined {
  const arms = casesIn(node).flatMap((each) => each.arms)
  const flags = new Map<string, { name: string; flag: Flag }>()
  const values = new Set<string>()
  for (const { patterns, body } of arms) {
    const options = patterns.flatMap(
      (pattern) => /^-{0,2}([A-Za-z][A-Za-z0-9-]*)\)?$/.exec(pattern)?.[1] ?? [],
    )
    const [variable, value] = firstAssignment(body) ?? []
    if (options.length === 0 || variable === undefined || value === undefined) continue
    if (TAKES_VALUE.test(value)) values.add(variable)
    else if (!OFF.test(expand(value, new Map()))) flags.set(variable, flagOf(options, variable))
  }
  return flags.size + values.size === 0 ? undefined : { flags, values }
}

/** `-d|--docs) DOCS=1` is the flag docs, and so is `d) DOCS=1`. */
function flagOf(options: readonly string[], variable: string): { name: string; flag: Flag } {
  const long = options.find((each) => each.length > 1)
  const letter = options.find((each) => each.length === 1)
  const name = (long ?? variable).toLowerCase().replaceAll('_', '-')
  return {
    name,
    flag: { ...(letter ? { char: letter } : {}), summary: `what -${letter ?? `-${name}`} did in the script` },
  }
}

function firstAssignment(body: readonly Node[]): [string, string] | undefined {
  for (const node of body) {
    const words = node.is === 'command' ? node.words : []
    for (const word of words) {
      const [, name, value] = ASSIGNMENT.exec(word) ?? []
      if (name !== undefined && value !== undefined) return [name, value]
    }
  }
  return undefined
}

function casesIn(node: Node): Extract<Node, { is: 'case' }>[] {
  if (node.is === 'case') return [node]
  return node.is === 'loop' ? node.body.flatMap(casesIn) : []
}

/** The one assignment that a command is. */
export function assignmentOf(word: string): { name: string; value: string } | undefined {
  const [, name, value] = ASSIGNMENT.exec(word) ?? []
  return name === undefined || value === undefined ? undefined : { name, value }
}
