// What `shipit hosts --resolved` says: each setting, and who chose it.
import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import type { ResolvedHost } from '../../../src/results/resolved-host.ts'
import { askSettings } from '../../../src/ssh/settings/ask-settings.ts'
import { explainHosts } from '../../../src/ssh/settings/explain-settings.ts'
import { skipWithout } from '../support/connect.ts'

const CONFIG = `Host live
  HostName web1.example.com
  User alice
  ProxyJump bob@bastion:2200
  CertificateFile /etc/alice-cert.pub
  RevokedHostKeys /etc/revoked
  Ciphers aes256-ctr
  ServerAliveInterval 20
Host bastion
  HostName 192.0.2.9
`

describe('a host that is explained', { skip: skipWithout('ssh') }, () => {
  const kept = process.env.HOME
  let home: string
  before(() => {
    home = mkdtempSync(join(tmpdir(), 'shipit-home-'))
    mkdirSync(join(home, '.ssh'))
    writeFileSync(join(home, '.ssh/config'), CONFIG)
    process.env.HOME = home
  })
  after(() => {
    if (kept === undefined) delete process.env.HOME
    else process.env.HOME = kept
    rmSync(home, { recursive: true })
  })

  const explain = async (name: string, ssh = {}) => {
    const [host] = await explainHosts(await askSettings([{ name }], ssh), { hosts: [{ name }], ssh })
    assert.ok(host)
    return host
  }
  const said = ({ settings }: Pick<ResolvedHost, 'settings'>, ...names: string[]) =>
    settings
      .filter(({ keyword }) => names.includes(keyword))
      .map(({ keyword, value, origin }) => `${keyword} ${value} (${origin})`)

  test('has each setting with its origin, those of its jump host as well', async () => {
    const live = await explain('live', { port: 2222, hostKeys: ['ssh-ed25519 AAAA'], transport: 'openssh' })
    const names = ['HostName', 'Port', 'User', 'ConnectTimeout', 'hostKeys', 'transport']
    assert.deepEqual(said(live, ...names), [
      'HostName web1.example.com (ssh_config)',
      'Port 2222 (deploy.config)',
      'User alice (ssh_config)',
      'hostKeys ssh-ed25519 AAAA (deploy.config)',
      'ConnectTimeout 10 (default)',
      'transport openssh (deploy.config)',
    ])
    assert.deepEqual(said(live, 'CertificateFile', 'RevokedHostKeys', 'ServerAliveInterval', 'ProxyJump'), [
      'CertificateFile /etc/alice-cert.pub (ssh_config)',
      'RevokedHostKeys /etc/revoked (ssh_config)',
      'ProxyJump bob@bastion:2200 (ssh_config)',
      'ServerAliveInterval 20 (ssh_config)',
    ])
    const [bastion, ...more] = live.via
    assert.deepEqual(more, [])
    assert.ok(bastion)
    assert.deepEqual(said(bastion, 'HostName', 'Port', 'User'), [
      'HostName 192.0.2.9 (ssh_config)',
      'Port 2200 (ssh_config)',
      'User bob (ssh_config)',
    ])
  })

  test('has algorithms only where somebody chose them', async () => {
    const lists = ['KexAlgorithms', 'Ciphers', 'MACs', 'HostKeyAlgorithms']
    assert.deepEqual(said(await explain('live'), ...lists), ['Ciphers aes256-ctr (ssh_config)'])
    assert.deepEqual(said(await explain('other'), ...lists), [])
  })
})
