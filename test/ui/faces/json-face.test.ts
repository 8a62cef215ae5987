import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { chooseFace } from '../../../src/ui/faces/choose-face.ts'
import type { DeployPlan } from '../../../src/ui/record/deploy-plan.ts'
import { COMMIT, failedInRsync, fault, planFor, printed, RUN, succeeded, told } from '../support/recorded.ts'
import { pipedOptions, Sink } from '../support/sink.ts'

async function jsonFace(plan: DeployPlan) {
  const sink = new Sink()
  return { sink, face: await chooseFace({ ...pipedOptions(plan, sink), format: 'json' }) }
}

describe('for programs', () => {
  test('a deploy is one object a line, each with the schema', async () => {
    const { sink, face } = await jsonFace(planFor('web1'))
    const { progress, outcome } = succeeded('web1')
    for (const event of progress) void face.show(event)
    await face.end([outcome])
    const objects = sink.lines.map((line) => JSON.parse(line))
    assert.ok(objects.every(({ schema }) => schema === 1))
    assert.deepEqual(objects[0], { schema: 1, event: 'connecting', host: 'web1' })
    assert.deepEqual(
      objects.find(({ event }) => event === 'output'),
      { schema: 1, event: 'output', host: 'web1', step: 'git', text: `branch 'x' is at ${COMMIT}` },
    )
    assert.deepEqual(
      objects.find(({ event, state }) => event === 'step' && state === 'ended'),
      {
        schema: 1,
        host: 'web1',
        time: '2026-11-22T12:00:00Z',
        event: 'step',
        number: 1,
        name: 'git',
        state: 'ended',
        status: 0,
        ms: 1234,
      },
    )
  })

  test('the result has each host with its outcome', async () => {
    const { sink, face } = await jsonFace(planFor('web1', 'web2'))
    await face.end([succeeded('web1').outcome, failedInRsync('web2').outcome])
    assert.deepEqual(JSON.parse(sink.lines.at(-1) ?? ''), {
      schema: 1,
      event: 'result',
      app: 'codebase',
      environment: 'production',
      ref: { kind: 'branch', name: 'x' },
      hosts: {
        web1: { deployed: true, outcome: 'succeeded', commit: COMMIT },
        web2: {
          deployed: false,
          outcome: 'failed',
          step: 'rsync src',
          status: 23,
          error: {
            code: 'SHIPIT_STEP_FAILED',
            exitCode: 1,
            message: "step 'rsync src' failed on 'web2'",
            suggestions: ["See 'shipit status'."],
          },
        },
      },
    })
  })

  test('the header is the first line, and what is planned on each host one of its own', async () => {
    const header = { notes: ['HEAD (a1b2c3d) is not pushed'], about: async () => ({}) }
    const { sink, face } = await jsonFace({ ...planFor('web1'), header })
    void face.show({ host: 'web1', type: 'connecting' })
    void face.show({ host: 'web1', type: 'planned', isReady: true, commit: COMMIT })
    assert.deepEqual(
      sink.lines.map((line) => JSON.parse(line)),
      [
        {
          ...{ schema: 1, event: 'deploy', app: 'codebase', environment: 'production', hosts: ['web1'] },
          ...{ ref: { kind: 'branch', name: 'x' }, notes: header.notes },
        },
        { schema: 1, event: 'connecting', host: 'web1' },
        { schema: 1, event: 'planned', host: 'web1', commit: COMMIT },
      ],
    )
  })

  test('a host called __proto__ is one of the result', async () => {
    const { sink, face } = await jsonFace(planFor('__proto__'))
    await face.end([{ host: '__proto__' }])
    assert.match(sink.lines.at(-1) ?? '', /"hosts":\{"__proto__":\{"deployed":true\}\}/)
  })

  test('nothing that a terminal or a CI system acts on is in a line', async () => {
    const { sink, face } = await jsonFace(planFor('web1'))
    void face.show(printed('web1', '\x1b[31m##[add-mask]red\x1b]0;x\x07\n'))
    const error = fault('banner: \u009b31m\u202e\u{e0041}##[x]', { code: 'SHIPIT_CONNECTION', exitCode: 69 })
    await face.end([{ host: 'web1', error }])
    assert.equal(JSON.parse(sink.lines[0] ?? '').text, '##[add-mask]red')
    assert.equal(JSON.parse(sink.lines[1] ?? '').error.message, error.message)
    assert.match(sink.text, /^[\n\x20-\x7e]*$/)
    assert.ok(!sink.text.includes('##'))
  })

  test('a cancel is an event', async () => {
    const { sink, face } = await jsonFace(planFor('web1'))
    void face.show(told('web1', { event: 'cancelled', by: 'bob', when: 'soon' }))
    const { schema: _, time: __, ...line } = JSON.parse(sink.lines[0] ?? '')
    assert.deepEqual(line, { host: 'web1', event: 'cancelled', by: 'bob', when: 'soon' })
  })

  test('events keep the run that they are of', async () => {
    const { sink, face } = await jsonFace(planFor('web1'))
    for (const event of succeeded('web1').progress) void face.show(event)
    assert.equal(JSON.parse(sink.lines[2] ?? '').run, RUN)
  })
})
