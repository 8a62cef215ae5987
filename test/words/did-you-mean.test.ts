import assert from 'node:assert/strict'
import { test } from 'node:test'
import { didYouMean, nearest } from '../../src/words/did-you-mean.ts'

const COMMANDS = ['attach', 'cancel', 'deploy', 'log', 'status']

test('a letter that is missing, too many, wrong or swapped is seen through', () => {
  for (const [typed, meant] of [
    ['dploy', 'deploy'],
    ['depploy', 'deploy'],
    ['deplay', 'deploy'],
    ['delpoy', 'deploy'],
    ['Deploy', 'deploy'],
    ['logs', 'log'],
    ['statsu', 'status'],
    ['cancle', 'cancel'],
  ] as const)
    assert.equal(nearest(typed, COMMANDS), meant)
})

test('the beginning of one name is seen through, and of two is not', () => {
  assert.equal(nearest('prod', ['production', 'staging']), 'production')
  assert.equal(nearest('PROD', ['production']), 'production')
  assert.equal(nearest('prod', ['production', 'production-eu']), undefined)
  assert.equal(nearest('pr', ['production']), undefined)
})

test('another word is not taken for one', () => {
  for (const typed of ['', 'x', 'plan', 'destroy', 'l', 'catalog'])
    assert.equal(nearest(typed, COMMANDS), undefined)
  assert.deepEqual(didYouMean('branhc', ['branch'], '--'), ["Did you mean '--branch'?"])
  assert.deepEqual(didYouMean('other', ['branch']), [])
})
