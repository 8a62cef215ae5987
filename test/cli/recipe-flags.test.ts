import assert from 'node:assert/strict'
import { test } from 'node:test'
import { configOption, renderFlags } from '../../src/cli/recipe-flags.ts'

test('finds the config of a command line that is not parsed yet', () => {
  assert.equal(configOption(['production', '--config', 'a.ts', '--docs']), 'a.ts')
  assert.equal(configOption(['--config=a=b.ts']), 'a=b.ts')
  assert.equal(configOption(['--', '--config', 'a.ts']), undefined)
  assert.equal(configOption(['--docs']), undefined)
  assert.equal(configOption(['--config']), undefined)
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
