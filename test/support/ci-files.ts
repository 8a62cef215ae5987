// The files for CI systems that docs/ci.md has, as a reader copies them.
import { FENCE, read } from './pages.ts'

/** Finds the block whose first lines name this file. */
export function ciFile(name: string): string {
  const blocks = [...read('docs/ci.md').matchAll(FENCE)].map(([, , text = '']) => text)
  const found = blocks.find((text) => text.split('\n', 2).some((line) => line.startsWith(`# ${name}`)))
  if (found === undefined) throw new RangeError(`docs/ci.md has no file ${name}`)
  return found
}
