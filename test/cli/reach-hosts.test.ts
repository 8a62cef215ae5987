// What a command says before it reaches its hosts.
import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { reachHosts } from '../../src/cli/reach-hosts.ts'
import type { CheckedConfig } from '../../src/config/checked-config.ts'

test('without a program ssh, the lines that only it can judge are named once for all hosts, jump hosts too', async ({
  mock,
}) => {
  const home = mkdtempSync(join(tmpdir(), 'shipit-home-'))
  const { HOME, PATH } = process.env
  const said: string[] = []
  try {
    mkdirSync(join(home, '.ssh'))
    const file = join(home, '.ssh/config')
    writeFileSync(
      file,
      "Match exec \"on-vpn\"\n  Port 2200\nHost web*\n  User 'a b'\n  ProxyJump bastion\nHost bastion\n  IdentityFile '/k'\n",
      { mode: 0o600 },
    )
    Object.assign(process.env, { HOME: home, PATH: home })
    mock.method(process.stderr, 'write', (text: string) => said.push(text) > 0)
    const environment = {
      kind: 'hosts',
      name: 'production',
      branch: 'main',
      hosts: [{ name: 'web1' }, { name: 'web2' }],
      confirm: false,
      ssh: {},
    } as const
    const config = { recipe: { allow: [] } } as unknown as CheckedConfig
    const { targets } = await reachHosts({ config, environment }, { root: home, version: '0' })
    mock.restoreAll()
    assert.deepEqual(
      targets.map(({ host }) => host),
      ['web1', 'web2'],
    )
    const lines = said.join('').replaceAll(/\s+/g, ' ')
    for (const part of [
      `in '${file}' is ignored for 'web1', 'web2': line 1 (Match exec "on-vpn"), line 4 (User 'a b')`,
      `is ignored for 'bastion': line 1 (Match exec "on-vpn"), line 7 (IdentityFile '/k')`,
    ])
      assert.ok(lines.includes(part), lines)
    assert.equal(lines.match(/warning: there is no program ssh here/g)?.length, 2)
    assert.match(lines, /Install the OpenSSH client/)
  } finally {
    Object.assign(process.env, { PATH })
    if (HOME === undefined) delete process.env.HOME
    else process.env.HOME = HOME
    rmSync(home, { recursive: true })
  }
})
