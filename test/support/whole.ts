// The short form of long tables, which `npm test` has, and the whole one.

/** With SHIPIT_TEST_WHOLE=1, as `npm run test:whole` sets it, nothing is left out. */
export const isWhole = process.env.SHIPIT_TEST_WHOLE === '1'

/** For a test that the whole form alone has. */
export const wholeOnly = { skip: isWhole ? false : 'npm run test:whole has it' }

/** The rows of a table with these names, or all of them in the whole form. */
export function shortForm<T>(table: Readonly<Record<string, T>>, ...names: string[]): [string, T][] {
  const missing = names.find((name) => !(name in table))
  if (missing !== undefined) throw new RangeError(`no row '${missing}'`)
  return Object.entries(table).filter(([name]) => isWhole || names.includes(name))
}
