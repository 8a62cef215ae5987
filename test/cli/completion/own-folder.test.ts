import assert from 'node:assert/strict'
import { chmodSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { readOwn, writeOwn } from '../../../src/cli/completion/own-folder.ts'

const { XDG_CACHE_HOME } = process.env
const cache = mkdtempSync(join(tmpdir(), 'shipit-own-'))
const folder = join(cache, 'shipit/completion')
describe('the folder of completion', () => {
  before(() => {
    process.env.XDG_CACHE_HOME = cache
  })
  after(() => {
    if (XDG_CACHE_HOME === undefined) delete process.env.XDG_CACHE_HOME
    else process.env.XDG_CACHE_HOME = XDG_CACHE_HOME
    chmodSync(folder, 0o700)
    rmSync(cache, { recursive: true })
  })

  test('keeps files that only the person can read, and reads them again', () => {
    writeOwn('a.json', { x: [1] })
    writeOwn('a.json', { x: [2] })
    assert.deepEqual(readOwn('a.json'), { x: [2] })
    assert.deepEqual(readdirSync(folder), ['a.json'])
    assert.equal(statSync(folder).mode & 0o777, 0o700)
    assert.equal(statSync(join(folder, 'a.json')).mode & 0o777, 0o600)
    assert.equal(readOwn('b.json'), undefined)
    writeFileSync(join(folder, 'b.json'), '{')
    assert.equal(readOwn('b.json'), undefined)
  })

  test('forgets the oldest when there are many', () => {
    for (let number = 0; number < 450; number += 1) writeOwn(`${number}.json`, number)
    assert.ok(readdirSync(folder).length <= 200)
    assert.equal(readOwn('449.json'), 449)
  })

  test('fails no command where nothing can be kept', () => {
    rmSync(folder, { recursive: true })
    writeFileSync(folder, 'a file')
    writeOwn('a.json', 1)
    assert.equal(readOwn('a.json'), undefined)
    rmSync(folder)
    process.env.XDG_CACHE_HOME = '/proc/nowhere'
    writeOwn('a.json', 1)
    process.env.XDG_CACHE_HOME = cache
    writeOwn('a.json', 1)
  })
})
