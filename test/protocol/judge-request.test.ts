// Rendering and judging, each held against the other.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { judgeRequest } from '../../src/protocol/judge-request.ts'
import { renderRequest } from '../../src/protocol/render-request.ts'
import type { DeclaredFlag, Request } from '../../src/protocol/request.ts'
import { anyDeploy, anyRequest, DECLARED, flagsOf, hex } from './support/any-request.ts'

const RUN = '20261122T120000Z-0123456789abcdef'
const EARLIER = '20261121T080000Z-fedcba9876543210'
const SHA = 'a'.repeat(40)
const DIGEST = 'd'.repeat(64)
const SESSION = '0123456789abcdef0123456789abcdef'
const DEPLOY = `deploy --run ${RUN} --app codebase`

function judge(line: string, flags: readonly DeclaredFlag[] = DECLARED): boolean {
  return judgeRequest(line, flags)
}

describe('each verb has its one spelling', () => {
  const ref = { kind: 'branch', name: 'master' } as const
  const cases: [Request, string][] = [
    [{ verb: 'hello' }, 'hello'],
    ...(['status', 'unfreeze', 'recipe', 'doctor'] as const).map((verb): [Request, string] => [
      { verb, app: 'codebase' },
      `${verb} --app codebase`,
    ]),
    [{ verb: 'status', app: 'codebase', check: false }, 'status --app codebase'],
    [{ verb: 'status', app: 'codebase', check: true }, 'status --app codebase --check'],
    [
      { verb: 'freeze', app: 'codebase', reason: 'release_party' },
      'freeze --app codebase --reason release_party',
    ],
    [{ verb: 'cancel', run: RUN, app: 'codebase' }, `cancel --run ${RUN} --app codebase`],
    [{ verb: 'cancel', run: RUN, app: 'codebase', now: false }, `cancel --run ${RUN} --app codebase`],
    [{ verb: 'cancel', run: RUN, app: 'codebase', now: true }, `cancel --run ${RUN} --app codebase --now`],
    [{ verb: 'log', run: RUN, app: 'codebase', offset: 7 }, `log --run ${RUN} --app codebase --offset 7`],
    [
      { verb: 'attach', run: RUN, app: 'codebase', offset: 7, events: 3 },
      `attach --run ${RUN} --app codebase --offset 7 --events 3`,
    ],
    [{ verb: 'rollback', run: RUN, app: 'codebase' }, `rollback --run ${RUN} --app codebase`],
    [
      {
        ...{ verb: 'rollback', run: RUN, app: 'codebase', to: EARLIER },
        ...{ from: RUN, digest: DIGEST, claimed: 'ci' },
      },
      `rollback --run ${RUN} --app codebase --to ${EARLIER} --from ${RUN} --digest ${DIGEST} --claimed ci`,
    ],
    [{ verb: 'history', app: 'codebase' }, 'history --app codebase'],
    [{ verb: 'history', app: 'codebase', limit: 5 }, 'history --app codebase --limit 5'],
    [{ verb: 'attach', run: RUN, app: 'codebase' }, `attach --run ${RUN} --app codebase`],
    [
      { verb: 'attach', run: RUN, app: 'codebase', offset: 0 },
      `attach --run ${RUN} --app codebase --offset 0`,
    ],
    [{ verb: 'deploy', run: RUN, app: 'codebase', ref, flags: [] }, `${DEPLOY} --branch master`],
    [
      {
        verb: 'deploy',
        run: RUN,
        app: 'codebase',
        ref: { kind: 'tag', name: 'v1.2.0' },
        commit: SHA,
        flags: [{ name: 'docs' }, { name: 'colour', value: 'red' }],
        digest: DIGEST,
        claimed: 'ci:alice@example.com',
      },
      `${DEPLOY} --tag v1.2.0 --commit ${SHA} --docs --colour red --digest ${DIGEST} --claimed ci:alice@example.com`,
    ],
  ]
  for (const [request, line] of cases) {
    test(line.slice(0, 60), () => {
      assert.equal(renderRequest(request, SESSION), `${line} --session ${SESSION}`)
      assert.equal(judge(line), true)
      assert.equal(judge(`${line} --session ${SESSION}`), true)
    })
  }
})

test('what is rendered is judged a request, and no word of it may be left out, doubled or moved', () => {
  fc.assert(
    fc.property(anyRequest, hex(32), fc.nat(), (request, session, choice) => {
      const line = renderRequest(request, session)
      const flags = flagsOf(request)
      assert.equal(judge(line, flags), true)
      const words = line.split(' ')
      const at = choice % words.length
      const without = words.toSpliced(at, 1)
      const twice = words.toSpliced(at, 0, words[at] ?? '')
      const first = [...words.slice(at), ...words.slice(0, at)]
      // a switch alone may be left out
      const isSwitch =
        ['--now', '--back', '--wait', '--ask', '--look', '--files', '--check'].includes(words[at] ?? '') ||
        flags.some((flag) => !flag.choices && words[at] === `--${flag.name}`)
      assert.equal(judge(without.join(' '), flags), isSwitch)
      assert.equal(judge(twice.join(' '), flags), false)
      if (at > 0) assert.equal(judge(first.join(' '), flags), false)
    }),
  )
})

