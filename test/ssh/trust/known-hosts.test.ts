import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { createHmac } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import {
  fingerprint,
  KnownHosts,
  keyType,
  knownKeyTypes,
  lookUpKey,
  parseKnownHosts,
  parsePublicKey,
  shownKey,
} from '../../../src/ssh/trust/known-hosts.ts'
import { makeKey } from '../support/loopback-host.ts'

const key = makeKey()
const other = makeKey()
const ecdsa = makeKey('ecdsa')
const folder = mkdtempSync(join(tmpdir(), 'shipit-known-hosts-'))
after(() => rmSync(folder, { recursive: true }))

const web1 = { hosts: ['web1.example.com'], port: 22 }
const onPort = { hosts: ['web1.example.com'], port: 2222 }

function judge(text: string, known = web1, shown = key.blob) {
  return lookUpKey(parseKnownHosts(text, 'known_hosts'), known, shownKey(shown))
}

function verdict(text: string, known = web1, shown = key.blob) {
  return judge(text, known, shown).verdict
}

function withSshKeygen(text: string, ...args: string[]): string {
  const file = join(folder, 'known_hosts')
  writeFileSync(file, text)
  execFileSync('ssh-keygen', [...args, '-f', file], { stdio: 'pipe' })
  return readFileSync(file, 'utf8')
}

