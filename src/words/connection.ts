// What a lost connection means.

/** Says what a lost connection means for the run. */
export function lostWords(hasBegun: boolean): string {
  return `connection lost${hasBegun ? ', the run keeps running' : ''}; trying again`
}
