// Texts of several hosts, compared without what only one of them has.

/** An address, with its port if it has one. */
const ADDRESS = /\b\d{1,3}(?:\.\d{1,3}){3}(?::\d+)?|\[[0-9a-fA-F:.%]+\]:\d+/g

/** A branch or tag, as messages and commands name it: it may look like an address, or be called as a host is. */
const REF = /((?:branch|tag) '[^']*'|--(?:branch|tag) \S+)/

/** What is left of a text when it does not matter which host it is about: equal for hosts that are alike. */
export function anonymous({ host, address }: { host: string; address?: unknown }, text: string): string {
  const names = [host, ...(typeof address === 'string' ? [address] : [])]
  const words = names.map((each) => each.replaceAll(/\W/g, '\\$&')).join('|')
  const name = new RegExp(`(?<![\\w.-])(?:${words})(?![\\w-]|\\.\\w)`, 'g')
  return text
    .split(REF)
    .map((part, index) => (index % 2 === 1 ? part : part.replaceAll(name, '\0').replaceAll(ADDRESS, '\0')))
    .join('')
}
