import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { describe, test } from 'node:test'
import { CancelledError, UnknownVerdictError } from '../../../src/errors.ts'
import { chooseFace } from '../../../src/ui/faces/choose-face.ts'
import type { DeployPlan } from '../../../src/ui/record/deploy-plan.ts'
import {
  begun,
  COMMIT,
  failedInRsync,
  fault,
  planFor,
  printed,
  RUN,
  ran,
  succeeded,
  told,
} from '../support/recorded.ts'
import { pipedOptions, Sink } from '../support/sink.ts'

const OLD = '9f66a49d0c1b2a3948576655443322110ffeeddc'

async function plainFace(plan: DeployPlan) {
  const sink = new Sink()
  return { sink, face: await chooseFace(pipedOptions(plan, sink)) }
}

describe('in a pipe', () => {
  test('each line of a deploy has its host and step', async () => {
    const { sink, face } = await plainFace(planFor('web1'))
    const { progress, outcome } = succeeded('web1')
    for (const event of progress) void face.show(event)
    await face.end([outcome])
    assert.deepEqual(sink.lines.slice(0, -1), [
      '[web1] connecting',
      '[web1] connected',
      `[web1] run 0123456 of codebase: branch 'x', by alice`,
      '[web1] git: started',
      "[web1] git | branch 'x' is at 1a2b3c4d5e6f708192a3b4c5d6e7f8091a2b3c4d",
      '[web1] git: done in 1.2 s',
      '[web1] commit 1a2b3c4d5e6f708192a3b4c5d6e7f8091a2b3c4d',
      '[web1] rsync src: started',
      '[web1] rsync src: done in 1.2 s, 1 changed',
      '[web1] apachectl restart: started',
      '[web1] apachectl restart: done in 1.2 s',
      '[web1] make html: skipped (not requested)',
      '[web1] deployed in 4.2 s',
    ])
    assert.match(
      sink.lines.at(-1) ?? '',
      /^✔ codebase: branch 'x' \(1a2b3c4d5e6f\) is live on web1 \(production\)/,
    )
  })

  test('a failed step says its status, and the lines at the end what is left', async () => {
    const { sink, face } = await plainFace(planFor('web1'))
    const { progress, outcome } = failedInRsync('web1')
    for (const event of progress) void face.show(event)
    await face.end([outcome])
    assert.ok(sink.lines.includes('[web1] rsync src: failed with status 23 after 1.2 s'))
    assert.equal(sink.lines.filter((line) => line.endsWith('| line 12')).length, 1, 'output is printed once')
    assert.ok(!sink.lines.some((line) => line.startsWith('[web1] failed')), 'so is the failure')
    assert.ok(sink.lines.includes("  the target of 'rsync src' may be partly updated"))
  })

  test('the header comes first, and its commits again once all are known', async () => {
    const live = { commit: OLD, ref: { kind: 'branch', name: 'x' }, run: RUN, how: 'complete' } as const
    const about = async ({ from }: { from: string | undefined }) => ({
      subject: 'a',
      ...(from ? { comes: 2, goes: 0 } : {}),
    })
    const header = { notes: ['HEAD (a1b2c3d) is not pushed'], about }
    const { sink, face } = await plainFace({ ...planFor('web1'), header })
    const { progress, outcome } = succeeded('web1')
    for (const each of progress)
      await face.show(
        each.type === 'event' && each.event.event === 'run' ? told('web1', { ...each.event, live }) : each,
      )
    await face.end([outcome])
    const own = () => sink.lines.filter((line) => line.startsWith('codebase'))
    assert.deepEqual(own(), [
      'codebase → production (web1)   x   ! HEAD (a1b2c3d) is not pushed',
      'codebase: x  9f66a49 → 1a2b3c4  "a" · 2 commits',
    ])
    assert.equal(sink.lines[0], own()[0])
    // one that could not be asked has nothing to say
    const several = await plainFace({ ...planFor('web1', 'web2'), header: { ...header, notes: [] } })
    void several.face.show({ host: 'web2', type: 'planned', isReady: false, commit: COMMIT })
    await several.face.show({ host: 'web1', type: 'planned', isReady: true, live, commit: COMMIT })
    assert.deepEqual(several.sink.lines, [
      'codebase → production (web[1-2])   x',
      'codebase: x  9f66a49 → 1a2b3c4  "a" · 2 commits',
    ])
  })

  test('with --changed a host says why it deploys, where that is no change of the app', async () => {
    const { sink, face } = await plainFace(planFor('web1', 'web2', 'web3', 'web4'))
    const planned = { type: 'planned', isReady: true } as const
    await Promise.all([
      face.show({ ...planned, host: 'web1', paths: 'changed' }),
      face.show({ ...planned, host: 'web2', paths: 'missing' }),
      face.show({ ...planned, host: 'web3', paths: 'recipe', isReady: false }),
      face.show({ ...planned, host: 'web4' }),
    ])
    const why = 'one of the `paths` is in neither commit, so --changed deploys'
    assert.deepEqual(
      sink.lines.filter((line) => line.startsWith('[')),
      [`[web2] ${why}`],
    )
  })

  test('a cancel says by whom', async () => {
    const { sink, face } = await plainFace(planFor('web1'))
    for (const event of begun('web1')) void face.show(event)
    for (const when of ['soon', 'now'] as const)
      void face.show(told('web1', { event: 'cancelled', by: 'bob', when }))
    assert.deepEqual(sink.lines.slice(-2), ['[web1] cancelled by bob', '[web1] cancelled by bob, with --now'])
  })

  test('a step out of time says its limit', async () => {
    const { sink, face } = await plainFace(planFor('web1'))
    for (const event of [...begun('web1'), ...ran('web1', 'git', { status: 124, limit: 60 })])
      void face.show(event)
    assert.equal(sink.lines.at(-1), '[web1] git: ran out of time (60 s)')
  })

  test('a refusal is said once, at the end; where other hosts go on, that it failed', async () => {
    const freeze = { user: 'bob', seconds: 12, reason: 'release' }
    const error = fault("'codebase' on 'web1' is frozen", { code: 'SHIPIT_LOCKED', exitCode: 75 })
    const refused = told('web1', { event: 'refused', reason: 'frozen', exit: 75, freeze })
    const ended = { host: 'web1', type: 'ended', outcome: { host: 'web1', error } } as const
    const alone = await plainFace(planFor('web1'))
    for (const event of [refused, ended]) void alone.face.show(event)
    await alone.face.end([{ host: 'web1', error }])
    assert.deepEqual(alone.sink.lines.slice(0, 1), ["✖ web1: 'codebase' on 'web1' is frozen"])
    const { sink, face } = await plainFace(planFor('web1', 'web2'))
    for (const event of [refused, ended]) void face.show(event)
    assert.deepEqual(sink.lines, ['[web1] failed'])
    for (const [error, words] of [
      [new UnknownVerdictError('lost'), 'outcome unknown'],
      [new CancelledError('cancelled before it began'), 'cancelled'],
    ] as const) {
      const other = await plainFace(planFor('web1', 'web2'))
      void other.face.show({ host: 'web1', type: 'ended', outcome: { host: 'web1', error } })
      assert.deepEqual(other.sink.lines, [`[web1] ${words}`])
    }
  })

  test('a step that copies says where nothing changed, and a switch of releases only that it is done', async () => {
    const writes = new Map([
      ['rsync src', '/var/www/'],
      ['switch', '/var/app/current'],
    ])
    const steps = [...writes.keys()].map((name) => ({ name, phase: 'publish' }) as const)
    const { sink, face } = await plainFace({ ...planFor('web1'), steps, writes })
    for (const each of begun('web1'))
      void face.show(
        each.type === 'event' && each.event.event === 'run' ? told('web1', { ...each.event, steps }) : each,
      )
    for (const { name } of steps) for (const event of ran('web1', name, {})) void face.show(event)
    const done = sink.lines.filter((line) => line.includes(': done'))
    assert.deepEqual(done, [
      '[web1] rsync src: done in 1.2 s, nothing changed',
      '[web1] switch: done in 1.2 s',
    ])
  })

  test('files that rsync copies are counted, and listed with --verbose', async () => {
    const output = [
      '>f+++++++++ new.html',
      '>fc.t...... changed.html',
      '.f..t...... same one',
      '.d..t...... folder/',
      'cd+++++++++ other/',
      '.f...p..... same.html',
      '.f..t...... same.css',
      'cL+++++++++ link -> new.html',
      '*deleting   old.html',
      'shipit: a word of its own',
    ]
    for (const verbose of [false, true]) {
      const { sink, face } = await plainFace({ ...planFor('web1'), verbose } as DeployPlan)
      for (const event of begun('web1')) void face.show(event)
      const before = sink.lines.length
      for (const event of ran('web1', 'rsync src', { output: `${output.join('\n')}\n` }))
        void face.show(event)
      for (const event of ran('web1', 'git', { output: '>f+++++++++ not of rsync\n' })) void face.show(event)
      assert.deepEqual(sink.lines.slice(before), [
        '[web1] rsync src: started',
        ...(verbose ? output : output.slice(-1)).map((line) => `[web1] rsync src | ${line}`),
        `[web1] rsync src: done in 1.2 s${verbose ? '' : ', 3 changed, 1 deleted, 3 the same'}`,
        '[web1] git: started',
        '[web1] git | >f+++++++++ not of rsync',
        '[web1] git: done in 1.2 s',
      ])
    }
  })

  test('what speaks SSH is said with --verbose', async () => {
    for (const verbose of [false, true]) {
      const { sink, face } = await plainFace({ ...planFor('web1'), verbose } as DeployPlan)
      void face.show({ host: 'web1', type: 'connecting' })
      void face.show({ host: 'web1', type: 'connected', by: 'ssh2, in this process' })
      assert.deepEqual(sink.lines.slice(-2), [
        '[web1] connecting',
        `[web1] connected${verbose ? ', by ssh2, in this process' : ''}`,
      ])
    }
  })

  test('no line of a host can pass for one of ours or for a command to a CI system', async () => {
    const { sink, face } = await plainFace(planFor('web1'))
    for (const event of begun('web1')) void face.show(event)
    const before = sink.lines.length
    const commands = [
      '::error::x',
      '##[add-mask]x',
      'a ##vso[task.setvariable variable=x]y',
      '#\x1b[1m#[error]x',
      '##teamcity[x]',
      '[web2] git: done',
      '\r\x1b[0Ksection_end:1:x\r\x1b[0K',
    ]
    void face.show(printed('web1', commands.map((command) => `${command}\n`).join('')))
    void face.show(printed('web1', 'one\u2028::stop-commands::x\r::error::y\n'))
    for (const line of sink.lines.slice(before)) {
      assert.match(line, /^\[web1\] \| /)
      assert.doesNotMatch(line, /##[a-z]*\[/i)
      assert.doesNotMatch(line, /[\x00-\x1f]/)
    }
    assert.equal(sink.lines.length - before, commands.length + 2)
  })

  test('output without a newline at its end is shown when its step ends', async () => {
    const { sink, face } = await plainFace(planFor('web1'))
    for (const event of [...begun('web1'), ...ran('web1', 'git', { output: 'half a line' })])
      void face.show(event)
    assert.deepEqual(sink.lines.slice(-2), ['[web1] git | half a line', '[web1] git: done in 1.2 s'])
  })

  test('an escape sequence that a step leaves open does not swallow the next step', async () => {
    const { sink, face } = await plainFace(planFor('web1'))
    const steps = [
      ...ran('web1', 'git', { output: '\x1b]0;open' }),
      ...ran('web1', 'rsync src', { output: 'shown\n' }),
    ]
    for (const event of [...begun('web1'), ...steps]) void face.show(event)
    assert.ok(sink.lines.includes('[web1] rsync src | shown'))
  })

  test('colours come with FORCE_COLOR only', async () => {
    const output = '\x1b[31mred\x1b[0m\n'
    const forced = process.env.FORCE_COLOR
    try {
      process.env.FORCE_COLOR = '1'
      const { sink, face } = await plainFace(planFor('web1'))
      void face.show(printed('web1', output))
      assert.equal(sink.text, '\x1b[2m[web1]\x1b[22m | \x1b[31mred\x1b[0m\n')
    } finally {
      if (forced === undefined) delete process.env.FORCE_COLOR
      else process.env.FORCE_COLOR = forced
    }
  })

  test('a face that has ended, or is told of another host, says nothing', async () => {
    const { sink, face } = await plainFace(planFor('web1'))
    void face.show({ host: 'web2', type: 'connecting' })
    await face.end([])
    void face.show({ host: 'web1', type: 'connecting' })
    await face.end([succeeded('web1').outcome])
    assert.equal(sink.text, '')
  })

  test('listr2 is not loaded', () => {
    const program = `
      const { registerHooks } = process.getBuiltinModule('node:module')
      registerHooks({ resolve: (name, context, next) => { if (name.includes('listr2')) throw new Error(name); return next(name, context) } })
      const { chooseFace } = await import(process.argv[1])
      const { stdout, stderr } = process
      const face = await chooseFace({ app: 'a', ref: { kind: 'branch', name: 'x' }, steps: [], hosts: ['web1'], stdout, stderr, env: {} })
      face.show({ host: 'web1', type: 'connecting' })`
    const file = new URL('../../../src/ui/faces/choose-face.ts', import.meta.url).href
    const shown = execFileSync(process.execPath, ['--input-type=module', '-e', program, file], {
      encoding: 'utf8',
    })
    assert.equal(shown, '[web1] connecting\n')
  })
})
