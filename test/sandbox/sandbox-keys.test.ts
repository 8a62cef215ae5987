import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import ssh2 from 'ssh2'
import { sandboxKey } from '../../src/sandbox/sandbox-keys.ts'

const folder = mkdtempSync(join(tmpdir(), 'shipit-keys-'))
after(() => rmSync(folder, { recursive: true }))

/** Made by ssh2: its public half has 31 bytes. It opens nothing. */
const SHORT = `-----BEGIN OPENSSH PRIVATE KEY-----
b3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQAAAAAAAAABAAAAMgAAAAtz
c2gtZWQyNTUxOQAAAB+ltnT0R58D/SwjUe+6oZiR40M3Eb9/hLk8rAUSNeJmAAAA
iG8+6sxvPurMAAAAC3NzaC1lZDI1NTE5AAAAH6W2dPRHnwP9LCNR77qhmJHjQzcR
v3+EuTysBRI14mYAAAA/1zcXy4hEL+vMwqKKP85sDtFZwDT/F70jl6AgkwPkgDel
tnT0R58D/SwjUe+6oZiR40M3Eb9/hLk8rAUSNeJmAAAAAAECAwQFBgc=
-----END OPENSSH PRIVATE KEY-----
`

test('a key is made once, for the person alone', () => {
  const made = sandboxKey(folder, 'host')
  assert.deepEqual(sandboxKey(folder, 'host'), made)
  assert.equal(statSync(made.file).mode & 0o777, 0o600)
  assert.ok(!(ssh2.utils.parseKey(made.public) instanceof Error))
})

test("one that ssh2 can't read, or that was cut, is made again", () => {
  for (const text of [SHORT, '']) {
    writeFileSync(join(folder, 'user_ed25519'), text)
    const made = sandboxKey(folder, 'user')
    assert.notEqual(made.private, text)
    assert.equal(readFileSync(made.file, 'utf8'), made.private)
  }
})

test('of many that are made each can be read', () => {
  // one in some 300 could not
  for (let count = 0; count < 1500; count++) rmSync(sandboxKey(folder, 'host').file)
})
