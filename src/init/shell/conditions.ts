// Conditions of a script: one that asks for a flag of the command line is `when` in a recipe.
import type { Flag } from '../../config/define-config.ts'
import { expand, variablesIn } from './expand.ts'
import type { Node } from './parse.ts'

/** A flag that a script has. */
export type ScriptFlag = { name: string; flag: Flag }

const NOTHING: ReadonlyMap<string, string> = new Map()

/**
 * Says which flag a condition asks for, and whether it asks that it is not there.
 * @param flags by the variable that they set; `[ "$1" = --docs ]` adds its own
 */
export function flagAsked(
  condition: readonly Node[],
  flags: Map<string, ScriptFlag>,
): { flag: ScriptFlag; isNot: boolean } | undefined {
  const words = wordsOf(condition)
  const [only, another] = new Set(words.flatMap(variablesIn))
  if (only === undefined || another !== undefined) return undefined
  const plain = words.map((word) => expand(word, NOTHING))
  const flag = flags.get(only) ?? (/^[0-9@*]$/.test(only) ? flagOfWord(plain) : undefined)
  if (!flag) return undefined
  if (!flags.has(only)) flags.set(`word ${flag.name}`, flag)
  const isNot = plain.some((word) => /^(?:!|!=|-z|0|false|no|off)$/.test(word))
  return { flag, isNot }
}

/** `[ "$1" = --docs ]` */
function flagOfWord(plain: readonly string[]): ScriptFlag | undefined {
  const option = plain.slice(2).find((word) => /^(?:--?)?[a-z][a-z-]*$/.test(word) && word !== 'eq')
  const name = option?.replace(/^-+/, '')
  if (option === undefined || name === undefined) return undefined
  const char = name.length === 1 ? { char: name } : {}
  return { name, flag: { ...char, summary: `what ${option} did in the script` } }
}

/** Says whether a node only asks. */
export function isTest(node: Node): boolean {
  return node.is === 'command' && /^(?:test|\[|\[\[|!)$/.test(node.words[0] ?? '')
}

export function withoutNot(node: Node): Node {
  return node.is === 'command' && node.words[0] === '!' ? { ...node, words: node.words.slice(1) } : node
}

function wordsOf(nodes: readonly Node[]): string[] {
  return nodes.flatMap((node) => {
    if (node.is === 'command') return [...node.words]
    return node.is === 'chain' ? wordsOf(node.parts.map((part) => part.node)) : []
  })
}
