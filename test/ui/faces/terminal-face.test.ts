import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Row } from '../../../src/ui/faces/rows/step-rows.ts'
import { fitRows } from '../../../src/ui/faces/step-renderer.ts'
import { patient } from '../../support/patience.ts'
import { assertNoSecret, leaksIn } from '../../support/secrets.ts'
import { playInTerminal, readScreen, whyNoTerminal } from '../support/terminal.ts'

/** OSC 9;4 */
const PROGRESS = /\x1b\]9;4;\d;\d+\x1b\\/g

describe('on a terminal', { skip: whyNoTerminal, concurrency: true }, () => {
  test('a deploy is a row for each step, and where it is live', async () => {
    const { screen, cursorShown } = await playInTerminal('success', { size: { columns: 140, rows: 30 } })
    assert.deepEqual(screen.slice(0, 6), [
      '✔ connect                   web1',
      '✔ git                1.2 s',
      '✔ rsync src          1.2 s',
      '✔ apachectl restart  1.2 s',
      '↓ 1 skipped (make html)',
      '',
    ])
    assert.match(
      screen[6] ?? '',
      /^✔ codebase: branch 'x' \(1a2b3c4d5e6f\) is live on web1 \(production\) {2}· {2}\d+\.\d s {2}· {2}run 0123456$/,
    )
    assert.deepEqual(screen.slice(7), [''])
    assert.ok(cursorShown)
  })

  test('a failed step shows its row, its last lines and what is left', async () => {
    const { screen, cursorShown } = await playInTerminal('failure')
    assert.deepEqual(screen.slice(0, 8), [
      '✔ connect           web1',
      '✔ git        1.2 s',
      '✖ rsync src  1.2 s  failed with status 23',
      '↓ 1 did not run',
      '↓ 1 skipped (make html)',
      '',
      '✖ web1: rsync src failed with status 23 after 1.2 s',
      "  (2 earlier lines: shipit log production --run 0123456 --step 'rsync src')",
    ])
    assert.ok(screen.includes('  web1 | line 12'))
    assert.ok(cursorShown)
  })

  test('leaves a terminal that says it has no columns to plain lines', async () => {
    const { raw } = await playInTerminal('failure', { size: { columns: 0, rows: 0 } })
    assert.match(raw, /rsync src/)
    assert.doesNotMatch(raw, /\x1b\[\d*[AGK]/)
  })

  test('a host that is not reached fails the first row', async () => {
    const { screen } = await playInTerminal('unreachable')
    assert.equal(screen[0], "✖ connect  cannot reach 'web1' (192.0.2.4:22) within 10 s")
    assert.equal(screen[1], '↓ 4 did not run')
  })

  test('many hosts are counted in the rows of their steps', async () => {
    const { screen } = await playInTerminal('fleet', { size: { columns: 140, rows: 40 } })
    assert.deepEqual(screen.slice(0, 5), [
      '✖ connect            45/48 hosts, 3 failed',
      '✔ git                45/48 hosts            1.2 s',
      '✖ rsync src          44/48 hosts, 1 failed  1.2 s',
      '✔ apachectl restart  44/48 hosts            1.2 s',
      '↓ 1 skipped (make html)',
    ])
    assert.match(screen[6] ?? '', /is live on web\[01-06,08-45\]/)
  })

  test('the row of a running step shows its last line, made safe and cut to the width', async () => {
    const { screen, cursorShown, raw } = await playInTerminal('middle', { size: { columns: 60, rows: 30 } })
    const row = screen.find((line) => line.includes('rsync src')) ?? ''
    assert.match(row, /^[⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏] rsync src +\d s {2}two wide wide wide/)
    assert.ok(row.endsWith('…') && row.length < 60, row)
    assert.ok(!raw.includes('\x1b[2J') && !raw.includes('title'))
    assert.ok(cursorShown)
    assert.ok(screen.includes('◼ apachectl restart'))
  })

  test('the cursor comes back, and what was written meanwhile, when the process exits in the middle', async () => {
    const { screen, cursorShown } = await playInTerminal('middle')
    assert.ok(screen.includes('said meanwhile'))
    assert.ok(cursorShown)
  })

  test('a deploy that is left gives the terminal back, without a verdict', async () => {
    const { screen, cursorShown } = await playInTerminal('left')
    assert.deepEqual(screen, [
      '✔ connect                   web1',
      '✔ git                1.2 s',
      '◼ rsync src',
      '◼ apachectl restart',
      '◼ migrate              0 s  (not in the local recipe)',
      '↓ 1 skipped (make html)',
      'left',
      '',
    ])
    assert.ok(cursorShown)
  })

  test('a question gets the terminal with a cursor, and the rows are painted again below', async () => {
    const { screen, cursorShown, raw } = await playInTerminal('paused')
    const [before = '', after = ''] = raw.split('leave or go on')
    assert.ok(before.lastIndexOf('\x1b[?25h') > before.lastIndexOf('\x1b[?25l'))
    assert.match(after, /\x1b\[\?25l/)
    const asked = screen.indexOf('leave or go on? go on')
    assert.deepEqual(screen.slice(asked + 1, asked + 4), [
      '✔ connect                   web1',
      '✔ git                1.2 s',
      '✔ rsync src          1.2 s',
    ])
    assert.ok(screen.some((line) => line.includes('is live on web1')))
    assert.ok(cursorShown)
  })

  test('Ctrl-Z gives the shell its terminal with a cursor, and fg paints the rows again below', async () => {
    const { screen, cursorShown, raw } = await playInTerminal('stopped')
    const [before = '', after = ''] = raw.split('stopped\r\n')
    assert.ok(before.lastIndexOf('\x1b[?25h') > before.lastIndexOf('\x1b[?25l'))
    assert.match(after, /\x1b\[\?25l/)
    const stopped = screen.indexOf('stopped')
    assert.deepEqual(screen.slice(stopped + 1, stopped + 4), [
      '✔ connect                   web1',
      '✔ git                1.2 s',
      '✔ rsync src          1.2 s',
    ])
    assert.ok(cursorShown)
  })

  test('more steps than the terminal is high show around the one that runs', async () => {
    const { raw } = await playInTerminal('low', { size: { columns: 80, rows: 12 } })
    assert.match(raw, / step 19/)
    assert.match(raw, /20 of 41 rows are done · \d+ not shown/)
    assert.doesNotMatch(raw, / step 39/)
  })

  test('signs are ASCII where the locale is not UTF-8', async () => {
    const { raw } = await playInTerminal('failure', { env: { LANG: 'C', LC_ALL: 'C' } })
    assert.match(raw, /x\x1b\[39m rsync src/)
    // what listr2 and node send besides is not text
    assert.doesNotMatch(raw, /[^\x00-\x7f]/)
  })

  test('NO_COLOR takes the colours away', async () => {
    const { raw } = await playInTerminal('failure', { env: { NO_COLOR: '1' } })
    assert.doesNotMatch(raw, /\x1b\[[0-9;]*m/)
  })

  test('a terminal of a CI system, or a dumb one, gets plain lines', async () => {
    for (const env of [{ CI: 'true' }, { TERM: 'dumb' }]) {
      const { raw } = await playInTerminal('success', { env })
      assert.ok(raw.replaceAll(/\x1b\[[0-9;]*m/g, '').startsWith('[web1] connecting\r\n'))
      assert.doesNotMatch(raw, /\x1b\[[0-9;]*[A-LP-Z]|\x1b\[\?/)
    }
  })

  test('a terminal that takes it has the progress in its tab, cleared at the end; no other gets it', async () => {
    const { raw } = await playInTerminal('failure', { env: { WT_SESSION: 'x' } })
    const sent = raw.match(PROGRESS) ?? []
    assert.ok(sent.length >= 2, JSON.stringify(sent))
    assert.equal(sent.at(-1), '\x1b]9;4;0;0\x1b\\')
    const plain = await playInTerminal('failure', { env: { WT_SESSION: 'x', TMUX: '/tmp/x' } })
    assert.doesNotMatch(plain.raw, /\x1b\]/)
    const { screen } = readScreen(raw.replaceAll(PROGRESS, ''), { columns: 100, rows: 30 })
    assert.equal(screen.at(-1), plain.screen.at(-1))
  })

  test('so it is when the process exits in the middle, and while Ctrl-Z has stopped it', async () => {
    const { raw } = await playInTerminal('middle', { env: { WT_SESSION: 'x' } })
    assert.equal(raw.match(PROGRESS)?.at(-1), '\x1b]9;4;0;0\x1b\\')
    const stopped = await playInTerminal('stopped', { env: { WT_SESSION: 'x' } })
    const cleared = stopped.raw.match(PROGRESS)?.filter((each) => each.includes('9;4;0')) ?? []
    assert.equal(cleared.length, 2)
  })

  test('a bell rings after a deploy that took 30 s, unless it is not wanted', async () => {
    assert.equal((await playInTerminal('long')).raw.split('\x07').length, 2)
    assert.doesNotMatch((await playInTerminal('long', { env: { SHIPIT_QUIET_TAB: '1' } })).raw, /\x07/)
    assert.doesNotMatch((await playInTerminal('success')).raw, /\x07/)
  })

  test('what the config says is never shown is not seen for a moment', async () => {
    const size = { columns: 100, rows: 60 }
    const { screen, raw } = await playInTerminal('hidden', { size, program: 'play-secrets.ts' })
    assertNoSecret(raw)
    assert.ok(screen.some((line) => line.includes('***')))
    // nor the beginning of one, while its line comes
    assert.doesNotMatch(raw, /here: [^*\x1b\s]/)
    const { raw: open } = await playInTerminal('shown', { size, program: 'play-secrets.ts' })
    assert.ok(leaksIn(open).length > 5)
    assert.match(open, /here: [^*\x1b\s]/)
  })

  test('300 hosts with 8 steps of 20 lines each take less than 3 s of processor time', async () => {
    const { screen } = await playInTerminal('many')
    const took = screen.map((line) => /^took (\d+) ms$/.exec(line)?.[1]).find(Boolean)
    assert.ok(Number(took) < patient(3000), `${took} ms`)
    assert.ok(screen.includes('✔ step 7   300/300 hosts  1.2 s'))
  })
})

test('a low terminal has room for what runs, what failed, and what is next to it', () => {
  const states: Row['state'][] = ['done', 'failed', 'done', 'done', 'done', 'running', 'waiting', 'waiting']
  const rows = states.map((state, index) => ({
    state,
    text: `${index}`,
    settled: state !== 'running' && state !== 'waiting',
  }))
  const lines = rows.map(({ text }) => text)
  assert.deepEqual(fitRows(lines, { rows, height: 8, dot: '·' }), lines)
  assert.deepEqual(fitRows(lines, { rows, height: 5, dot: '·' }), [
    '1',
    '4',
    '5',
    '6',
    '  5 of 8 rows are done · 4 not shown',
  ])
})
