import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { sendNotBegun } from '../../../src/cli/notify/send-not-begun.ts'
import { checkConfig } from '../../../src/config/check/check-config.ts'
import { ConfigError, RefusedError, UsageError } from '../../../src/errors.ts'
import { RIGHT } from '../../config/support/complaints.ts'

const folder = mkdtempSync(join(tmpdir(), 'shipit-not-begun-'))
after(() => rmSync(folder, { recursive: true }))

test('a refusal is sent as the failure of each host, and a mistake is not', async () => {
  const notify = { command: ['sh', '-c', 'cat >sent'], on: ['failed'] }
  const config = checkConfig(join(folder, 'deploy.config.ts'), { ...RIGHT, notify })
  const [environment = assert.fail()] = config.environments
  const about = { config, environment, ref: { kind: 'branch', name: 'main' } } as const
  const sent = () => JSON.parse(readFileSync(join(folder, 'sent'), 'utf8'))
  for (const error of [new UsageError('no'), new ConfigError('no'), new Error('no')]) {
    assert.equal(await sendNotBegun(about, ['web1'], error), error)
    assert.throws(sent)
  }
  const refused = new RefusedError('takes only what is live in staging')
  assert.equal(await sendNotBegun(about, ['web1', 'web2'], refused), refused)
  const { outcome, exitCode, text, hosts } = sent()
  assert.deepEqual([outcome, exitCode, Object.keys(hosts)], ['failed', 77, ['web1', 'web2']])
  assert.match(
    text,
    /^codebase: deploy of branch 'main' to production failed on web\[1-2\]: takes only what is live in staging, /,
  )
})
