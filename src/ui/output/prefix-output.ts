// The one rule for a host's output where it does not stand on a terminal alone: each line has its host and step in front, and
// none can pass for a line of ours or for a command to a CI system.
import { Block, wrapLines } from '../../safe-text/block.ts'
import { breakInner } from '../../safe-text/ci-commands.ts'
import { cleanName } from '../../safe-text/own-lines.ts'
import type { Style } from '../output/style.ts'

/** What stands before each line about a host. */
export function hostPrefix(host: string, style: Pick<Style, 'paint'>): string {
  return style.paint('dim', `[${breakInner(cleanName(host))}]`)
}

/** Puts host and step before each line of output that was made safe. */
export function prefixOutput(
  blocks: readonly Block[],
  { host, step, style }: { host: string; step: string | undefined; style: Pick<Style, 'paint'> },
): Buffer | string {
  const prefix = hostPrefix(host, style)
  const before = step === undefined ? `${prefix} | ` : `${prefix} ${breakInner(cleanName(step))} | `
  return wrapLines(blocks.map(breakBlock), { before })
}

function breakBlock(block: Block): Block {
  // all output comes through here: no text is made of it
  if (block.bytes && !block.bytes.includes('##')) return block
  const text = breakInner(block.text)
  return text === block.text ? block : new Block(text)
}
