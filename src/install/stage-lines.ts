// The lines of the install script that stage a file, a folder or a link. Pure.
import { quote } from '../recipe/sh/quote.ts'
import type { HostFile } from './host-files.ts'

/** The line that ends a file in a script. */
export const END_OF_FILE = 'SHIPIT_END_OF_FILE'

/** The line of the script that stages it; none for what the script makes in other ways. */
export function stage(file: HostFile): string[] {
  switch (file.is) {
    case 'folder':
    case 'published':
      return [`\twant folder ${file.mode} ${file.owner} ${quote(file.path)}`]
    case 'link':
      return [`\twant link:${file.to} - - ${file.path}`]
    case 'file':
      return [`\tstage_file ${file.mode} ${file.owner} ${quote(file.path)} ${hereDocument(file)}`]
    case 'printed':
      return [`\t${file.by} | stage_file ${file.mode} ${file.owner} ${quote(file.path)} || exit 1`]
    case 'installer':
      return [`\tstage_installer ${file.mode} ${file.owner} ${file.path}`]
    case 'sudoers':
    case 'made-there':
      return []
  }
}

/**
 * Renders a text as the standard input of the command before it.
 * @throws RangeError when it has the line that ends it: the rest of such a file would be run by root
 */
export function hereDocument({ path, text }: { path: string; text: string }): string {
  if (text === '') return '</dev/null'
  if (text.split('\n').includes(END_OF_FILE)) throw new RangeError(`${path} holds ${END_OF_FILE}`)
  // where a shell keeps such a text in a file, a full disk leaves the command out
  return `<<'${END_OF_FILE}' || no_room\n${text}${END_OF_FILE}`
}
