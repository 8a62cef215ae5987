// remote/lib/judge.sh and judgeRequest() are two readings of one grammar: the same lines pass both.
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import fc from 'fast-check'
import { APPS, renderPrograms } from '../../src/install/bundle.ts'
import { APP } from '../../src/protocol/grammar.ts'
import { judgeRequest } from '../../src/protocol/judge-request.ts'
import { renderRequest } from '../../src/protocol/render-request.ts'
import { Folder, remote, runShell, targetIn } from '../recipe/support/run-shell.ts'
import { SHELLS, whyNotShell } from '../remote/support/rendered-host.ts'
import { anyDeploy, anyRequest, DECLARED, hex } from './support/any-request.ts'

const RUN = '20261122T120000Z-0123456789abcdef'
const SHA = 'a'.repeat(40)
const SESSION = '0123456789abcdef0123456789abcdef'
const DEPLOY = `deploy --run ${RUN} --app codebase --branch`

/** Near both sides of each rule. */
const BY_HAND: readonly string[] = [
  ...[
    '',
    ' ',
    'hello',
    'hello ',
    ' hello',
    'hello  ',
    'Hello',
    'hellox',
    'hello x',
    '-',
    '--',
    '--session',
    'deploy',
    'status',
    '*',
    '?',
    '~',
  ],
  ...[
    'status --app codebase',
    'status  --app codebase',
    'status\t--app codebase',
    'status --app',
    'status --app a',
    'status --app a-',
    'status --app a--b',
  ],
  ...[
    `status --app ${'a'.repeat(24)}`,
    `status --app ${'a'.repeat(25)}`,
    'status --app 1a',
    'status --app A',
    'status --app a_b',
    'status --app=a',
  ],
  ...['0', '1', '20', '01', '1000', '1001', '-1', '1x', '9'.repeat(15), '9'.repeat(16), ''].map(
    (limit) => `history --app a --limit ${limit}`,
  ),
  ...['0', '00', '7', '9'.repeat(15), '9'.repeat(16), '0x1', '1.5', '+1'].flatMap((count) => [
    `attach --run ${RUN} --app a --offset ${count}`,
    `log --run ${RUN} --app a --offset 1 --events ${count}`,
  ]),
  ...[
    RUN,
    `${RUN}0`,
    RUN.slice(1),
    RUN.toUpperCase(),
    RUN.replace('-', '_'),
    RUN.replace('T', 'Z'),
    RUN.replace('Z', 'T'),
    `${RUN.slice(0, 8)}T12000-Z-${RUN.slice(17)}`,
  ].map((run) => `attach --run ${run} --app a`),
  ...[
    'x',
    '_x',
    'X9',
    'a/b',
    'a//b',
    'a/',
    '/a',
    'a.',
    '.a',
    'a/.b',
    'a.b',
    'a..b',
    'a.lock',
    'a.lock/b',
    'a.lockx',
    'freeze',
    '.lock',
    'HEAD',
    'a/HEAD',
  ].map((ref) => `${DEPLOY} ${ref}`),
  ...[
    'HEADx',
    'refs/x',
    'refs',
    'xrefs/a',
    '@',
    'a@b',
    '+a',
    'a+b',
    'a,b',
    '#a',
    'a#b',
    '=a',
    'a=b',
    '-a',
    'a-',
    'a:b',
    'a*',
    '[a]',
    'a~1',
    'a^',
  ].map((ref) => `${DEPLOY} ${ref}`),
  ...[SHA, SHA.slice(1), `${SHA}a`, 'a'.repeat(64), 'A'.repeat(40), 'x'.repeat(200), 'x'.repeat(201), ''].map(
    (ref) => `${DEPLOY} ${ref}`,
  ),
  ...['--ask', '--wait --ask', '--ask --wait', '--ask --ask', '--ask x', `--ask --session ${SESSION}`].map(
    (words) => `${DEPLOY} x ${words}`,
  ),
  `status --app a --ask`,
  ...[SHA, 'a'.repeat(64), 'a'.repeat(41), SHA.toUpperCase(), 'g'.repeat(40), ''].map(
    (commit) => `${DEPLOY} x --commit ${commit}`,
  ),
  ...[
    '--docs',
    '--docs --docs',
    '--docs=1',
    '--docs 1',
    '--Docs',
    '--colour red',
    '--colour',
    '--colour green',
    '--colour red,blue',
    '--colour re',
    '--colour 1.0',
    '--colour 1x0',
  ].map((flags) => `${DEPLOY} x ${flags}`),
  ...[
    '--colour red --docs',
    '--docs --colour blue --dry-run',
    '--dry-run --docs',
    '--colour --docs',
    '--colour -x',
    '--colour red red',
    '--commit --docs',
  ].map((flags) => `${DEPLOY} x ${flags}`),
  ...['', ' --now', ' --now --now', ' --now x', ' now', ' --Now', ` --now --session ${SESSION}`].map(
    (words) => `cancel --run ${RUN} --app a${words}`,
  ),
  ...['x', '-x', 'a b', 'a_b', 'x'.repeat(200), 'x'.repeat(201), ''].map(
    (reason) => `freeze --app a --reason ${reason}`,
  ),
  ...[
    '',
    ` --to ${RUN}`,
    ' --to x',
    ` --to ${RUN} --from ${RUN}`,
    ` --from ${RUN}`,
    ` --from ${RUN} --to ${RUN}`,
    ' --from x',
    ` --to ${RUN} --digest ${'d'.repeat(64)} --claimed c`,
    ' --claimed c --to x',
    ' --docs',
    ' --branch x',
  ].map((words) => `rollback --run ${RUN} --app a${words}`),
  ...['unfreeze', 'recipe', 'doctor', 'log', 'freeze', 'proceed', 'plan'].flatMap((verb) => [
    verb,
    `${verb} --app a`,
    `${verb} --app a --run ${RUN}`,
    `${verb} --run ${RUN} --app a`,
  ]),
  ...['x', '-x', 'a:b=c', 'x'.repeat(200), 'x'.repeat(201), ''].map(
    (claimed) => `${DEPLOY} x --claimed ${claimed}`,
  ),
  ...[
    `--digest ${'d'.repeat(64)}`,
    `--digest ${SHA}`,
    `--claimed x --digest ${'d'.repeat(64)}`,
    `--digest ${'d'.repeat(64)} --docs`,
  ].map((words) => `${DEPLOY} x ${words}`),
  ...[
    SESSION,
    `${SESSION}0`,
    SESSION.slice(1),
    SESSION.toUpperCase(),
    `${SESSION} x`,
    `${SESSION} --session ${SESSION}`,
    '',
  ].map((session) => `hello --session ${session}`),
  ...[
    `${DEPLOY} x${' --docs'.repeat(26)}`,
    `hello${' x'.repeat(31)}`,
    `${DEPLOY} ${'x'.repeat(1000)}`,
    'x'.repeat(1024),
    'x'.repeat(1025),
  ],
  ...[
    `${DEPLOY} $(id)`,
    `${DEPLOY} \`id\``,
    `${DEPLOY} x;id`,
    `${DEPLOY} 'x'`,
    `${DEPLOY} "x"`,
    `${DEPLOY} x\\y`,
    `${DEPLOY} x\r`,
    `${DEPLOY} \x1b[31m`,
    `${DEPLOY} \x81\x88`,
  ],
]

