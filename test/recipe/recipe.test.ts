import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { digestRecipe, type Recipe } from '../../src/recipe/recipe.ts'
import type { Step } from '../../src/recipe/step.ts'
import { commandStep, EVERY_KIND, FLAGS, gitStep, someRecipe } from './support/some-recipe.ts'

const recipe = someRecipe({ flags: FLAGS, steps: EVERY_KIND })
const digest = digestRecipe(recipe)

/** The same data with the keys of every object the other way round; the order of declared flags means something. */
function turned<Value>(value: Value, key = ''): Value {
  if (Array.isArray(value)) return value.map((each) => turned(each)) as Value
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).map(([name, each]) => [name, turned(each, name)] as const)
  return Object.fromEntries(key === 'flags' ? entries : entries.reverse()) as Value
}

test('the digest is a SHA-256 in hex, always the same one', () => {
  assert.match(digest, /^[0-9a-f]{64}$/)
  assert.equal(digestRecipe(structuredClone(recipe)), digest)
  // a known one: a change here is drift on every host that is installed
  assert.equal(digestRecipe(someRecipe()), '797a6387aa1350672bab95449c3c0f12769db25e6724481d96ffee5cc5479963')
})

describe('does not count', () => {
  test('the order of keys', () => assert.equal(digestRecipe(turned(recipe)), digest))

  test('the letter and the summary of a flag', () => {
    const flags = {
      docs: { char: 'D', summary: 'other words' },
      colour: { summary: '', choices: ['red', 'blue'] },
    }
    assert.equal(digestRecipe({ ...recipe, flags }), digest)
  })

  test('a key that is there and undefined', () => {
    const steps = EVERY_KIND.map((step) => Object.assign({ nothing: undefined }, step))
    assert.equal(digestRecipe({ ...recipe, steps }), digest)
  })
})

describe('counts', () => {
  const [rsync, npm] = [EVERY_KIND[1], EVERY_KIND[6]] as [Step, Step]
  const changes: Record<string, Partial<Recipe>> = {
    'the app': { app: 'codebase2' },
    'the repository': { repository: '/srv/git/other.git' },
    'a flag more': { flags: { ...FLAGS, more: { summary: '' } } },
    'a flag less': { flags: { docs: FLAGS.docs ?? { summary: '' } } },
    'a flag that becomes a choice': { flags: { ...FLAGS, docs: { summary: '', choices: ['a'] } } },
    'the order of flags': { flags: Object.fromEntries(Object.entries(FLAGS).reverse()) },
    'the choices': { flags: { ...FLAGS, colour: { summary: '', choices: ['red'] } } },
    'the order of choices': { flags: { ...FLAGS, colour: { summary: '', choices: ['blue', 'red'] } } },
    'a group': { allow: [{ group: 'others', branches: ['*'], tags: ['*'], verbs: ['deploy'] }] },
    'a group more': {
      allow: [...recipe.allow, { group: 'others', branches: [], tags: [], verbs: ['deploy'] }],
    },
    'the branches of a group': {
      allow: [{ group: 'deployers', branches: ['master'], tags: ['*'], verbs: ['deploy'] }],
    },
    'the tags of a group': { allow: [{ group: 'deployers', branches: ['*'], tags: [], verbs: ['deploy'] }] },
    'a step less': { steps: EVERY_KIND.slice(1) },
    'the order of steps': { steps: [...EVERY_KIND].reverse() },
  }
  for (const [what, change] of Object.entries(changes)) {
    test(what, () => assert.notEqual(digestRecipe({ ...recipe, ...change }), digest))
  }

  const stepChanges: Record<string, readonly [Step, object]> = {
    'the name': [gitStep, { name: 'fetch' }],
    'the phase': [gitStep, { phase: 'publish' }],
    'the time limit': [gitStep, { timeout: 301, retries: 0 }],
    'a condition': [gitStep, { when: 'docs' }],
    'where from': [rsync, { from: 'source/' }],
    'where to': [rsync, { to: '/var/y/' }],
    'what is deleted': [rsync, { delete: false }],
    'what is left out': [rsync, { exclude: ['x'] }],
    'a word': [npm, { argv: ['npm', 'ci'] }],
    'words that are joined otherwise': [npm, { argv: ['npm', 'ci --omit=dev'] }],
    'the folder': [npm, { in: '.' }],
    'a variable': [npm, { env: { NODE_ENV: 'production' } }],
    'the account': [npm, { as: 'build' }],
    'the folder that comes back': [npm, { out: 'dist' }],
  }
  for (const [what, [step, change]] of Object.entries(stepChanges)) {
    test(`${what} of a step`, () => {
      const changed = { ...step, ...change } as Step
      assert.notEqual(
        digestRecipe(someRecipe({ steps: [changed] })),
        digestRecipe(someRecipe({ steps: [step] })),
      )
    })
  }
})

test('texts with quotes do not run together', () => {
  const one = someRecipe({ steps: [commandStep(['a","b'])] })
  const two = someRecipe({ steps: [commandStep(['a', 'b'])] })
  assert.notEqual(digestRecipe(one), digestRecipe(two))
})
