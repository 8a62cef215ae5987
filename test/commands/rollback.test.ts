// `shipit rollback` with hosts that answer, and hosts that don't. Needs 'npm run build'.
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { type GateCall, startGate } from '../operations/support/scripted-gate.ts'
import { at, outcome, RUN, runEvent } from '../operations/support/scripted-run.ts'
import { runShipit } from '../run-node.ts'

const cwd = mkdtempSync(join(tmpdir(), 'shipit-rollback-'))
let gates: Awaited<ReturnType<typeof startGate>>[]
before(async () => {
  const first = await startGate()
  gates = [first, await startGate(first)]
  const hosts = gates.map(({ settings }, index) => ({
    name: `web${index + 1}`,
    address: '127.0.0.1',
    port: settings.port,
  }))
  const ssh = {
    user: 'alice',
    hostKeys: gates.flatMap(({ settings }) => settings.hostKeys),
    identityFile: gates[0]?.settings.identityFiles[0],
  }
  writeFileSync(
    join(cwd, 'deploy.config.mjs'),
    `export default {
  app: 'codebase',
  repository: 'git@git.example.com:codebase.git',
  environments: { production: { hosts: ${JSON.stringify(hosts)}, ssh: ${JSON.stringify(ssh)} } },
  steps: [{ step: 'git', options: {} }],
}
`,
  )
})
after(async () => {
  await Promise.all(gates.map((gate) => gate.close()))
  rmSync(cwd, { recursive: true })
})

const hello = at({ event: 'hello', protocol: 2, version: '0.1.0', user: 'alice', app: 'codebase' })
const refuse = (call: GateCall) =>
  call.say(hello, at({ event: 'refused', reason: 'frozen', exit: 75 })).end(75)

test('a host that did not say where it would go is sent nothing, and counts as failed', async () => {
  const [web1, web2] = gates
  web1?.answer((call) => {
    if (!call.command.includes(' history ')) return refuse(call)
    const status = at({ event: 'status', lock: 'free', target: RUN })
    const kept = at({ event: 'kept', run: RUN, state: 'good' })
    call.say(hello, status, kept, runEvent({ run: RUN }), outcome({ run: RUN }), at({ event: 'end' })).end()
  })
  web2?.answer((call) => {
    if (!call.command.includes(' history ')) return refuse(call)
    call.say(hello).end()
  })
  const { exitCode, stdout } = await runShipit(['rollback', '--yes'], { cwd, env: { CI: 'true' } })
  assert.deepEqual(
    gates.map(({ calls }) => calls.map((call) => / (history|rollback) /.exec(call)?.[1])),
    [['history', 'rollback'], ['history']],
  )
  assert.match(stdout, /'web2' stopped in the middle of its answer/)
  // 75 and 76
  assert.equal(exitCode, 1)
})
