// Lines of a script that copy a folder to where it is served: rsync, cp and scp become `rsync()`.
import type { ProposedStep } from '../found/proposal.ts'
import { UNKNOWN } from './expand.ts'
import type { Place } from './place.ts'

/** A copy that was made out, or why it was not. */
export type Copied = { step?: ProposedStep; login?: string; why?: string }

/** Options that have their value in the next word. */
const TAKES_WORD: Readonly<Record<string, RegExp>> = {
  rsync:
    /^(?:-[a-zA-Z]*[efMBT]|--(?:rsh|exclude|include|filter|exclude-from|include-from|port|chown|chmod|out-format|log-file|rsync-path|bwlimit|timeout|info))$/,
  scp: /^-[a-zA-Z0-9]*[iPoFJlcDSX]$/,
}
const LOGIN = /^((?:[A-Za-z0-9_.-]+@)?[A-Za-z0-9_][A-Za-z0-9_.-]*):(.*)$/

/** Reads a copy: the words behind the program. */
export function readCopy(program: string, words: readonly string[], place: Place): Copied {
  const { paths, options } = sort(program, words)
  const to = paths.at(-1) ?? ''
  const sources = paths.slice(0, -1)
  const [source, another] = sources
  if (source === undefined || to === '') return { why: 'init cannot tell what it copies' }
  if (another !== undefined)
    return { why: 'it copies several things at once: write an rsync() for each folder' }
  if (LOGIN.test(source)) return { why: 'it copies from a host' }
  const [, login, remote] = LOGIN.exec(to) ?? []
  const target = remote ?? to
  if (target.includes(UNKNOWN) || source.includes(UNKNOWN))
    return { ...(login ? { login } : {}), why: 'the script does not say which folder: it is in a variable' }
  if (!target.startsWith('/'))
    return { ...(login ? { login } : {}), why: 'it does not copy to an absolute folder' }
  const from = folderOf(source, place)
  if (from === undefined)
    return { ...(login ? { login } : {}), why: 'it copies from outside of the repository' }
  const isDeep =
    program === 'rsync' || program === 'scp' || options.some((each) => /^-[a-zA-Z]*[rRa]/.test(each))
  if (!isDeep || /\.[A-Za-z0-9]{1,5}$/.test(source))
    return { why: 'it copies a single file, and rsync() copies folders' }
  // without the slash the folder itself is copied, not what is in it
  const name = /[/*.]$/.test(source) ? '' : `${from.split('/').at(-2) ?? ''}/`
  const exclude = excluded(options)
  return {
    ...(login ? { login } : {}),
    step: {
      call: 'rsync',
      options: {
        from,
        to: `${target.replace(/\/*$/, '/')}${name}`,
        delete: options.some((each) => /^--del(?:ete)?(?:-|$)/.test(each)),
        ...(exclude.length > 0 ? { exclude } : {}),
      },
    },
  }
}

/** `./src/*`, `src/.` and `src/` are all what is in `src/`. */
function folderOf(source: string, place: Place): string | undefined {
  const found = place.inCheckout(source.replace(/\/(?:\*|\.)?$/, '').replace(/^\*$/, '.'))
  return found === undefined ? undefined : `${found === '' ? '.' : found}/`
}

function sort(program: string, words: readonly string[]): { paths: string[]; options: string[] } {
  const paths: string[] = []
  const options: string[] = []
  for (let at = 0; at < words.length; at += 1) {
    const word = words[at] ?? ''
    if (!word.startsWith('-')) paths.push(word)
    else if (TAKES_WORD[program]?.test(word)) {
      at += 1
      options.push(`${word}=${words[at] ?? ''}`)
    } else options.push(word)
  }
  return { paths, options }
}

function excluded(options: readonly string[]): string[] {
  return options.flatMap((option) => /^--exclude=(.+)$/.exec(option)?.[1] ?? [])
}
