import assert from 'node:assert/strict'
import { test } from 'node:test'
import { LogView } from '../../../src/ui/views/log-view.ts'
import { begun, printed, ran, told } from '../support/recorded.ts'
import { Sink } from '../support/sink.ts'

function show(step?: string) {
  const sink = new Sink()
  const view = new LogView({
    stdout: sink as unknown as NodeJS.WriteStream,
    env: {},
    hosts: ['web1'],
    ...(step === undefined ? {} : { step }),
  })
  for (const progress of [
    ...begun('web1'),
    ...ran('web1', 'git', { output: 'fetched\n' }),
    told('web1', { event: 'step', number: 2, name: 'rsync src', state: 'started' }),
    printed('web1', 'half a line'),
  ])
    void view.show(progress)
  view.end()
  return { lines: sink.lines, steps: view.steps }
}

test('a log is printed as it was, and the output of one step alone', () => {
  assert.deepEqual(show().lines, ['[web1] git | fetched', '[web1] rsync src | half a line'])
  assert.deepEqual(show('rsync src').lines, ['[web1] rsync src | half a line'])
})

test('a log names its steps, and says which began', () => {
  assert.deepEqual(
    [...show().steps],
    [
      ['git', true],
      ['rsync src', true],
      ['apachectl restart', false],
      ['make html', false],
    ],
  )
})
