// The key paths of what a config says itself; what is not among them is a default.

/** Nobody reads more, and a config may hold itself. */
const MOST_PATHS = 5000
const MOST_DEPTH = 8

/** Lists the key path of each value that a config holds. A step has its options below its own path. */
export function writtenPaths(exported: unknown): string[] {
  const paths: string[] = []
  const visit = (value: unknown, path: string, depth: number) => {
    if (paths.length >= MOST_PATHS || depth > MOST_DEPTH || value === undefined) return
    if (path !== '') paths.push(path)
    if (Array.isArray(value)) {
      for (const [index, item] of value.entries()) visit(item, `${path}[${index}]`, depth + 1)
      // both halves of releases() have the path of their list
      const [first] = value
      if (isStep(first)) visitOptions(first, path, depth)
    } else if (isStep(value)) visitOptions(value, path, depth)
    else if (typeof value === 'object' && value !== null) {
      for (const [key, item] of Object.entries(value))
        visit(item, path === '' ? key : `${path}.${key}`, depth + 1)
    }
  }
  const visitOptions = (step: { options: object }, path: string, depth: number) => {
    for (const [key, item] of Object.entries(step.options)) visit(item, `${path}.${key}`, depth + 1)
  }
  visit(exported, '', 0)
  return [...new Set(paths)]
}

function isStep(value: unknown): value is { step: string; options: object } {
  return (
    typeof value === 'object' &&
    value !== null &&
    'step' in value &&
    'options' in value &&
    typeof value.options === 'object' &&
    value.options !== null
  )
}
