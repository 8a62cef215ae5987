// The recipe in the words of the config, as comments of what root installs.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checkConfig } from '../../src/config/check/check-config.ts'
import { compileRecipe } from '../../src/recipe/compile.ts'
import { readWords, wordRecipe } from '../../src/recipe/config-words.ts'
import { git, releases, root, rsync } from '../../src/recipe/steps.ts'
import { FILE, RIGHT } from '../config/support/complaints.ts'
import { commandStep, EVERY_KIND, FLAGS, someRecipe } from './support/some-recipe.ts'

test('a line for each thing, without what is usual', () => {
  const { recipe } = checkConfig(FILE, {
    ...RIGHT,
    steps: [
      git(),
      rsync({ from: 'src/', to: '/srv/x/', delete: false, exclude: ['up'], timeout: 7 }),
      root(['/bin/true'], { name: 'it', when: 'docs', unsafe: 'a reason' }),
      ...releases({ root: '/srv/shop' }),
    ],
    flags: FLAGS,
  })
  assert.deepEqual(
    readWords(compileRecipe(recipe, '1.2.3')).filter((line) => line.startsWith('step')),
    [
      "step 'git': git()",
      "step 'rsync src': rsync({ from: 'src/', to: '/srv/x/', delete: false, exclude: ['up'], timeout: 7 })",
      "step 'it': root(['/bin/true'], { when: 'docs', unsafe: 'a reason' })",
      "step 'release': release({ root: '/srv/shop', keep: 5, from: './' })",
      "step 'switch': switch({ root: '/srv/shop', keep: 5 })",
    ],
  )
})

test('every line of them is a comment of printable ASCII, whatever a value holds', () => {
  const evil = 'a\nid\r\u2028\u202e\0\\n\'"é'
  const recipe = someRecipe({
    steps: [...EVERY_KIND, commandStep(['x', evil], { env: { A: evil } })],
    flags: FLAGS,
  })
  const lines = wordRecipe(recipe)
  for (const line of lines) assert.match(line, /^#[\x20-\x7e]*$/)
  assert.equal(lines.length, new Set(lines).size)
  const [last = ''] = lines.slice(-1)
  assert.ok(last.includes(String.raw`'a\nid\u000d\u2028\u202e\u0000\\n\'"\u00e9'`), last)
  assert.deepEqual(
    readWords(compileRecipe(recipe, '1.2.3')),
    lines.slice(1).map((line) => line.slice(4)),
  )
  assert.deepEqual(readWords('# something else\n'), [])
})
