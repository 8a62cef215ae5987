import assert from 'node:assert/strict'
import { chmodSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, beforeEach, describe, test } from 'node:test'
import { findConfig } from '../../../src/config/load/find-config.ts'
import type { ConfigError } from '../../../src/errors.ts'

/** A folder that holds a config, a folder in it, and another one beside it. */
const base = realpathSync(mkdtempSync(join(tmpdir(), 'shipit-trust-')))
after(() => rmSync(base, { recursive: true }))
const above = join(base, 'above')
const inner = join(above, 'inner')
const file = join(above, 'deploy.config.ts')

beforeEach(() => {
  rmSync(above, { recursive: true, force: true })
  mkdirSync(inner, { recursive: true })
  chmodSync(above, 0o755)
  writeFileSync(file, '', { mode: 0o644 })
})

const me = process.geteuid?.() ?? 0
/** Somebody who is neither root nor whoever owns the files. */
const stranger = me + 1
const none = { SUDO_UID: undefined, CI: undefined }

function find(
  starter: { uid?: number; env?: Record<string, string | undefined> } = {},
  named?: string,
): string {
  try {
    return findConfig(inner, named, { uid: me, env: none, ...starter })
  } catch (error) {
    const { exitCode, message, suggestions } = error as ConfigError
    return [exitCode, message, ...suggestions].join('\n')
  }
}

describe('a config that was found', () => {
  test("runs where it and its folder are one's own", () => {
    assert.equal(find(), file)
  })

  test('does not run from a folder or a file that everybody may write, and it is said how to go on', () => {
    chmodSync(above, 0o777)
    assert.equal(
      find(),
      [
        78,
        `the config '${file}' was not run: '${above}' is writable by everybody`,
        'A config is a program, and would run with your rights and keys. Look at it first.',
        `If it is the one that you mean, name it: --config ${file}`,
      ].join('\n'),
    )
    chmodSync(above, 0o1777)
    assert.equal(find(), file)
    chmodSync(file, 0o666)
    assert.match(find(), /deploy\.config\.ts' is writable by everybody/)
    assert.equal(find({}, '../deploy.config.ts'), file)
  })

  test('is checked where a symlink leads, too', () => {
    const open = join(above, 'open')
    mkdirSync(open)
    chmodSync(open, 0o777)
    writeFileSync(join(open, 'deploy.config.ts'), '')
    rmSync(file)
    symlinkSync('open/deploy.config.ts', file)
    assert.match(find(), /open' is writable by everybody/)
  })

  // what root owns is trusted
  describe('and belongs to another account', { skip: me === 0 ? 'as root: see the next' : false }, () => {
    test('does not run', () => assert.match(find({ uid: stranger }), /belongs to another account/))
  })

  const asRoot = me === 0 ? false : 'needs root'
  test('runs as root only if it belongs to root, to the person who ran sudo, or to the checkout of a CI job', {
    skip: asRoot,
  }, async () => {
    const { chownSync } = await import('node:fs')
    const give = (uid: number, ...paths: string[]) => {
      for (const path of paths) chownSync(path, uid, uid)
    }
    give(1001, file)
    assert.match(find(), /deploy\.config\.ts' belongs to another account \(uid 1001\)/)
    assert.match(find({ uid: 1002 }), /belongs to another account/)
    assert.equal(find({ uid: 1001 }), file)
    give(1001, above)
    assert.match(find(), /above' belongs to another account/)
    assert.equal(find({ env: { SUDO_UID: '1001' } }), file)
    // whoever is not root has no say over whom they trust
    assert.match(find({ uid: 1002, env: { SUDO_UID: '1001' } }), /belongs to another account/)
    // a job as root in a checkout of the runner's; nor does that make what lies above the checkout its own
    assert.match(find({ env: { CI: 'true' } }), /belongs to another account/)
    give(1001, inner)
    assert.equal(find({ env: { CI: 'true' } }), file)
    chmodSync(above, 0o777)
    assert.equal(find({ env: { CI: 'true' } }), file)
    give(1002, file)
    assert.match(find({ env: { CI: 'true' } }), /belongs to another account|may be written/)
    assert.equal(find({}, '../deploy.config.ts'), file)
  })

  test('is not judged where the system has no such accounts', () => {
    chmodSync(above, 0o777)
    assert.equal(findConfig(inner, undefined, { env: none }), file)
  })
})
