import assert from 'node:assert/strict'
import { test } from 'node:test'
import { command, git, make, restorecon, root, rsync, shell } from '../../src/recipe/steps.ts'

test('a step function notes what was written and checks nothing', () => {
  assert.deepEqual(git(), { step: 'git', options: {} })
  assert.deepEqual(git({ timeout: -1 }), { step: 'git', options: { timeout: -1 } })
  const options = { from: 'src/', to: '/var/x/', delete: true }
  assert.deepEqual(rsync(options), { step: 'rsync', options })
  assert.deepEqual(command(['npm', 'ci']), { step: 'command', argument: ['npm', 'ci'], options: {} })
  assert.deepEqual(shell('a | b', { in: 'doc' }), {
    step: 'shell',
    argument: 'a | b',
    options: { in: 'doc' },
  })
  assert.deepEqual(root(['/usr/sbin/x']), { step: 'root', argument: ['/usr/sbin/x'], options: {} })
  assert.deepEqual(restorecon('/var/x', { type: 't' }), {
    step: 'restorecon',
    argument: '/var/x',
    options: { type: 't' },
  })
})

test('make prepares, unless it is told to publish', () => {
  assert.deepEqual(make('html'), {
    step: 'command',
    argument: ['make', 'html'],
    options: { phase: 'prepare' },
  })
  assert.deepEqual(make('install', { phase: 'publish' }).options, { phase: 'publish' })
})
