// Thirty secrets in the output of a step, on the sandbox, through every way out of the built CLI. Needs 'npm run build'.
import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { bin } from '../run-node.ts'
import { GITHUB, GITLAB } from '../support/ci-variables.ts'
import { assertNoSecret, leaksIn, REDACT, SECRET_LINES, SECRETS } from '../support/secrets.ts'
import { checkOutDemo } from './support/sandbox-project.ts'

const VARIABLE = 'a-token-of-the-environment'
const LINES = [...SECRET_LINES, `env: ${VARIABLE}`, `TOKEN_URL=https://x/?t=${encodeURIComponent(VARIABLE)}`]

/** Prints a file in pieces that end anywhere, then fails. */
const PRINT = 'dd if=secrets.txt bs=7 2>/dev/null; exit 3'
/** What a step's name has of it. */
const CUT_NAME = 'mail-a-token'

function config(redact: string): string {
  return `import { command, defineConfig, git, sandbox, shell } from '@deploybot/shipit'
export default defineConfig({ app: 'codebase', repository: '/srv/git/codebase.git',
  environments: { sandbox: sandbox({ default: true }) }, ${redact}
  steps: [git(), command(['true', '--the-password-of-the-mail=${VARIABLE}']), shell(${JSON.stringify(PRINT)}, { name: 'print' })] })\n`
}

describe('what the config says is never shown', () => {
  const cwd = realpathSync(mkdtempSync(join(tmpdir(), 'shipit-redaction-')))
  after(() => rmSync(cwd, { recursive: true, force: true }))
  before(() => {
    checkOutDemo(cwd)
    writeFileSync(join(cwd, 'secrets.txt'), `${LINES.join('\n')}\nthe end`)
    const list = REDACT.map((each) => (typeof each === 'string' ? JSON.stringify(each) : String(each)))
    writeFileSync(
      join(cwd, 'deploy.config.ts'),
      config(`redact: [${list.join(', ')}], redactEnv: ['THE_TOKEN'],`),
    )
    writeFileSync(join(cwd, 'open.config.ts'), config(''))
    const git = ['-c', 'user.name=alice', '-c', 'user.email=alice@example.com']
    execFileSync('git', ['add', 'secrets.txt'], { cwd })
    execFileSync('git', [...git, 'commit', '-q', '-m', `add ${SECRETS[0]}`], { cwd })
  })

  const shipit = (words: string, env: NodeJS.ProcessEnv = {}) => {
    const { stdout, stderr, status } = spawnSync(process.execPath, [bin, ...words.split(' ')], {
      cwd,
      encoding: 'utf8',
      timeout: 180_000,
      env: { ...process.env, CI: '', LC_ALL: 'C.UTF-8', THE_TOKEN: VARIABLE, ...env },
    })
    return { shown: stdout + stderr, status }
  }
  const assertHidden = (shown: string) => {
    assertNoSecret(shown)
    assert.ok(!shown.includes(VARIABLE) && !shown.includes(encodeURIComponent(VARIABLE)))
    assert.ok(!shown.includes(CUT_NAME), CUT_NAME)
  }

  test('a deploy shows nothing of it, for people, programs and CI systems', () => {
    const page = join(cwd, 'summary.md')
    for (const [words, env] of [
      ['deploy', {}],
      ['deploy --json', {}],
      ['deploy', { ...GITHUB, GITHUB_STEP_SUMMARY: page, CI: 'true' }],
      ['deploy', { ...GITLAB, CI: 'true' }],
    ] as const) {
      const { shown, status } = shipit(words, env)
      assert.equal(status, 1, shown)
      assert.match(shown, /here: \*\*\* \./, words)
      assert.match(shown, /the end/)
      assertHidden(shown)
    }
    assertHidden(readFileSync(page, 'utf8'))
  })

  test('nor do the commands that ask for a run afterwards', () => {
    for (const words of [
      'log',
      'log --json',
      'attach --json',
      'history',
      'history --json',
      'status',
      'plan',
      'plan --json',
      'config',
    ] as const) {
      const run = words.startsWith('attach')
        ? ` --run ${/"run":"([^"]+)"/.exec(shipit('history --json').shown)?.[1]}`
        : ''
      const { shown } = shipit(words + run)
      assert.ok(shown.length > 50, words)
      if (/^(log|attach)/.test(words)) assert.match(shown, /here: \*\*\* \./, words)
      assertHidden(shown)
    }
  })

  test('nor does a page about a run, or what report says of it in JSON', () => {
    for (const words of [
      'report --run last --out -',
      'report --run last --json',
      'report --history --out -',
    ]) {
      const { shown, status } = shipit(words)
      assert.equal(status, 0, shown)
      if (words.includes('last')) assert.match(shown, /\*\*\*/)
      assertHidden(shown)
    }
  })

  test('nor does an error that quotes it', () => {
    const { shown, status } = shipit(`log --step ${SECRETS[0]}`)
    assert.equal(status, 66)
    assert.match(shown, /has no step '\*\*\*'/)
    assertHidden(shown)
  })

  test('the log on the host has all of it, as another config shows', () => {
    const { shown } = shipit('log --config open.config.ts')
    assert.equal(leaksIn(shown).length, SECRETS.length)
  })
})
