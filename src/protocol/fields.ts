// Reads the fields of a JSON object that a host sent: each is checked, since a host may be hostile.

/** What was read is not an event. */
export class NoEvent extends Error {}

/** Checks a text. @throws NoEvent */
export function matching(value: unknown, pattern: RegExp): string {
  if (typeof value !== 'string' || !pattern.test(value)) throw new NoEvent()
  return value
}

/** The fields of one JSON object; each reader throws NoEvent for a field that is missing or of another shape. */
export class Fields {
  readonly #data: Record<string, unknown>

  constructor(data: unknown) {
    if (typeof data !== 'object' || data === null || Array.isArray(data)) throw new NoEvent()
    this.#data = data as Record<string, unknown>
  }

  has(key: string): boolean {
    return Object.hasOwn(this.#data, key)
  }

  value(key: string): unknown {
    return this.has(key) ? this.#data[key] : undefined
  }

  text(key: string, pattern: RegExp): string {
    return matching(this.value(key), pattern)
  }

  one<const Choice extends string>(key: string, choices: readonly Choice[]): Choice {
    const value = this.value(key)
    const choice = choices.find((each) => each === value)
    if (choice === undefined) throw new NoEvent()
    return choice
  }

  integer(key: string): number {
    const value = this.value(key)
    if (typeof value !== 'number' || !Number.isSafeInteger(value)) throw new NoEvent()
    return value
  }

  count(key: string): number {
    const value = this.integer(key)
    if (value < 0) throw new NoEvent()
    return value
  }

  true(key: string): true {
    if (this.value(key) !== true) throw new NoEvent()
    return true
  }

  list(key: string, most = 64): unknown[] {
    const value = this.value(key)
    if (!Array.isArray(value) || value.length > most) throw new NoEvent()
    return value
  }

  optional<Name extends string, Value>(
    name: Name,
    read: () => Value,
    key: string = name,
  ): { [K in Name]?: Value } {
    return this.has(key) ? ({ [name]: read() } as { [K in Name]?: Value }) : {}
  }
}
