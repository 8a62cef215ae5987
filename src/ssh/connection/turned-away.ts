// What sshd says to clients that it turns away before it says who it is: too many came at once, or it does not want them for now.

/** What it says, if anything: before 9.8, and since then. */
const TURNED_AWAY = /^(?:|Exceeded MaxStartups\r?\n|Not allowed at this time\r?\n)$/

/** Says whether what a host sent before it closed is what sshd sends to those whom it turns away. */
export function isTurnedAway(greeting: string): boolean {
  return TURNED_AWAY.test(greeting)
}
