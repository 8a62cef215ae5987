// Writes many host names short: web[01-48]. What is written can be read back without doubt.

/** Up to the first number of the first label that ends it: `web`, `01`, `.example.com`. */
const NUMBERED = /^([^.:]*?[^.:0-9])([0-9]{1,15})([^.:0-9]*(?:\..*)?)$/
/** An IPv4 address: its last number. */
const ADDRESS = /^((?:[0-9]{1,3}\.){3})([0-9]{1,3})()$/

type Number = { digits: string; value: number }
type Group = { prefix: string; suffix: string; numbers: Number[] }

/** Folds names that differ in one number; others stand for themselves, in their order. */
export function foldHosts(hosts: readonly string[]): string {
  const groups = new Map<string, Group | string>()
  for (const host of new Set(hosts)) {
    const match = NUMBERED.exec(host) ?? ADDRESS.exec(host)
    if (!match) {
      groups.set(`name ${host}`, host)
      continue
    }
    const [, prefix = '', digits = '', suffix = ''] = match
    const key = `number ${prefix} ${suffix}`
    const group = groups.get(key)
    const number = { digits, value: Number(digits) }
    if (typeof group === 'object') group.numbers.push(number)
    else groups.set(key, { prefix, suffix, numbers: [number] })
  }
  return [...groups.values()]
    .flatMap((group) => (typeof group === 'string' ? group : foldGroup(group)))
    .join(', ')
}

function foldGroup({ prefix, suffix, numbers }: Group): string[] {
  // '01' and '1' are two hosts: numbers with leading zeros fold only with those of their length
  const padded = new Set(
    numbers.filter(({ digits }) => /^0./.test(digits)).map(({ digits }) => digits.length),
  )
  const sets = Map.groupBy(numbers, ({ digits }) => (padded.has(digits.length) ? digits.length : 0))
  return [...sets.values()].map((set) => {
    const [first] = set
    return set.length === 1
      ? `${prefix}${first?.digits}${suffix}`
      : `${prefix}[${ranges(set).join(',')}]${suffix}`
  })
}

function ranges(numbers: Number[]): string[] {
  const found: { from: Number; to: Number }[] = []
  for (const number of numbers.toSorted((a, b) => a.value - b.value)) {
    const last = found.at(-1)
    if (last && last.to.value + 1 === number.value) last.to = number
    else found.push({ from: number, to: number })
  }
  return found.map(({ from, to }) => (from === to ? from.digits : `${from.digits}-${to.digits}`))
}
