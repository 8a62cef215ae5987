import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { SHELLS, whyNotShell } from '../support/rendered-host.ts'

const CLOCK = readFileSync(join(import.meta.dirname, '../../../remote/lib/clock.sh'), 'utf8')
/** Ends of months, years, centuries and leap days, and others between them, in seconds since 1970. */
const TIMES = [
  ...[0, 86_399, 951_782_399, 951_782_400, 951_868_799, 951_868_800, 1_709_251_199, 1_709_251_200],
  ...[1_735_689_599, 1_735_689_600, 4_107_542_399, 4_107_542_400, 253_402_300_799],
  ...Array.from({ length: 100 }, (_, index) => index * 40_123_457),
]

describe('the clock', () => {
  for (const [name, [program = '', ...words]] of Object.entries(SHELLS)) {
    const run = (script: string) =>
      spawnSync(program, [...words, '-c', `set -fu\nIFS=' '\n${CLOCK}\n${script}`], { encoding: 'utf8' })
        .stdout

    it(`writes each moment as a date, under ${name}`, { skip: whyNotShell(name) }, () => {
      const stamps = run(
        `read_uptime() { return 1; }; date() { printf %s "$at"; }; for at in ${TIMES.join(' ')}; do read_stamp; printf '%s\\n' "$stamp"; done`,
      )
      const dates = TIMES.map((at) => new Date(at * 1000).toISOString().replace('.000', ''))
      assert.deepEqual(stamps.trimEnd().split('\n'), dates)
    })

    it(`asks date once, and is never early, under ${name}`, { skip: whyNotShell(name) }, () => {
      const told = run(
        'command date +%s; date() { echo asked >&2; command date "$@"; }; read_now; sleep 1.1; date() { echo 0; }; read_now; echo "$NOW"; command date +%s',
      )
      const [first = 0, now = 0, last = 0] = told.trimEnd().split('\n').map(Number)
      assert.ok(now > first && now <= last && now >= last - 5, told)
    })
  }
})
