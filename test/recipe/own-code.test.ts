import assert from 'node:assert/strict'
import { test } from 'node:test'
import { stepsWithOwnCode } from '../../src/recipe/own-code.ts'
import { commandStep, EVERY_KIND, someRecipe } from './support/some-recipe.ts'

const isNamed = (...[argv, changes]: Parameters<typeof commandStep>) =>
  stepsWithOwnCode(someRecipe({ steps: [commandStep(argv, changes)] })).length === 1

test('of all kinds of steps, a shell and a command that is no file tool are named', () => {
  assert.deepEqual(stepsWithOwnCode(someRecipe({ steps: EVERY_KIND })), ['npm', 'shell'])
})

test('file tools are not, by their name or where a system has them', () => {
  for (const argv of [
    ['cp', '-r', 'a', '/srv/b'],
    ['/bin/mv', 'a', 'b'],
    ['/usr/bin/touch', '/srv/x'],
    ['install', '-m', '0644', 'a', '/srv/a'],
    ['true'],
  ])
    assert.ok(!isNamed(argv), argv.join(' '))
})

test('whatever could be, or run, code of the repository is', () => {
  for (const argv of [
    ...[
      'sh x',
      'bash -c x',
      'env cp',
      'python3 x.py',
      'node x.js',
      'perl x',
      'npm ci',
      'composer install',
      'bundle',
      'pip install .',
    ],
    ...[
      'make html',
      'find . -exec ./x ;',
      'xargs ./x',
      'sed -n 1e a',
      'awk -f x',
      'tar xf a',
      'git gc',
      'rsync -e ./x a b',
      'ln2',
    ],
    ...[
      './cp a b',
      'bin/cp a b',
      '../cp',
      '/srv/shop/cp a b',
      '/opt/bin/cp',
      '/usr/local/bin/cp a b',
      '/bin/../srv/cp',
      '/usr/bin/sh x',
    ],
    ...['install --strip-program=./x -s a b', 'install --strip-p=./x -s a b'],
  ])
    assert.ok(isNamed(argv.split(' ')), argv)
  assert.ok(isNamed(['cp', 'a', 'b'], { env: { PATH: '.' } }))
})

test('a build step is not, whatever it runs', () => {
  assert.ok(!isNamed(['./x'], { as: 'build' }))
})
