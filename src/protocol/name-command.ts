// Commands that a person is told to give.

/**
 * Writes a command that a person can give, for a suggestion: `shipit deploy production --wait 15m`.
 * @param words without the environment: `deploy --wait 15m`
 * @param environment the one that the command is to act on: the reader's default may be another
 */
export function nameCommand(words: string, environment: string | undefined): string {
  const [verb = '', ...rest] = words.split(' ')
  return ['shipit', verb, ...(environment === undefined ? [] : [environment]), ...rest].join(' ')
}
