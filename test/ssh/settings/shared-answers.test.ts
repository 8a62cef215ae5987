// What ssh is asked for once holds for many hosts: they have the same settings as if it was asked about each of them.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir, userInfo } from 'node:os'
import { delimiter, join } from 'node:path'
import { after, before, beforeEach, describe, test } from 'node:test'
import { askSettings } from '../../../src/ssh/settings/ask-settings.ts'
import type { SettingsOfEnvironment, SettingsOfHost } from '../../../src/ssh/settings/host-settings.ts'
import { CASES, INCLUDED } from '../support/config-cases.ts'

const HOSTS: readonly SettingsOfHost[] = ['web1', 'live', 'other', 'web3.lan'].map((name) => ({ name }))
const CAROLS: SettingsOfHost = { name: 'web1', address: '192.0.2.7', user: 'carol' }

const noSsh = spawnSync('ssh', ['-V']).error ? 'no ssh here' : false

describe('one answer of ssh for many hosts', { skip: noSsh }, () => {
  let home: string
  let calls: string
  const { PATH } = process.env
  before(() => {
    home = mkdtempSync(join(tmpdir(), 'shipit-home-'))
    calls = join(home, 'calls')
    mkdirSync(join(home, '.ssh'), { mode: 0o700 })
    for (const [name, text] of Object.entries(INCLUDED)) writeFileSync(join(home, '.ssh', name), text)
    const ssh = spawnSync('sh', ['-c', 'command -v ssh'], { encoding: 'utf8' }).stdout.trim()
    mkdirSync(join(home, 'bin'))
    const counted = `#!/bin/sh\necho "$*" >>'${calls}'\nexec ${ssh} "$@"\n`
    writeFileSync(join(home, 'bin/ssh'), counted, { mode: 0o755 })
    process.env.PATH = `${join(home, 'bin')}${delimiter}${PATH}`
  })
  after(() => {
    process.env.PATH = PATH
    rmSync(home, { recursive: true })
  })
  beforeEach(() => rmSync(calls, { force: true }))

  const local = () => ({ home, user: userInfo().username, isReadable: existsSync })
  const write = (config: string) =>
    writeFileSync(join(home, '.ssh/config'), config.replaceAll('~/', `${home}/`), { mode: 0o600 })
  const asked = () => (existsSync(calls) ? readFileSync(calls, 'utf8').trimEnd().split('\n').length : 0)

  async function compare(hosts: readonly SettingsOfHost[], ssh: SettingsOfEnvironment = {}): Promise<void> {
    const alone = await Promise.all(hosts.map((host) => askSettings([host], ssh, local())))
    assert.deepEqual(await askSettings(hosts, ssh, local()), alone.flat())
  }

  for (const [name, [config]] of Object.entries(CASES)) {
    // there 'bastion' would be its own jump host
    if (name === 'no jump host') continue
    test(name, async () => {
      write(config)
      await compare(HOSTS)
    })
  }

  test('with what the environment says', async () => {
    write('Host web* live\n  Port 2200\n  User alice\nMatch user carol\n  HostKeyAlias carols\n')
    await compare([...HOSTS, CAROLS, { name: 'WEB1' }], { user: 'dave', port: 2201 })
  })

  const web = Array.from({ length: 30 }, (_, index) => ({ name: `web${index + 1}.example.com` }))
  const db = Array.from({ length: 10 }, (_, index) => ({ name: `db${index + 1}.example.com` }))
  const KINDS: Readonly<Record<string, readonly [config: string, calls: number]>> = {
    'one for all where no line is for some of them': ['User alice\nPort 2200\n', 2],
    'one for each kind of host': ['Host web*\n  User alice\nHost db*\n  User bob\n', 3],
    'one for all where a name is made of theirs': ['Host *.example.com\n  HostName %h\n  User alice\n', 2],
    'one for each where only ssh can tell': ['Match exec "test %h = db1.example.com"\n  User alice\n', 40],
    'one for each host where ssh has put its name into a value': [
      'Host web1.example.com\n  HostKeyAlias web1.example.com\nHost *\n  User alice\n',
      3,
    ],
  }
  for (const [name, [config, count]] of Object.entries(KINDS)) {
    test(name, async () => {
      write(config)
      await askSettings([...web, ...db], {}, local())
      assert.equal(asked(), count)
    })
  }

  test('none where ssh reads a file that nobody here knows', async () => {
    write('User alice\n')
    const ssh = readFileSync(join(home, 'bin/ssh'), 'utf8')
    // as one says that was built to read another file
    const more = `echo 'debug1: Reading configuration data /opt/etc/ssh_config' >&2\n`
    writeFileSync(join(home, 'bin/ssh'), ssh.replace('exec', `${more}exec`))
    await askSettings(db, {}, local())
    writeFileSync(join(home, 'bin/ssh'), ssh)
    assert.equal(asked(), 1 + db.length)
  })
})
