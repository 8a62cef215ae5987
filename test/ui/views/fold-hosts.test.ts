import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { foldHosts } from '../../../src/ui/views/fold-hosts.ts'

function numbered(from: number, to: number, width = 0): string[] {
  return Array.from(
    { length: to - from + 1 },
    (_, index) => `web${String(from + index).padStart(width, '0')}`,
  )
}

describe('folded host names', () => {
  test('give a row of numbers by its ends', () => {
    assert.equal(foldHosts(numbered(1, 48, 2)), 'web[01-48]')
    assert.equal(foldHosts(numbered(1, 12)), 'web[1-12]')
  })

  test('show gaps', () => {
    assert.equal(foldHosts(['web1', 'web2', 'web4', 'web9', 'web10']), 'web[1-2,4,9-10]')
  })

  test('fold the number of the first label only', () => {
    assert.equal(foldHosts(['web1.eu2.example.com', 'web2.eu2.example.com']), 'web[1-2].eu2.example.com')
    assert.equal(foldHosts(['web1.eu1', 'web1.eu2']), 'web1.eu1, web1.eu2')
  })

  test('keep 1 and 01 apart', () => {
    assert.equal(foldHosts(['web1', 'web01', 'web02', 'web2']), 'web[1-2], web[01-02]')
  })

  test('fold the last number of an IPv4 address', () => {
    assert.equal(foldHosts(['192.0.2.9', '192.0.2.10', '192.0.3.11']), '192.0.2.[9-10], 192.0.3.11')
  })

  test('leave other names and addresses alone', () => {
    assert.equal(
      foldHosts(['web1', 'db', '192.0.2.1', '198.51.100.2', '2001:db8::1', '2001:db8::2']),
      'web1, db, 192.0.2.1, 198.51.100.2, 2001:db8::1, 2001:db8::2',
    )
    assert.equal(foldHosts([]), '')
  })

  test('can be read back, whatever the names are', () => {
    const name = fc
      .tuple(
        fc.constantFrom('web', 'db-', 'a1b', 'x'),
        fc.nat(120),
        fc.nat(3),
        fc.constantFrom('', '.example.com', 'a', '.eu1'),
      )
      .map(([prefix, number, width, suffix]) => `${prefix}${String(number).padStart(width, '0')}${suffix}`)
    fc.assert(
      fc.property(
        fc.array(
          fc.oneof(name, fc.constantFrom('alone', '10.0.0.1', '10.0.0.2', '10.0.0.14', '10.0.1.2', '::1')),
        ),
        (hosts) => {
          assert.deepEqual(unfold(foldHosts(hosts)).sort(), [...new Set(hosts)].sort())
        },
      ),
    )
  })
})

function unfold(text: string): string[] {
  if (text === '') return []
  return text.split(', ').flatMap((part) => {
    const [, prefix, set, suffix] = /^(.*)\[(.*)\](.*)$/.exec(part) ?? []
    if (set === undefined) return [part]
    return set.split(',').flatMap((range) => {
      const [from = '', to = from] = range.split('-')
      const width = from.startsWith('0') ? from.length : 0
      return Array.from(
        { length: Number(to) - Number(from) + 1 },
        (_, index) => `${prefix}${String(Number(from) + index).padStart(width, '0')}${suffix}`,
      )
    })
  })
}