describe('known_hosts', () => {
  test('trusts the key of a line that names the host', () => {
    assert.equal(verdict(`web1.example.com ${key.line}\n`), 'ok')
    assert.equal(verdict(`web2,web1.example.com,192.0.2.4 ${key.line} a comment\n`), 'ok')
    assert.equal(verdict(`WEB1.example.com\t${key.line}`), 'ok')
  })

  test('does not know a host that no line names', () => {
    assert.equal(verdict(''), 'unknown')
    assert.equal(verdict(`web2.example.com ${key.line}\n`), 'unknown')
    assert.equal(verdict(`web1.example.com.evil.net,example.com ${key.line}\n`), 'unknown')
  })

  test('calls a host changed when its lines have other keys, and names file and line', () => {
    const found = judge(`# a comment\n\nweb1.example.com ${other.line}\n`)
    assert.equal(found.verdict, 'changed')
    assert.deepEqual('entry' in found && [found.entry.file, found.entry.line], ['known_hosts', 3])
    assert.equal(verdict(`web1.example.com ${ecdsa.line}\n`), 'changed')
  })

  test('points to the line of the same type when a host has changed', () => {
    const found = judge(`web1.example.com ${ecdsa.line}\nweb1.example.com ${other.line}\n`)
    assert.equal('entry' in found && found.entry.line, 2)
  })

  test('trusts any of several keys of a host', () => {
    const text = `web1.example.com ${other.line}\nweb1.example.com ${ecdsa.line}\nweb1.example.com ${key.line}\n`
    for (const each of [key, other, ecdsa]) assert.equal(verdict(text, web1, each.blob), 'ok')
  })

  test('keeps hosts of other ports apart, but takes a match under the bare name as ssh does', () => {
    assert.equal(verdict(`[web1.example.com]:2222 ${key.line}\n`, onPort), 'ok')
    assert.equal(verdict(`[web1.example.com]:2222 ${key.line}\n`), 'unknown')
    assert.equal(verdict(`[web1.example.com]:2223 ${key.line}\n`, onPort), 'unknown')
    assert.equal(verdict(`web1.example.com ${key.line}\n`, onPort), 'ok')
    assert.equal(verdict(`web1.example.com ${other.line}\n`, onPort), 'unknown')
    assert.equal(
      verdict(`web1.example.com ${key.line}\n[web1.example.com]:2222 ${other.line}\n`, onPort),
      'changed',
    )
  })

  test('reads * and ? as patterns, and ! as a refusal of the whole line', () => {
    assert.equal(verdict(`*.example.com ${key.line}\n`), 'ok')
    assert.equal(verdict(`web?.example.com ${key.line}\n`), 'ok')
    assert.equal(verdict(`web??.example.com ${key.line}\n`), 'unknown')
    assert.equal(verdict(`*.example.com,!web1.example.com ${key.line}\n`), 'unknown')
    assert.equal(verdict(`!web1.example.com,*.example.com ${key.line}\n`), 'unknown')
    assert.equal(verdict(`*.example.com,!web2.* ${key.line}\n`), 'ok')
    assert.equal(verdict(`!web2.example.com ${key.line}\n`), 'unknown')
    assert.equal(verdict(`[*.example.com]:2222 ${key.line}\n`, onPort), 'ok')
  })

  test('does not read a regular expression into a name, nor takes long for a pattern of many stars', () => {
    assert.equal(verdict(`web1xexample.com,web1.example.co. ${key.line}\n`), 'unknown')
    assert.equal(
      verdict(`${'*a'.repeat(40)} ${key.line}\n`, { hosts: ['a'.repeat(39)], port: 22 }),
      'unknown',
    )
  })

  test('refuses a revoked key even where another line has it', () => {
    const text = `web1.example.com ${key.line}\n@revoked * ${key.line}\n`
    const found = judge(text)
    assert.equal(found.verdict, 'revoked')
    assert.equal('entry' in found && found.entry.line, 2)
    assert.equal(verdict(text, web1, ecdsa.blob), 'changed')
    assert.equal(verdict(`@revoked * ${other.line}\nweb1.example.com ${key.line}\n`), 'ok')
    assert.equal(verdict(`@revoked web2 ${key.line}\nweb1.example.com ${key.line}\n`), 'ok')
    assert.equal(
      verdict(`@revoked web1.example.com ${key.line}\n[web1.example.com]:2222 ${key.line}\n`, onPort),
      'ok',
    )
    assert.equal(verdict(`@revoked web1.example.com ${key.line}\n`, onPort), 'revoked')
  })

  test('says so when a host is known by a certificate authority only', () => {
    assert.equal(verdict(`@cert-authority *.example.com ${other.line}\n`), 'cert-only')
    // The authority's own key as host key proves nothing either.
    assert.equal(verdict(`@cert-authority *.example.com ${key.line}\n`), 'cert-only')
    assert.equal(verdict(`@cert-authority * ${other.line}\nweb1.example.com ${key.line}\n`), 'ok')
  })

  test('passes over comments, broken lines, unknown markers and carriage returns', () => {
    const junk = [
      '# web1.example.com ssh-ed25519 AAAA',
      'web1.example.com',
      'web1.example.com ssh-ed25519',
      'web1.example.com ssh-ed25519 AAAA',
      'web1.example.com ssh-ed25519 !!!!',
      `web1.example.com ssh-rsa ${other.line.split(' ')[1]}`,
      `@trusted web1.example.com ${other.line}`,
      '|1|nonsense',
      `|2|AAAA|AAAA ${other.line}`,
      'web1.example.com 1024 65537 1234567890',
      '\u0000\u0001',
    ]
    assert.deepEqual(
      parseKnownHosts(junk.join('\n'), 'f').filter(({ hosts }) => !hosts.startsWith('|')),
      [],
    )
    assert.equal(verdict(`${junk.join('\r\n')}\r\nweb1.example.com ${key.line}\r\n`), 'ok')
    assert.equal(verdict(`  web1.example.com   ${key.line}`), 'ok')
  })

  test('lets no name of a host outvote another', () => {
    const both = { hosts: ['web1', '192.0.2.4'], port: 22 }
    assert.equal(verdict(`192.0.2.4 ${key.line}\n`, both), 'ok')
    assert.equal(verdict(`web1 ${key.line}\n`, both), 'ok')
    const found = judge(`web1 ${key.line}\n192.0.2.4 ${other.line}\n`, both)
    assert.deepEqual('entry' in found && [found.verdict, found.name], ['changed', '192.0.2.4'])
    assert.equal(verdict(`192.0.2.4 ${key.line}\n@revoked web1 ${key.line}\n`, both), 'revoked')
  })

  test('names the key types that a host is known by', () => {
    const text = `*.example.com ${ecdsa.line}\nweb1.example.com ${key.line}\n@revoked * ${makeKey().line}\nweb2 ${other.line}\n`
    const entries = parseKnownHosts(text, 'f')
    assert.deepEqual(knownKeyTypes(entries, web1), ['ecdsa-sha2-nistp256', 'ssh-ed25519'])
    assert.deepEqual(knownKeyTypes(entries, { hosts: ['unknown'], port: 22 }), [])
  })
})

