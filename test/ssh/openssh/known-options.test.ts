// An ssh that knows less: the system's own, behind a script that refuses what OpenSSH 8.4 does not know, in its words.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { chmodSync } from 'node:fs'
import { after, test } from 'node:test'
import { makeFolder } from '../support/connect.ts'

const folder = makeFolder()
after(() => folder.remove())

const WORDS = ['-N', '-o', 'BatchMode=yes', '-o', 'StdinNull=no', '-o', 'SessionType=default', '--', 'web1']
const PROGRAM = `
const { knownOptions } = await import('${import.meta.resolve('../../../src/ssh/openssh/known-options.ts')}')
console.log(JSON.stringify(await knownOptions(${JSON.stringify(WORDS)})))`

/** What is left of the words where PATH leads to this folder first. */
function leftOf(path: string): unknown {
  const env = { ...process.env, PATH: `${path}:${process.env.PATH}` }
  const said = execFileSync(process.execPath, ['--input-type=module', '-e', PROGRAM], {
    env,
    encoding: 'utf8',
  })
  return JSON.parse(said)
}

test('what this ssh knows stays', () => assert.deepEqual(leftOf('/nonexistent'), WORDS))

test('what an older one does not know is left out, with the word before it', () => {
  const real = execFileSync('sh', ['-c', 'command -v ssh'], { encoding: 'utf8' }).trim()
  const refuses = 'SessionType=* | ForkAfterAuthentication=* | StdinNull=* | KnownHostsCommand=*'
  chmodSync(
    folder.write(
      'ssh',
      `#!/bin/sh
for word; do case "$word" in ${refuses}) echo "command-line: line 0: Bad configuration option: $word" >&2; exit 255 ;; esac; done
exec ${real} "$@"\n`,
    ),
    0o755,
  )
  assert.deepEqual(leftOf(folder.at('.')), ['-N', '-o', 'BatchMode=yes', '--', 'web1'])
})
