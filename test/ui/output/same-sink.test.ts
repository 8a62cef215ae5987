// Whether what stands on stderr would be read twice: a real process with real redirections.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { Folder } from '../../recipe/support/run-shell.ts'

const FILE = fileURLToPath(new URL('../../../src/ui/output/same-sink.ts', import.meta.url))
const PROGRAM = `
  const { isStderrApart } = await import('${FILE}')
  const { writeFileSync } = await import('node:fs')
  writeFileSync('answer', String(isStderrApart(process)))`

/** Asks where these redirections of sh are set. */
function isApart(redirections: string, env: NodeJS.ProcessEnv): boolean {
  using folder = new Folder()
  const script = `{ "$NODE" -e "$PROGRAM" ${redirections}; } 2>&4`
  const run = spawnSync('/bin/sh', ['-c', `exec 4>&2; ${script}; cat answer >&4`], {
    cwd: folder.path,
    env: { PATH: process.env.PATH, NODE: process.execPath, PROGRAM, ...env },
    encoding: 'utf8',
  })
  assert.match(run.stderr, /^(?:true|false)$/)
  return run.stderr === 'true'
}

describe('stderr is told what stdout is', () => {
  for (const [where, redirections, plain, ci] of [
    ['stdout is a file', '>deploy.log', true, true],
    ['stdout is /dev/null', '>/dev/null', true, true],
    ['both are one file', '>deploy.log 2>&1', false, false],
    ['both are /dev/null', '>/dev/null 2>&1', false, false],
    ['they are two files', '>out.log 2>err.log', true, true],
    ['they are two pipes, which CI systems join', '| cat', true, false],
    ['they are one pipe', '2>&1 | cat', false, false],
  ] as const) {
    test(where, () => {
      assert.equal(isApart(redirections, {}), plain, 'without CI')
      assert.equal(isApart(redirections, { CI: 'true' }), ci, 'in CI')
    })
  }
})
