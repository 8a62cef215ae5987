import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import { isWhole } from '../../support/whole.ts'
import { SHELLS, whyNotShell } from '../support/rendered-host.ts'

const PARTS = ['lib/event', 'lib/processes/sessions', 'run/output']
  .map((name) => readFileSync(join(import.meta.dirname, `../../../remote/${name}.sh`), 'utf8'))
  .join('\n')

/** What looks at a process again and again until it has gone; `pid` is its number. Without forget_read, bash fails in each of them. */
const LOOKS = {
  'the state of the pump': 'PUMP=$pid; while read_pump; [ "$pump_state" != gone ]; do next; done',
  'the size of the log':
    'printf "%s 0 0\\n" "$pid" >pump; at_pump=""; while size_of_log .; kill -0 "$pid" 2>/dev/null; do next; done',
  'whose a process is': 'PROCESS_ID=$pid PROCESS_START=1; while may_be_of_session 0; do next; done',
}
const TRIES = isWhole ? 50 : 15

describe('what was read of a process that ends meanwhile is not what the next read gets', () => {
  const folder = mkdtempSync(join(tmpdir(), 'shipit-sessions-'))
  after(() => rmSync(folder, { recursive: true }))
  for (const [name, [program = '', ...words]] of Object.entries(SHELLS))
    for (const [what, look] of Object.entries(LOOKS))
      it(`${what}, under ${name}`, { skip: whyNotShell(name) }, () => {
        const script = `set -fu
${PARTS}
next() { read -r uptime _ </proc/uptime; case $uptime in '' | *[!0-9.]*) printf '%s\\n' "$uptime" ;; esac; }
printf x >log
tries=0
while [ "$tries" -lt ${TRIES} ]; do
  tries=$((tries + 1))
  { printf x; sleep 0.02; } | tee -a log >/dev/null & pid=$!
  ${look}
  next
  wait "$pid"
done`
        const told = spawnSync(program, [...words, '-c', script], { cwd: folder, encoding: 'utf8' })
        assert.equal(told.stdout, '')
        assert.equal(told.status, 0, told.stderr)
      })
})
