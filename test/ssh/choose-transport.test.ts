import assert from 'node:assert/strict'
import { test } from 'node:test'
import { whyOpenssh } from '../../src/ssh/choose-transport.ts'
import { resolveSettings } from '../../src/ssh/settings/resolve-settings.ts'

const local = { home: '/home/alice', user: 'alice', isReadable: () => false }
const asked = (answers: Record<string, string>, ssh: { transport?: 'ssh2' | 'openssh' } = {}) =>
  whyOpenssh(
    resolveSettings(
      {
        host: { name: 'web1' },
        ssh: { hostKeys: ['ssh-ed25519 AAAA'], ...ssh },
        answers: new Map(Object.entries(answers).map(([name, value]) => [name, [value]])),
      },
      local,
    ),
  )

test('ssh2 speaks to a host that asks for nothing else, by way of a ProxyCommand as well', async () => {
  assert.equal(await asked({}), undefined)
  assert.equal(await asked({ proxycommand: 'nc %h %p', proxyusefdpass: 'no' }), undefined)
  assert.equal(await asked({ proxyusefdpass: 'yes' }), undefined)
})

test('a ProxyCommand that hands over a socket is for the program ssh, unless the config says otherwise', async () => {
  const passing = { proxycommand: 'nc -F %h %p', proxyusefdpass: 'yes' }
  assert.match((await asked(passing))?.words ?? '', /ProxyUseFdpass/)
  assert.equal(await asked(passing, { transport: 'ssh2' }), undefined)
  assert.deepEqual(await asked({}, { transport: 'openssh' }), { words: 'the config says so' })
})
