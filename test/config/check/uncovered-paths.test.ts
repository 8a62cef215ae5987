import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checkConfig } from '../../../src/config/check/check-config.ts'
import { command, git, make, releases, rsync, type WrittenSteps } from '../../../src/index.ts'
import { FILE, RIGHT } from '../support/complaints.ts'

/** The folders that are warned of. */
function uncovered(paths: readonly string[] | undefined, steps: WrittenSteps): string[] {
  const { warnings } = checkConfig(FILE, { ...RIGHT, ...(paths ? { paths } : {}), steps: [git(), steps] })
  return warnings.flatMap((each) => {
    const [, step, folder] =
      /^step '(.*)' uses '(.*)', which `paths` does not cover: --changed ignores changes there$/.exec(each) ??
      []
    return step === undefined ? [] : [`${step}: ${folder}`]
  })
}

const publish = (from: string) => rsync({ from, to: '/srv/web/', delete: true })

test('a folder that a step publishes or works in is named, if no path has it', () => {
  const paths = ['apps/web/', 'packages/ui']
  assert.deepEqual(uncovered(paths, [publish('apps/web/public/')]), [])
  assert.deepEqual(uncovered(paths, [publish('packages/ui/')]), [])
  assert.deepEqual(uncovered(paths, [publish('apps/')]), ['rsync apps: apps/'])
  assert.deepEqual(uncovered(paths, [publish('apps/web-old/')]), ['rsync apps/web-old: apps/web-old/'])
  assert.deepEqual(uncovered(paths, releases({ root: '/srv/web' })), ['release: ./'])
  assert.deepEqual(uncovered(paths, [make('html', { in: 'doc', as: 'build', out: 'out' })]), [
    'make html: doc/',
  ])
})

test('nothing is said without paths, of the top of the commit, and of what a build makes', () => {
  assert.deepEqual(uncovered(undefined, [publish('apps/')]), [])
  const build = command(['npm', 'run', 'build'], { as: 'build', out: 'dist' })
  assert.deepEqual(uncovered(['apps/web/'], [build, publish('dist/web/')]), [])
})
