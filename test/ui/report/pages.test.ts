// The pages of reports: what must stand in them, and what must not. test/browser/pages.ts opens them.
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { describe, test } from 'node:test'
import type { HistoryReport, RunReport } from '../../../src/json/lines.ts'
import { renderHistoryPage } from '../../../src/ui/report/history-page.ts'
import { renderRunPage } from '../../../src/ui/report/run-page.ts'
import { exampleHistory, exampleRun } from './example-runs.ts'

const HOSTILE = `"'><img src=x onerror=alert(1)><script>alert(2)</script>&lt;\x1b[2J\x1b]0;x\x07\u202e`

/** The same with a hostile text in the place of each text that somebody else chose. */
function hostile<Report extends object>(report: Report): Report {
  const swap = (value: unknown, key: string): unknown => {
    if (Array.isArray(value)) return value.map((each) => swap(each, key))
    if (typeof value === 'object' && value !== null)
      return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, swap(each, name)]))
    const isOurs = [
      'event',
      'state',
      'time',
      'began',
      'start',
      'monday',
      'phase',
      'kind',
      'reason',
      'since',
    ].includes(key)
    return typeof value === 'string' && !isOurs ? HOSTILE : value
  }
  return swap(report, '') as Report
}

const EMPTY: HistoryReport = {
  ...exampleHistory(2),
  ...{ runs: [], weeks: [], keys: { failed: { count: 0, of: 0 } } },
}
const NOTHING: RunReport = { ...exampleRun(1), hosts: [], state: 'unknown' }
const PAGES: Readonly<Record<string, string>> = {
  'one host': renderRunPage(exampleRun(1)),
  '20 hosts': renderRunPage(exampleRun(20)),
  '300 hosts': renderRunPage(exampleRun(300)),
  'no host': renderRunPage(NOTHING),
  'hostile hosts': renderRunPage(hostile(exampleRun(20))),
  history: renderHistoryPage(exampleHistory()),
  'one run': renderHistoryPage(exampleHistory(1)),
  'no runs': renderHistoryPage(EMPTY),
  'hostile history': renderHistoryPage(hostile(exampleHistory(20))),
}

describe('the page of', () => {
  for (const [name, page] of Object.entries(PAGES)) {
    test(`${name} is whole, asks for nothing and runs nothing`, () => {
      const tags = [...page.matchAll(/<(\/?)([a-zA-Z][\w-]*)((?:[^<>"]|"[^"]*")*)>/g)]
      const open: string[] = []
      for (const [whole, end, tag = '', rest = ''] of tags) {
        if (['meta', 'link', '!doctype', 'br'].includes(tag) || rest.endsWith('/')) continue
        if (end) assert.equal(open.pop(), tag, whole)
        else open.push(tag)
      }
      assert.deepEqual(open, [])
      for (const tag of ['script', 'img', 'iframe', 'object', 'form', 'a', 'image', 'use', 'foreignObject'])
        assert.ok(!tags.some(([, , each]) => each === tag), tag)
      for (const [whole, , , attributes = ''] of tags)
        assert.doesNotMatch(
          attributes.replace(/"[^"]*"/g, '""'),
          /\b(?:on\w+|style|src|srcset|action)=/i,
          whole,
        )
      const addresses = tags.flatMap(([, , , attributes = '']) => [
        ...attributes.matchAll(/\bhref="([^"]*)"/g),
      ])
      assert.deepEqual(
        addresses.map(([, address]) => address),
        ['data:,'],
      )
      assert.doesNotMatch(page, /NaN|undefined|Infinity|\[object|url\((?!#hatch)|@import/)
      assert.doesNotMatch(page, /[\x00-\x08\x0b-\x1f\x7f\u202e]/)
    })

    test(`${name} lets in its own style sheet and nothing else`, () => {
      const [, policy = ''] = /http-equiv="Content-Security-Policy" content="([^"]*)"/.exec(page) ?? []
      const [, sheet = ''] = /<style>(.*?)<\/style>/s.exec(page) ?? []
      const digest = createHash('sha256').update(sheet).digest('base64')
      assert.equal(
        policy,
        `default-src 'none'; img-src data:; style-src 'sha256-${digest}'; base-uri 'none'; form-action 'none'`,
      )
    })
  }

  test('a run shows each host and step, failures once with their output, and who waited', () => {
    const page = PAGES['20 hosts'] ?? ''
    for (const { host, steps } of exampleRun(20).hosts) {
      assert.ok(page.split(host).length > 2, host)
      for (const { name } of steps) assert.ok(page.includes(name), name)
    }
    assert.equal(page.split('503 Service Unavailable').length, 2)
    assert.match(page, /✗ failed<\/span>/)
    assert.match(page, /waited up to 2\d\.\d s for run 77aa88b of bob/)
    assert.match(page, /19 of 21 succeeded, 1 did not answer/)
    assert.match(page, /14 new, from 1a2b3c4 to 9f8e7d6/)
    assert.match(page, /&lt;b&gt;bold&lt;\/b&gt; &amp; &quot;quoted&quot;/)
  })

  test('a run has the slowest host first', () => {
    const rows = [...(PAGES['300 hosts'] ?? '').matchAll(/text-anchor="end">(web\d+)/g)].map(
      ([, host]) => host,
    )
    const hosts = exampleRun(300).hosts.map(({ host }) => host.split('.')[0])
    assert.deepEqual(rows, hosts)
  })

  test('a history names the four keys, and each run that the table has room for', () => {
    const page = PAGES.history ?? ''
    for (const key of [
      'Deployment frequency',
      'Lead time for changes',
      'Change failure rate',
      'Failed deployment recovery time',
    ])
      assert.ok(page.includes(key), key)
    assert.equal(page.split('<tr><td>2026').length - 1, 160)
    assert.equal(page.split('<g><title>Week of ').length - 1, exampleHistory().weeks.length)
  })

  test('a history that is cut off says so', () => {
    const page = renderHistoryPage({ ...exampleHistory(20), cut: ['web1', 'web2'] })
    assert.match(page, /<p>web\[1-2\] told only the newest 1000 runs: /)
    assert.doesNotMatch(PAGES.history ?? '', /newest 1000/)
  })

  test('a history without runs says so', () => {
    assert.match(PAGES['no runs'] ?? '', /No runs<\/b>Nothing was deployed there yet/)
    assert.match(
      renderHistoryPage({ ...EMPTY, since: '2026-01-01' }),
      /Nothing was deployed there since 2026-01-01/,
    )
  })
})
