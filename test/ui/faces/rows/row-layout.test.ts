import assert from 'node:assert/strict'
import { test } from 'node:test'
import { layOutRows } from '../../../../src/ui/faces/rows/row-layout.ts'
import type { Row } from '../../../../src/ui/faces/rows/step-rows.ts'
import { chooseStyle } from '../../../../src/ui/output/style.ts'
import { Sink } from '../../support/sink.ts'

const style = chooseStyle(new Sink(), { LANG: 'C.UTF-8' })
const skipped = (name: string, note: string): Row => ({ state: 'skipped', name, note, settled: true })
const texts = (rows: Row[], flags?: Map<string, string>) =>
  layOutRows(rows, { style, flags }).map(({ text }) => text)

test('names, counts, times and notes stand in columns', () => {
  const rows: Row[] = [
    { state: 'done', name: 'connect', count: '3/3 hosts', settled: true },
    { state: 'done', name: 'make html', count: '3/3 hosts', time: '1.2 s', settled: true },
    { state: 'running', name: 'git', count: '2/3 hosts', time: '12 s', note: 'fetching', settled: false },
  ]
  assert.deepEqual(texts(rows), [
    'connect    3/3 hosts',
    'make html  3/3 hosts  1.2 s',
    'git        2/3 hosts   12 s  fetching',
  ])
})

test('where it is too narrow for the times, counts are told in fewer words', () => {
  const rows: Row[] = [
    { state: 'done', name: 'restorecon webcode.py', count: '3/3 hosts', time: '0.2 s', settled: true },
    { state: 'failed', name: 'git', count: '2/3 hosts, 1 failed', time: '12 s', settled: true },
  ]
  // a sign of two columns before each, and one that stays free
  const width = 2 + 'restorecon webcode.py  2/3 hosts, 1 failed  0.2 s'.length + 1
  const lines = (columns: number) => layOutRows(rows, { style, columns }).map(({ text }) => text)
  assert.deepEqual(lines(width), texts(rows))
  assert.deepEqual(lines(width - 1), [
    'restorecon webcode.py  3/3            0.2 s',
    'git                    2/3, 1 failed   12 s',
  ])
})

test('rows in which nothing happens are one line, with the flags that they need', () => {
  const flags = new Map([
    ['make html', '--docs'],
    ['migrate', '--slow'],
    ['seed', '--slow'],
  ])
  assert.deepEqual(
    texts(
      [
        { state: 'done', name: 'git', settled: true },
        skipped('make html', 'not requested'),
        skipped('migrate', 'not requested'),
        skipped('seed', 'not requested'),
        skipped('rsync', 'did not run'),
        skipped('restart', 'did not run'),
        skipped('restart', 'sandbox: not run there'),
      ],
      flags,
    ),
    ['git', '3 skipped (--docs, --slow)', '2 did not run', '1 skipped (not run in the sandbox)'],
  )
  assert.deepEqual(texts([skipped('make html', 'not requested')]), ['1 skipped (make html)'])
})
