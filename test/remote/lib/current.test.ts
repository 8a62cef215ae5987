// What an account can say of a file that all releases share. test/remote/runner/doctor.test.ts has the links to releases.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { SHELLS, whyNotShell } from '../support/rendered-host.ts'

const LIB = join(import.meta.dirname, '../../../remote/lib')
const PARTS = [
  readFileSync(join(LIB, 'current.sh'), 'utf8'),
  // all that it has of the prelude
  /^is_lost\(\) \{[\s\S]*?^\}$/m.exec(readFileSync(join(LIB, 'prelude.sh'), 'utf8'))?.[0],
].join('\n')
/** An account that modes mean something to. */
const NOBODY = 65534
const isRoot = process.getuid?.() === 0

describe('a shared file', { skip: !isRoot && process.env.CI !== 'true' && 'needs root' }, () => {
  for (const [name, words] of Object.entries(SHELLS)) {
    it(`is there, odd, missing, or in a place that the account cannot see, under ${name}`, {
      skip: whyNotShell(name),
    }, () => {
      const folder = mkdtempSync(join(tmpdir(), 'shipit-current-'))
      try {
        chmodSync(folder, 0o755)
        writeFileSync(join(folder, 'part.sh'), PARTS, { mode: 0o644 })
        const made = `cd "$1" || exit; umask 022; mkdir closed folder; touch file closed/file; chmod 0700 closed
          ln -s file to-file; ln -s none to-none; ln -s folder to-folder; ln -s "$PWD/closed/file" to-closed; ln -s closed/none maybe`
        const judged =
          'file to-file folder to-folder to-none none none/f closed/file closed/none to-closed maybe'
        const script = `set -fu; . ./part.sh; answer_of() { ANSWER=$("$@"); }
          for each in ${judged}; do judge_shared "$PWD/$each"; echo "$each $SHARED_IS \${LEADS#"$PWD/"}"; done`
        const whole = `${made}\nexec setpriv --reuid ${NOBODY} --regid ${NOBODY} --clear-groups ${words.join(' ')} -c "$2"`
        const { stdout, stderr } = spawnSync('sh', ['-c', whole, 'sh', folder, script], {
          encoding: 'utf8',
          stdio: ['ignore', 'pipe', 'pipe'],
        })
        assert.equal(stderr, '')
        assert.deepEqual(
          stdout.split('\n').map((line) => line.trim()),
          [
            'file there',
            'to-file there',
            'folder odd',
            'to-folder odd',
            'to-none odd none',
            'none missing',
            'none/f missing',
            'closed/file unseen',
            'closed/none unseen',
            'to-closed unseen closed/file',
            'maybe unseen closed/none',
            '',
          ],
        )
      } finally {
        rmSync(folder, { recursive: true })
      }
    })
  }
})
