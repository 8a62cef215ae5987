// Code of the app's account can write the app's state. The runner reads that in the session of another person, who has keys there. Nothing
// of what it reads is run.
import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import { describe, it } from 'node:test'
import { makeRunId } from '../../../src/protocol/request.ts'
import { git, shell } from '../../../src/recipe/steps.ts'
import {
  eventsOf,
  outcomeOf,
  RenderedHost,
  refusal,
  SESSION,
  SHELLS,
  WHILE_HELD,
  whyNotShell,
  withHost,
} from '../support/rendered-host.ts'

const STATE = '/var/lib/shipit/apps/codebase'
const UNKNOWN = '1'.repeat(40)

describe("the runner runs nothing of what the app's account has written", { concurrency: true }, () => {
  for (const name of Object.keys(SHELLS))
    for (const [what, tried] of Object.entries({
      'into the mirror': mirror,
      'in place of a number': numbers,
    }))
      it(`${what}, under ${name}`, { skip: whyNotShell(name) }, () =>
        withHost(
          new RenderedHost({ shell: name, steps: [git(), shell(WHILE_HELD, { name: 'held' })] }),
          async (host) => {
            host.commit('master', { page: 'one' })
            await tried(host)
          },
        ),
      )
})

async function mirror(host: RenderedHost): Promise<void> {
  for (const limit of ['GOOD', 'ANYWAY']) host.setConstant('runner', `KEPT_${limit}`, 1)
  host.setConstant('runner', 'PRUNE_EVERY', 1)
  const { run } = outcomeOf(await host.deploy())
  const ran = host.folder('/ran')
  for (const name of ['hook', 'fetch']) host.write(`/${name}`, `#!/bin/sh\n: >'${ran}/${name}'\n`, 0o755)
  host.folder(`${STATE}/mirror.git/hooks`)
  host.run('cp', [host.path('/hook'), host.path(`${STATE}/mirror.git/hooks/reference-transaction`)])
  for (const [key, value] of Object.entries({
    'core.repositoryformatversion': '1',
    'extensions.partialClone': 'origin',
    'remote.origin.promisor': 'true',
    'remote.origin.url': host.path('/srv/git/codebase.git'),
    'remote.origin.uploadpack': host.path('/fetch'),
  }))
    host.run('git', ['config', '-f', host.path(`${STATE}/mirror.git/config`), key, value])

  host.write(`${STATE}/runs/${run}/commit`, `${UNKNOWN}\n`)
  assert.equal((await host.ask('history --app codebase')).status, 0)
  const plan = await host.ask(`plan --app codebase --branch master --commit ${UNKNOWN}`)
  assert.equal(eventsOf(plan, 'plan')[0]?.commit, UNKNOWN)
  const kept = `refs/shipit/run/${run}`
  for (let count = 0; count < 3; count += 1) assert.equal((await host.deploy()).status, 0)
  assert.ok(!host.has(`${STATE}/mirror.git/${kept}`), 'it is forgotten')
  assert.deepEqual(readdirSync(ran), [])
}

async function numbers(host: RenderedHost): Promise<void> {
  // bash runs this where it calculates with it
  const code = `1+a[$(:>\${HOME}ran)]`
  host.write(`${STATE}/freeze`, `mallory ${code} x\n`)
  const frozen = await host.ask('status --app codebase')
  assert.equal(eventsOf(frozen, 'status')[0]?.freeze?.seconds, 0)
  assert.equal((await host.ask('unfreeze --app codebase')).status, 0)

  host.hold()
  const run = makeRunId()
  const held = host.start(`deploy --run ${run} --app codebase --branch master --session ${SESSION}`)
  await held.until('"name":"held","state":"started"')
  host.write(`${STATE}/runs/${run}/by`, `mallory branch master ${code}\n`)
  const now = Math.floor(Date.now() / 1000)
  host.write(`${STATE}/line/${code},${makeRunId()},mallory`, `${now} ${now} branch master\n`)
  assert.deepEqual(refusal(await host.deploy('--branch master --wait')), [75, 'locked'])
  assert.match(readdirSync(host.path(`${STATE}/line`)).join(), /^100001,[^,]*,[^,]*$/)
  host.release()
  assert.equal((await held.answer).status, 0)
  assert.ok(!host.has('/var/lib/shipit/appsran'))
}
