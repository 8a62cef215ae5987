import assert from 'node:assert/strict'
import { test } from 'node:test'
import { configWords, renderFlags } from '../../src/cli/recipe-flags.ts'

test('finds config and app of a command line that is not parsed yet', () => {
  const NONE = { config: undefined, app: undefined }
  assert.deepEqual(configWords(['production', '--config', 'a.ts', '--docs']), { ...NONE, config: 'a.ts' })
  assert.deepEqual(configWords(['--config=a=b.ts', '--app', 'web']), { config: 'a=b.ts', app: 'web' })
  assert.deepEqual(configWords(['--', '--config', 'a.ts', '--app=web']), NONE)
  assert.deepEqual(configWords(['--docs']), NONE)
  assert.deepEqual(configWords(['--config']), NONE)
})

test('renders a switch and a flag with choices', () => {
  const flags = renderFlags({
    docs: { char: 'd', summary: 'build the docs' },
    colour: { summary: 'the colour', choices: ['red', 'green'] },
  })
  assert.equal(flags.docs?.type, 'boolean')
  assert.equal(flags.docs?.char, 'd')
  assert.equal(flags.docs?.summary, 'build the docs')
  assert.equal(flags.colour?.type, 'option')
  assert.deepEqual(flags.colour?.type === 'option' && flags.colour.options, ['red', 'green'])
})
