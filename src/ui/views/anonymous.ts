// Texts of several hosts, compared without what only one of them has.

/** An address, with its port if it has one. */
const ADDRESS = /\b\d{1,3}(?:\.\d{1,3}){3}(?::\d+)?/g

/** What is left of a text when it does not matter which host it is about: equal for hosts that are alike. */
export function anonymous({ host }: { host: string }, text: string): string {
  return text.replaceAll(host, '\0').replaceAll(ADDRESS, '\0')
}
