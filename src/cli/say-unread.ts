// Says what of ssh_config does not count here, before it is used.
import type { HostSettings, UnreadConfig } from '../ssh/settings/host-settings.ts'
import { hintLines, say } from '../ui/output/print-lines.ts'

/** Where there is no ssh to ask, some lines of its config do not count: better said than found out. */
export function sayUnread(all: readonly HostSettings[]): void {
  const same = Map.groupBy(all.flatMap(unreadOf), ({ file, lines }) => JSON.stringify([file, lines]))
  for (const [first, ...more] of same.values()) {
    if (!first) continue
    const { file, lines } = first
    const names = [...new Set([first, ...more].map(({ name }) => `'${name}'`))].join(', ')
    say([
      `warning: there is no program ssh here, so this in '${file}' is ignored for ${names}: ${lines.join(', ')}`,
      ...hintLines(
        ['Install the OpenSSH client, or put it into the config: address, user, port and ssh of the host.'],
        process.stderr,
      ).map((line) => `  ${line}`),
    ])
  }
}

/** What was not read for a host and for the jump hosts on the way. */
function unreadOf({ name, unread = [], via }: HostSettings): (UnreadConfig & { name: string })[] {
  return [...unread.map((each) => ({ ...each, name })), ...(via ? unreadOf(via) : [])]
}