describe('known_hosts of OpenSSH', { skip: hasSshKeygen() ? false : 'no ssh-keygen here' }, () => {
  test('finds the names that ssh-keygen -H has hashed, with and without a port', () => {
    const hashed = withSshKeygen(
      `web1.example.com,192.0.2.4 ${key.line}\n[web1.example.com]:2222 ${ecdsa.line}\n`,
      '-H',
    )
    assert.ok(!hashed.includes('example'))
    assert.equal(verdict(hashed), 'ok')
    assert.equal(verdict(hashed, { hosts: ['192.0.2.4'], port: 22 }), 'ok')
    assert.equal(verdict(hashed, { hosts: ['web2'], port: 22 }), 'unknown')
    assert.equal(verdict(hashed, onPort, ecdsa.blob), 'ok')
    assert.equal(verdict(hashed, onPort, other.blob), 'changed')
  })

  test('no longer knows a host that ssh-keygen -R has removed', () => {
    const text = `web1.example.com ${other.line}\n[web1.example.com]:2222 ${other.line}\n`
    assert.equal(verdict(text), 'changed')
    assert.equal(verdict(withSshKeygen(text, '-R', 'web1.example.com')), 'unknown')
    const hashed = withSshKeygen(text, '-H')
    assert.equal(verdict(withSshKeygen(hashed, '-R', '[web1.example.com]:2222'), onPort), 'unknown')
  })

  test('prints the fingerprint that ssh-keygen prints', () => {
    const file = join(folder, 'key.pub')
    for (const each of [key, ecdsa]) {
      writeFileSync(file, `${each.line}\n`)
      const printed = execFileSync('ssh-keygen', ['-l', '-f', file], { encoding: 'utf8' })
      assert.equal(printed.split(' ')[1], fingerprint(each.blob))
    }
  })
})

test('a file gives the lines about a host in its order, whatever form each has', () => {
  const hash = Buffer.from('salt')
  const hashed = `|1|${hash.toString('base64')}|${createHmac('sha1', hash).update('web1.example.com').digest('base64')}`
  const about = [
    'web1.example.com',
    '[web1.example.com]:2222,web9',
    '*.example.com',
    hashed,
    'WEB1.example.com,web1.example.com',
  ]
  const not = ['web2.example.com', '*.example.com,!web1.example.com', '[web1.example.com]:2223', 'web?']
  const lines = about.flatMap((names, index) => [names, not[index]].filter(Boolean))
  const text = lines.map((names) => `${names} ${key.line}\n`).join('')
  const found = new KnownHosts(parseKnownHosts(text, 'known_hosts')).about(onPort)
  assert.deepEqual(
    found.map(({ hosts }) => hosts),
    about,
  )
  assert.deepEqual(new KnownHosts([]).about(onPort), [])
})

describe('a public key', () => {
  test('is read with or without a comment, and only when its type is the one inside', () => {
    assert.deepEqual(parsePublicKey(`${key.line} alice@laptop`), key.blob)
    assert.deepEqual(parsePublicKey(key.line), key.blob)
    assert.equal(parsePublicKey(key.line.replace('ssh-ed25519', 'ssh-rsa')), undefined)
    for (const bad of ['', 'ssh-ed25519', 'ssh-ed25519 AAAA', 'AAAA ssh-ed25519', 'ssh-ed25519 ////////']) {
      assert.equal(parsePublicKey(bad), undefined)
    }
  })

  test('has no type when its length says more than there is', () => {
    assert.equal(keyType(Buffer.from([0, 0])), '')
    assert.equal(keyType(Buffer.from([255, 255, 255, 255, 65])), '')
  })
})

function hasSshKeygen(): boolean {
  try {
    execFileSync('ssh-keygen', ['-?'], { stdio: 'ignore' })
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ENOENT'
  }
}
