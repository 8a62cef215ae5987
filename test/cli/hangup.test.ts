import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { after, test } from 'node:test'
import { whyNoTerminal } from '../ui/support/terminal.ts'

const folder = mkdtempSync(join(tmpdir(), 'shipit-hangup-'))
after(() => rmSync(folder, { recursive: true }))

const module = JSON.stringify(import.meta.resolve('../../src/cli/hangup.ts'))
/** Hangs up on itself, and then says that it is still there. */
const PROGRAM = `import { writeSync } from 'node:fs'
const { ignoreHangup } = await import(${module})
ignoreHangup()
process.kill(process.pid, 'SIGHUP')
setTimeout(() => writeSync(1, 'still there'), 100)`

/** What the program writes into a file, started so in a terminal. */
async function leftBy(start: string, name: string): Promise<string> {
  const { PATH } = process.env
  const file = join(folder, name)
  const env = { PATH, SHELL: '/bin/sh', NODE: process.execPath, PROGRAM, FILE: file }
  const script = `: >"$FILE"; ${start}`
  const child = spawn('script', ['-qec', script, '/dev/null'], { env, stdio: ['ignore', 'pipe', 'inherit'] })
  await buffer(child.stdout)
  return readFileSync(file, 'utf8')
}

test('a program under nohup outlives its terminal, and another one does not', {
  skip: whyNoTerminal,
}, async () => {
  const run = '"$NODE" --input-type=module -e "$PROGRAM"'
  assert.equal(await leftBy(`nohup ${run} >>"$FILE"`, 'nohup'), 'still there')
  assert.equal(await leftBy(`nohup ${run} </dev/null >>"$FILE" 2>/dev/null`, 'redirected'), 'still there')
  // a stream leads to the terminal
  assert.equal(await leftBy(`${run} >>"$FILE"`, 'plain'), '')
  // there is no terminal
  assert.equal(await leftBy(`setsid -w ${run} </dev/null >>"$FILE" 2>/dev/null`, 'alone'), '')
})
