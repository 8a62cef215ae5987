import assert from 'node:assert/strict'
import { test } from 'node:test'
import { TabProgress, type TabState, takesProgress } from '../../../src/ui/output/tab-progress.ts'

test('only terminals that are known to take it get it', () => {
  const VTE = { VTE_VERSION: '8001', TERM: 'xterm-256color' }
  for (const env of [
    { WT_SESSION: 'b1c2' },
    { ConEmuANSI: 'ON' },
    { TERM_PROGRAM: 'ghostty', TERM_PROGRAM_VERSION: '1.2.3' },
    { TERM_PROGRAM: 'iTerm.app', TERM_PROGRAM_VERSION: '3.6.6' },
    { TERM_PROGRAM: 'iTerm.app', TERM_PROGRAM_VERSION: '3.10' },
    { TERM_PROGRAM: 'vscode', TERM_PROGRAM_VERSION: '1.129.0' },
    { TERM_PROGRAM: 'WezTerm', TERM_PROGRAM_VERSION: '20260101-110809-5046fc22' },
    VTE,
    { ...VTE, NO_COLOR: '1' },
  ])
    assert.ok(takesProgress(env), JSON.stringify(env))
  for (const env of [
    {},
    { TERM: 'xterm-kitty', TERM_PROGRAM: 'kitty' },
    { TERM_PROGRAM: 'Apple_Terminal', TERM_PROGRAM_VERSION: '455' },
    { TERM_PROGRAM: 'ghostty', TERM_PROGRAM_VERSION: '1.1.3' },
    { TERM_PROGRAM: 'ghostty' },
    { TERM_PROGRAM: 'iTerm.app', TERM_PROGRAM_VERSION: '3.6.5' },
    { TERM_PROGRAM: 'iTerm.app', TERM_PROGRAM_VERSION: '3.5.14beta1' },
    { TERM_PROGRAM: 'vscode', TERM_PROGRAM_VERSION: '1.96.4' },
    { TERM_PROGRAM: 'WezTerm', TERM_PROGRAM_VERSION: '20240203-110809-5046fc22' },
    { TERM_PROGRAM: 'toString', TERM_PROGRAM_VERSION: '9' },
    { VTE_VERSION: '7802' },
    { ...VTE, TERM_PROGRAM: 'kitty' },
    { WT_SESSION: 'b1c2', TMUX: '/tmp/tmux-0/default,1,0' },
    { WT_SESSION: 'b1c2', TERM: 'screen-256color' },
    { WT_SESSION: 'b1c2', STY: '1.x' },
    { WT_SESSION: 'b1c2', SHIPIT_QUIET_TAB: '1' },
  ])
    assert.ok(!takesProgress(env), JSON.stringify(env))
})

test('it is written where it changes, and cleared once', (t) => {
  t.mock.timers.enable({ apis: ['setInterval'] })
  const written: string[] = []
  let now: TabState = { state: 'waiting' }
  const tab = new TabProgress(
    (text) => written.push(text.replace('\x1b]9;4;', '').replace('\x1b\\', '')),
    () => now,
  )
  tab.clear()
  tab.begin()
  tab.begin()
  t.mock.timers.tick(1000)
  now = { state: 'running', percent: 33.3 }
  t.mock.timers.tick(500)
  now = { state: 'failed', percent: 66.6 }
  t.mock.timers.tick(1000)
  now = { state: 'asking', percent: 66.6 }
  t.mock.timers.tick(500)
  tab.clear()
  tab.clear()
  t.mock.timers.tick(5000)
  assert.deepEqual(written, ['3;0', '1;33', '2;66', '4;66', '0;0'])
  tab.begin()
  assert.equal(written.at(-1), '4;66')
  tab.clear()
})
