// Parts of a script that need no step: they print, look, assign or end.
import { assignmentOf } from './options.ts'
import type { Node } from './parse.ts'
import { NOISE } from './programs.ts'

type Functions = ReadonlyMap<string, readonly Node[]>

/** A function that calls itself is not followed for ever. */
const MOST_CALLS = 8
/** Names that scripts give to functions of theirs that print, and programs that only look. */
const PRINTS =
  /^(?:usage|die|fail|abort|err|error|log|info|warn|warning|success|grep|egrep|sed|awk|cut|sort)$/

/** Says whether nothing in there needs a step. */
export function isNoise(nodes: readonly Node[], functions: Functions, calls = 0): boolean {
  return nodes.every((node) => {
    if (node.is === 'chain')
      return isNoise(
        node.parts.map((part) => part.node),
        functions,
        calls,
      )
    if (node.is === 'group') return isNoise(node.body, functions, calls)
    if (node.is !== 'command') return node.is === 'function'
    const [first = ''] = node.words
    const body = functions.get(first)
    if (body) return calls < MOST_CALLS && isNoise(body, functions, calls + 1)
    return first === '' || NOISE.has(first) || PRINTS.test(first) || assignmentOf(first) !== undefined
  })
}
