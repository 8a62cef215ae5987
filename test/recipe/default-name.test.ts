import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { checkConfig } from '../../src/config/check/check-config.ts'
import { command, git, root } from '../../src/index.ts'
import { defaultName, nameWordsOf, spellName } from '../../src/recipe/default-name.ts'
import { FILE, RIGHT } from '../config/support/complaints.ts'

describe('a step without a name', () => {
  for (const [title, argv, name] of [
    ['has its words', ['/usr/bin/npm', 'run', 'build'], 'npm run build'],
    ['has a hyphen for what a name may not have', ['echo', 'a=(b)', 'ü'], 'echo a-b- -'],
    ['begins with a letter or a digit', ['--', '(', 'x'], 'x'],
    ['has 40 letters at most', ['echo', 'x'.repeat(40)], `echo ${'x'.repeat(35)}`],
    ['does not end with a blank', ['echo', 'x'.repeat(34), 'y'], `echo ${'x'.repeat(34)}`],
    ['has its kind, where no word has a letter', ['--', '+'], 'command'],
  ] as const)
    test(title, () => assert.equal(defaultName('command', argv, {}), name))
})

test('each letter stands for a part of the words', () => {
  const words = 'echo  a=(b)'
  const letters = spellName(words)
  assert.equal(letters.map(({ from, to }) => words.slice(from, to)).join('|'), 'e|c|h|o| | |a|=(|b|)')
  assert.equal(letters.map(({ letter }) => letter).join(''), 'echo  a-b-')
})

test('the words of a name are those of its step, unless the config gives it one', () => {
  const steps = [git(), command(['npm', 'ci'], { name: 'packages' }), root(['/usr/sbin/nginx', '-t'])]
  const { recipe } = checkConfig(FILE, { ...RIGHT, steps })
  assert.deepEqual(recipe.steps.map(nameWordsOf), ['git', undefined, 'nginx -t'])
})
