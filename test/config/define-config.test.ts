import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  defineConfig,
  type Flags,
  git,
  make,
  releases,
  type StepOptions,
  sandbox,
  type WrittenSteps,
} from '../../src/index.ts'
import { RIGHT } from './support/complaints.ts'

test('defineConfig types a config and leaves it as it is', () => {
  assert.equal(defineConfig(RIGHT), RIGHT)
})

test('sandbox() is an environment without hosts', () => {
  assert.deepEqual(sandbox(), { sandbox: true })
  assert.deepEqual(sandbox({ default: true, branch: 'x' }), { sandbox: true, default: true, branch: 'x' })
})

test('when of a step takes the flags of its config; the types say so before it is loaded', () => {
  const base = { app: 'shop', repository: '/srv/shop.git', environments: {} }
  const docs = { summary: 'build the docs' }
  const colour = { summary: 'the colour', choices: ['red', 'blue'] } as const
  const written = defineConfig({
    ...base,
    flags: { docs, colour },
    steps: [
      git({ when: '!docs' }),
      [make('html', { when: 'docs' })],
      releases({ root: '/x/y', when: 'colour=red' }),
    ],
  })
  assert.equal(written.steps.length, 3)
  // @ts-expect-error: no such flag
  defineConfig({ ...base, flags: { docs }, steps: [git({ when: 'dosc' })] })
  // @ts-expect-error: no such choice
  defineConfig({ ...base, flags: { colour }, steps: [releases({ root: '/x/y', when: 'colour=blu' })] })
})

test('steps and flags that are not written in place fit every config', () => {
  const base = { app: 'shop', repository: '/srv/shop.git', environments: {} }
  const flags: Flags = { docs: { summary: 'build the docs' } }
  const byHand: WrittenSteps = [git({ when: 'docs' })]
  const inferred = [git(), make('html', { when: 'docs' })]
  const when: string = 'docs'
  const options: StepOptions = { when }
  const { docs = { summary: '' } } = flags
  for (const steps of [
    defineConfig({ ...base, flags, steps: [git({ when: 'docs' })] }).steps,
    defineConfig({ ...base, flags: { docs }, steps: byHand }).steps,
    defineConfig({ ...base, flags: { docs }, steps: [...inferred, git({ when }), git(options)] }).steps,
  ])
    assert.ok(steps.length > 0)
})