test('different requests have different lines', () => {
  fc.assert(
    fc.property(anyDeploy, anyDeploy, (one, other) => {
      fc.pre(JSON.stringify(one) !== JSON.stringify(other))
      assert.notEqual(renderRequest(one, SESSION), renderRequest(other, SESSION))
    }),
  )
})

describe('refuses', () => {
  const lines: Record<string, readonly string[]> = {
    'nothing, blanks and other spacing': [
      '',
      ' ',
      ' hello',
      'hello ',
      'status  --app codebase',
      'status\t--app\tcodebase',
    ],
    'line breaks and other control characters': [
      'hello\n',
      '\nhello',
      'hello\nhello',
      'hello\r',
      'hello\u0000',
      'hello\u001b',
      'hello\u007f',
    ],
    'characters outside the list': [...'!"$%&\'()*;<>?[\\]^`{|}~'].map(
      (character) => `status --app code${character}base`,
    ),
    'letters that are not ASCII': [
      `${DEPLOY} --branch für`,
      `${DEPLOY} --branch m\u0430ster`,
      'hello\u00a0',
      `${DEPLOY} --branch \u202ex`,
    ],
    'verbs that there are not': [
      'id',
      'sh',
      'Hello',
      'HELLO',
      'constructor',
      '__proto__',
      'toString',
      'scp -t /tmp',
      '--session',
    ],
    'words that are missing': [
      ...[
        'deploy',
        'status',
        'status --app',
        'status codebase',
        DEPLOY,
        `${DEPLOY} --branch`,
        'attach --app codebase',
      ],
      ...[
        'freeze --app codebase',
        'freeze --app codebase --reason',
        'cancel --app codebase',
        'rollback --app codebase',
      ],
      ...[
        'history --app codebase --limit',
        `${DEPLOY} --branch x --commit`,
        `${DEPLOY} --branch x --colour`,
        'hello --session',
      ],
    ],
    'words that are unknown': [
      ...[`cancel --run ${RUN} --app codebase --now 1`, `attach --run ${RUN} --app codebase --now`],
      `rollback --run ${RUN} --app codebase --branch x`,
      ...[
        'hello x',
        'hello --app codebase',
        'status --app codebase --verbose',
        `${DEPLOY} --branch x --unknown`,
      ],
      ...['status --app=codebase', `${DEPLOY} --branch x --docs=1`, `${DEPLOY} --branch x --docs 1`],
    ],
    'words that are repeated': [
      ...[`cancel --run ${RUN} --app codebase --now --now`, 'freeze --app codebase --reason a --reason b'],
      ...[
        'status --app codebase --app codebase',
        `${DEPLOY} --branch x --branch x`,
        `${DEPLOY} --branch x --tag y`,
      ],
      ...[`${DEPLOY} --branch x --docs --docs`, `hello --session ${SESSION} --session ${SESSION}`],
    ],
    'words in another order': [
      ...[`cancel --run ${RUN} --now --app codebase`, 'freeze --reason x --app codebase'],
      `rollback --run ${RUN} --app codebase --digest ${DIGEST} --to ${RUN}`,
      ...[`deploy --app codebase --run ${RUN} --branch x`, `attach --app codebase --run ${RUN}`],
      ...[`${DEPLOY} --branch x --docs --commit ${SHA}`, `${DEPLOY} --branch x --digest ${DIGEST} --docs`],
      ...[`hello --session ${SESSION} x`, `status --session ${SESSION} --app codebase`],
    ],
    'flags in another order than declared': [`${DEPLOY} --branch x --colour red --docs`],
    'a value outside the choices': [
      ...[
        `${DEPLOY} --branch x --colour green`,
        `${DEPLOY} --branch x --colour re`,
        `${DEPLOY} --branch x --colour red,blue`,
      ],
      ...[`${DEPLOY} --branch x --colour`, `${DEPLOY} --branch x --colour --docs`],
    ],
    'a value that begins with a hyphen': [
      'freeze --app codebase --reason -x',
      ...[
        `${DEPLOY} --branch -x`,
        `${DEPLOY} --branch --docs`,
        'status --app -x',
        `${DEPLOY} --branch x --claimed -x`,
      ],
    ],
    'refs that are tricks': ['../x', 'a/../b', '/x', 'x/', 'x.lock', 'HEAD', 'refs/heads/x', SHA].map(
      (name) => `${DEPLOY} --branch ${name}`,
    ),
    'values of another form': [
      ...['status --app Codebase', 'status --app ../x', `deploy --run x --app codebase --branch x`],
      ...[
        `${DEPLOY} --branch x --commit ${SHA.toUpperCase()}`,
        `${DEPLOY} --branch x --commit abc`,
        `${DEPLOY} --branch x --digest ${SHA}`,
      ],
      ...[
        'history --app codebase --limit 0',
        'history --app codebase --limit 1001',
        'history --app codebase --limit 05',
      ],
      ...[
        `attach --run ${RUN} --app codebase --offset -1`,
        `attach --run ${RUN} --app codebase --events -1`,
        `attach --run ${RUN} --app codebase --events 1 --offset 1`,
        `hello --session ${SESSION}0`,
        `hello --session ${SESSION.toUpperCase()}`,
      ],
    ],
  }
  for (const [what, each] of Object.entries(lines)) {
    test(what, () =>
      assert.deepEqual(
        each.filter((line) => judge(line)),
        [],
      ),
    )
  }
})

