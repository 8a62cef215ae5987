// Screens as people see them, in two sizes: test/ui/snapshots has them as text. SHIPIT_SNAPSHOTS=write writes them anew.
import assert from 'node:assert/strict'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { before, describe, test } from 'node:test'
import { playInTerminal, whyNoTerminal } from './support/terminal.ts'

const SNAPSHOTS = join(import.meta.dirname, 'snapshots')
const SIZES = { '80x24': { columns: 80, rows: 24 }, '120x40': { columns: 120, rows: 40 } }
/** Nothing has to be wrapped there. */
const WIDE = { columns: 1000, rows: 60 }
const COMMAND = /^ *(?:shipit|git) /

async function screensOf(size: { columns: number; rows: number }): Promise<Map<string, string[]>> {
  const { screen } = await playInTerminal('', { size, program: 'show-screens.ts', env: { NO_COLOR: '1' } })
  const screens = new Map<string, string[]>()
  let current: string[] = []
  for (const line of screen) {
    const [, name] = /^=== (.*)$/.exec(line) ?? []
    if (name !== undefined) {
      current = []
      screens.set(name, current)
      // what the client has measured
    } else current.push(line.replaceAll(/\d+\.\d s/g, '0.0 s'))
  }
  return screens
}

describe('the screens', { skip: whyNoTerminal }, () => {
  let wide: Map<string, string[]>
  const shown = new Map<string, Map<string, string[]>>()
  before(async () => {
    const sizes = Object.entries(SIZES)
    const [widest, ...others] = await Promise.all([WIDE, ...sizes.map(([, size]) => size)].map(screensOf))
    wide = widest ?? new Map()
    for (const [index, [name]] of sizes.entries()) shown.set(name, others[index] ?? new Map())
  })

  for (const size of Object.keys(SIZES) as (keyof typeof SIZES)[]) {
    test(`are at ${size} as the snapshots have them`, () => {
      for (const [name, lines] of shown.get(size) ?? []) {
        const file = join(SNAPSHOTS, `${name}.${size}.txt`)
        const text = `${lines.join('\n').trimEnd()}\n`
        if (process.env.SHIPIT_SNAPSHOTS === 'write') {
          mkdirSync(SNAPSHOTS, { recursive: true })
          writeFileSync(file, text)
        }
        assert.equal(text, readFileSync(file, 'utf8'), file)
      }
      assert.equal(shown.get(size)?.size, 14)
    })

    test(`cut neither a word nor a command at ${size}`, () => {
      for (const [name, lines] of shown.get(size) ?? []) {
        const whole = wide.get(name) ?? []
        const words = new Set(whole.flatMap((line) => line.split(/\s+/)))
        for (const line of lines) {
          assert.ok([...line].length <= SIZES[size].columns, line)
          for (const word of line.split(/\s+/)) assert.ok(words.has(word), `${name}: '${word}' in '${line}'`)
        }
        const commands = (some: readonly string[]) =>
          some.filter((line) => COMMAND.test(line)).map((line) => line.trim())
        assert.deepEqual(commands(lines), commands(whole), name)
      }
    })
  }
})
