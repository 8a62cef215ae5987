// Texts of several hosts, compared and told without what only one of them has.

/** An address, with its port if it has one. */
const ADDRESS = /\b\d{1,3}(?:\.\d{1,3}){3}(?::\d+)?|\[[0-9a-fA-F:.%]+\]:\d+/g

/** A branch or tag, as messages and commands name it: it may look like an address, or be called as a host is. */
const REF = /((?:branch|tag) '[^']*'|--(?:branch|tag) \S+)/

/** How long something has lasted when a host was asked: a second later it is a second more. */
const AGE =
  /\bfor \d+ (?:s|min(?: \d+ s)?|h \d+ min)\b|\b\d+ (?:s|min(?: \d+ s)?|h \d+ min) ago\b|\bjust now\b/g

/** What is left of a text when it does not matter which host it is about: equal for hosts that are alike. */
export function anonymous({ host, address }: { host: string; address?: unknown }, text: string): string {
  const names = [host, ...(typeof address === 'string' ? [address] : [])]
  const name = new RegExp(`(?<![\\w.-])(?:${names.map(quoteForRegExp).join('|')})(?![\\w-]|\\.\\w)`, 'g')
  return besidesRefs(text, (part) =>
    part.replaceAll(name, '\0').replaceAll(ADDRESS, '\0').replaceAll(AGE, '\0'),
  )
}

/**
 * Takes from a sentence the host that it names, where several that are alike stand before it: `web[1-3]: 'shop' is locked`.
 * @param hosts the sentence names the first; one alone stays
 */
export function withoutHost(hosts: readonly string[], sentence: string): string {
  if (hosts.length < 2) return sentence
  const name = quoteForRegExp(`'${hosts[0]}'`)
  const named = `${name}(?: \\((?:${ADDRESS.source})\\))?`
  const text = sentence.replace(new RegExp(`^${name} `), '')
  return besidesRefs(text, (part) =>
    part.replaceAll(new RegExp(` on ${named}`, 'g'), '').replaceAll(new RegExp(named, 'g'), 'the host'),
  )
}

function besidesRefs(text: string, change: (part: string) => string): string {
  return text
    .split(REF)
    .map((part, index) => (index % 2 === 1 ? part : change(part)))
    .join('')
}

function quoteForRegExp(text: string): string {
  return text.replaceAll(/\W/g, '\\$&')
}