test('a flag that the recipe does not declare is refused', () => {
  assert.equal(judge(`${DEPLOY} --branch x --docs`, []), false)
  assert.equal(judge(`${DEPLOY} --branch x --docs`), true)
})

test('what a client says of itself is left out where the line has no room for it', () => {
  const flags = Array.from({ length: 8 }, (_, at) => ({ name: `flag-${at}`, value: 'x'.repeat(70) }))
  const deploy = {
    verb: 'deploy',
    run: '20261122T120000Z-0123456789abcdef',
    app: 'shop',
    ref: { kind: 'branch', name: 'b'.repeat(100) },
    flags,
  } as const
  const claimed = 'c'.repeat(200)
  const short = renderRequest(deploy, SESSION)
  assert.equal(renderRequest({ ...deploy, claimed }, SESSION), short)
  const room = { ...deploy, flags: [], claimed }
  assert.match(renderRequest(room, SESSION), / --claimed c{200} /)
})

test('so are the paths of a plan, which then does not compare them', () => {
  const flags = Array.from({ length: 8 }, (_, at) => ({ name: `flag-${at}`, value: 'x'.repeat(70) }))
  const plan = { verb: 'plan', app: 'shop', ref: { kind: 'branch', name: 'x' }, flags } as const
  const paths = ['apps/web/', 'p'.repeat(300)]
  assert.equal(renderRequest({ ...plan, paths }, SESSION), renderRequest(plan, SESSION))
  assert.match(
    renderRequest({ ...plan, flags: [], paths }, SESSION),
    / --paths apps\/web\/,p{300} --session /,
  )
})

test('a request has 1024 bytes and 32 words at most', () => {
  const line = `${DEPLOY} --branch x --claimed ${'c'.repeat(200)}`
  assert.equal(judge(line), true)
  assert.equal(judge(`${line}c`), false)
  const switches = Array.from({ length: 30 }, (_, index) => ({ name: `f${index}` }))
  const asked = (count: number) =>
    `${DEPLOY} --branch x${switches
      .slice(0, count)
      .map(({ name }) => ` --${name}`)
      .join('')}`
  assert.equal(asked(25).split(' ').length, 32)
  assert.equal(judge(asked(25), switches), true)
  assert.equal(judge(asked(26), switches), false)
  const long = Array.from({ length: 7 }, (_, index) => ({
    name: `long-${index}`,
    choices: ['v'.repeat(100)],
  }))
  const start = long.reduce(
    (text, flag) => `${text} --${flag.name} ${flag.choices[0]}`,
    `${DEPLOY} --branch x`,
  )
  const whole = (bytes: number) =>
    `${start} --claimed ${'c'.repeat(bytes - start.length - ' --claimed '.length)}`
  assert.equal(whole(1024).length, 1024)
  assert.equal(judge(whole(1024), long), true)
  assert.equal(judge(whole(1025), long), false)
})

test('a request that would be refused is not rendered: a fault of the caller', () => {
  const ref = { kind: 'branch', name: 'x' } as const
  const wrong: Request[] = [
    { verb: 'status', app: 'x y' },
    { verb: 'status', app: '../x' },
    { verb: 'history', app: 'x', limit: 1.5 },
    { verb: 'attach', run: 'x', app: 'x' },
    { verb: 'deploy', run: RUN, app: 'x', ref: { kind: 'branch', name: 'x --docs' }, flags: [] },
    { verb: 'deploy', run: RUN, app: 'x', ref, flags: [{ name: 'colour', value: 'a b' }] },
    { verb: 'deploy', run: RUN, app: 'x', ref, flags: [], claimed: '--digest' },
  ]
  for (const request of wrong) assert.throws(() => renderRequest(request, SESSION), RangeError)
  assert.throws(() => renderRequest({ verb: 'hello' }, 'x'), RangeError)
})
