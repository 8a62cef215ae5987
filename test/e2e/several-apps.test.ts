// Two apps of one config in the sandbox, as a person in a repository with both has them. Needs 'npm run build'.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { after, test } from 'node:test'
import { runShipit } from '../run-node.ts'
import { GITHUB } from '../support/ci-variables.ts'
import { checkJsonLines } from '../support/json-lines.ts'

const top = realpathSync(mkdtempSync(join(tmpdir(), 'shipit-several-')))
after(() => rmSync(top, { recursive: true }))

const CONFIG = `import { defineConfig, git, rsync, sandbox } from '@deploybot/shipit'
const common = { repository: '/srv/git/shop.git', environments: { sandbox: sandbox() } }
const of = (app: string) => defineConfig({
  ...common, app, account: \`deploy-\${app}\`, paths: [\`apps/\${app}\`, 'packages/ui/'],
  steps: [git(), rsync({ from: \`apps/\${app}/\`, to: \`/srv/\${app}/\`, delete: true })],
})
export default [of('web'), of('api')]
`

const git = (...words: string[]) =>
  execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@localhost', ...words], {
    cwd: top,
    encoding: 'utf8',
  })

function commit(files: Readonly<Record<string, string>>): string {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(top, name)), { recursive: true })
    writeFileSync(join(top, name), text)
  }
  git('add', '-A')
  git('commit', '-q', '-m', 'a change')
  return git('rev-parse', 'HEAD').trim()
}

const shipit = (folder: string, ...words: string[]) => runShipit(words, { cwd: join(top, folder) })

test('each is deployed from its folder, and a commit of one leaves the other as it is', async () => {
  git('init', '-q', '-b', 'main')
  const first = commit({
    'deploy.config.ts': CONFIG,
    '.gitignore': '.shipit\n',
    'apps/web/a': '1',
    'apps/api/a': '1',
    'packages/ui/a': '1',
  })
  const before = await shipit('apps/web', 'plan')
  assert.match(before.stdout, new RegExp(`^ *comes +${first.slice(0, 12)}  a change$`, 'm'))
  for (const app of ['web', 'api']) {
    const { exitCode, stdout, stderr } = await shipit(`apps/${app}`, 'deploy')
    assert.equal(exitCode, 0, stdout + stderr)
    assert.match(stdout, new RegExp(`^✔ ${app}: branch 'main' \\(${first.slice(0, 12)}\\) is live`, 'm'))
  }
  const second = commit({ 'apps/web/a': '2' })
  const api = await shipit('.', 'deploy', '--app', 'api', '--changed', '--json')
  assert.equal(api.exitCode, 0, api.stderr)
  const result = checkJsonLines(api.stdout).at(-1) as { hosts: { sandbox: { live: object } } }
  const { live: _, ...rest } = result.hosts.sandbox
  assert.deepEqual(rest, { deployed: false, unchanged: true, commit: second })
  const web = await shipit('apps/web', 'deploy', '--changed')
  assert.match(web.stdout, /is live on sandbox/)
  assert.equal(readFileSync(join(top, '.shipit/sandbox/srv/web/a'), 'utf8'), '2')
  const plan = await shipit('.', 'plan', '--app=api')
  assert.match(plan.stdout, /^ *paths +nothing in this app changed$/m)
  for (const words of [['plan'], ['deploy', '--dry-run']]) {
    const asked = await shipit('.', ...words, '--app=api', '--changed')
    assert.equal(asked.exitCode, 0, asked.stderr)
    assert.match(asked.stdout, /^ *paths +nothing in this app changed, so --changed deploys nothing$/m)
  }
  const programs = await shipit('.', 'plan', '--app=api', '--changed', '--json')
  const [verdict] = checkJsonLines(programs.stdout) as [{ paths: string; deploys: boolean }]
  assert.deepEqual([verdict.paths, verdict.deploys], ['same', false])
  const again = await shipit('apps/web', 'deploy', '--changed')
  assert.match(again.stdout, /is up to date on sandbox/)
})

test('a job of GitHub is told that nothing was deployed, and what is live', async () => {
  const [output, summary] = ['output', 'summary'].map((name) => join(top, '.shipit', name)) as [
    string,
    string,
  ]
  const env = { ...GITHUB, GITHUB_OUTPUT: output, GITHUB_STEP_SUMMARY: summary }
  const { exitCode, stdout } = await runShipit(['deploy', '--app', 'api', '--changed'], { cwd: top, env })
  assert.equal(exitCode, 0, stdout)
  const live = git('rev-parse', 'HEAD~').trim()
  assert.equal(readFileSync(output, 'utf8'), `commit=${live}\ndeployed=false\n`)
  assert.match(readFileSync(summary, 'utf8'), /\*\*nothing in this app changed\*\*/)
})

test('--changed without paths says what is missing', async () => {
  commit({ 'deploy.config.ts': CONFIG.replace(/ paths: [^\n]*/, '') })
  const { exitCode, stderr } = await shipit('.', 'deploy', '--app', 'web', '--changed')
  assert.equal(exitCode, 2)
  assert.match(stderr, /--changed needs to know which folders of the repository belong to 'web'/)
})
