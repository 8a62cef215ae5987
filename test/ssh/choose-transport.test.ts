import assert from 'node:assert/strict'
import { existsSync, mkdirSync } from 'node:fs'
import { test } from 'node:test'
import { LoginError } from '../../src/errors.ts'
import { whyOpenssh, whyOpensshAfter } from '../../src/ssh/choose-transport.ts'
import { resolveSettings } from '../../src/ssh/settings/resolve-settings.ts'
import { makeFolder } from './support/connect.ts'

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

test('a FIDO key at its usual place is for the program ssh: at once if it is alone, else when the others have failed', async () => {
  const folder = makeFolder()
  try {
    mkdirSync(folder.at('.ssh'))
    const fido = folder.write('.ssh/id_ed25519_sk', 'a key\n')
    folder.write('.ssh/id_ed25519_sk.pub', 'sk-ssh-ed25519@openssh.com AAAA\n')
    const settings = () =>
      resolveSettings(
        { host: { name: 'web1' }, ssh: { hostKeys: ['ssh-ed25519 AAAA'] } },
        { ...local, home: folder.at('').replace(/\/$/, ''), isReadable: existsSync },
      )
    const why = { words: `FIDO key ${fido}`, isTouched: true }
    assert.deepEqual(await whyOpenssh(settings()), why)
    folder.write('.ssh/id_ed25519', 'a key\n')
    assert.equal(await whyOpenssh(settings()), undefined)
    assert.deepEqual(await whyOpensshAfter(new LoginError('no'), settings()), why)
  } finally {
    folder.remove()
  }
})