const valid = fc.tuple(anyRequest, hex(32)).map(([request, session]) => renderRequest(request, session))

type Mutate = (line: string, at: number, letter: string) => string
const MUTATIONS: readonly Mutate[] = [
  (line, at) => line.slice(0, at) + line.slice(at + 1),
  (line, at, letter) => line.slice(0, at) + letter + line.slice(at),
  (line, at, letter) => line.slice(0, at) + letter + line.slice(at + 1),
  (line, at) => line.slice(0, at),
  (line, at) => line.slice(0, at) + line.charAt(at).toUpperCase() + line.slice(at + 1),
  (line, at) =>
    line
      .split(' ')
      .toSpliced(at % line.split(' ').length, 1)
      .join(' '),
  (line, at) =>
    line
      .split(' ')
      .toSpliced(at % line.split(' ').length, 0, line.split(' ')[at % line.split(' ').length] ?? '')
      .join(' '),
]
const letter = fc.constantFrom(...'aZ09 -._/+@,#=:*?[\\\'"$;~\t\xe9')
const mutated = fc
  .tuple(
    fc.oneof(
      valid,
      anyDeploy.map((request) => renderRequest(request, SESSION)),
    ),
    fc.constantFrom(...MUTATIONS),
    fc.nat(),
    letter,
  )
  .map(([line, mutate, at, character]) => mutate(line, at % line.length, character))
const bytes = fc.string({
  unit: fc.integer({ min: 1, max: 255 }).map((byte) => String.fromCharCode(byte)),
  maxLength: 60,
})

/** Each letter is one byte. A line break would end the line of the file: other tests have it. */
const CORPUS = [...BY_HAND, ...fc.sample(valid, 25), ...fc.sample(mutated, 60), ...fc.sample(bytes, 15)].map(
  (line) => line.replaceAll('\n', ''),
)

const HARNESS = `
while IFS= read -r line; do
	(judge_request "$line" session) 2>/dev/null
	printf '%s ' "$?"
done
`

describe('the shell judges as judgeRequest() does', { concurrency: true }, () => {
  const folder = new Folder()
  let judge = ''
  before(() => {
    const programs = renderPrograms({ ...remote, gate: HARNESS }, targetIn(folder.path), '0.0.0')
    const [gate] = programs.filter(({ path }) => path.endsWith('/gate'))
    judge = folder.write('judge', gate?.text ?? '')
    folder.write('corpus', Buffer.from(CORPUS.map((line) => `${line}\n`).join(''), 'latin1'))
    const flags = DECLARED.map(({ name, choices }) => (choices ? `${name}=${choices.join(',')}` : name)).join(
      ' ',
    )
    // an app that is not installed is refused, too, and judgeRequest() can't know: so each that is named is there
    const apps = CORPUS.flatMap((line) => [...line.matchAll(/--app ([^ ]+)/g)].map(([, app = '']) => app))
    for (const app of apps.filter((each) => APP.test(each))) {
      folder.write(`${APPS}/${app}/recipe`, `RECIPE_FLAGS='${flags}'\n`)
    }
  })
  after(() => folder[Symbol.dispose]())

  const expected = CORPUS.map((line) => (judgeRequest(line, DECLARED) ? '0' : '77'))

  test('lines of both kinds are there', () => {
    const accepted = expected.filter((status) => status === '0').length
    assert.ok(CORPUS.length > 300, `${CORPUS.length} lines`)
    assert.ok(accepted > 80 && CORPUS.length - accepted > 120, `${accepted} of ${CORPUS.length}`)
  })

  for (const shell of Object.keys(SHELLS)) {
    test(shell, { skip: whyNotShell(shell) }, async () => {
      const run = await runShell(shell, [judge], {}, `${folder.path}/corpus`)
      const statuses = run.stdout.toString().split(' ').slice(0, -1)
      assert.equal(run.stderr, '')
      const told = CORPUS.map((line, index) => ({ line, judged: expected[index], shell: statuses[index] }))
      assert.deepEqual(
        told.filter((each) => each.judged !== each.shell),
        [],
      )
      assert.equal(statuses.length, CORPUS.length)
    })
  }
})
