// `shipit report` in a project whose runs are in the sandbox: its files, its refusals, and what a failed run leaves. Needs 'npm run build'.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { bin, runShipit } from '../run-node.ts'
import { makeProject } from './support/sandbox-project.ts'

const config = (publish: string) => `import { defineConfig, git, sandbox, shell } from '@deploybot/shipit'
export default defineConfig({
  app: 'codebase',
  repository: 'git@git.example.com:codebase.git',
  environments: { sandbox: sandbox({ branch: 'master' }), other: sandbox({ branch: 'x' }) },
  redact: [/hush-[a-z]+/],
  steps: [
    git(),
    shell(${JSON.stringify(publish)}, { name: 'publish' }),
  ],
})
`
/** Fails while there is a file beside the config. */
const breakable = (project: string) =>
  `printf 'key hush-abc \\033[31m<b>red</b>\\n'; test ! -e "${project.replaceAll('$', '\\$')}/broken"`

describe('shipit report', () => {
  let project: string
  const shipit = (...words: string[]) => runShipit(words, { cwd: project, env: { CI: '' } })
  before(() => {
    project = makeProject()
    writeFileSync(join(project, 'deploy.config.ts'), config(breakable(project)))
  })
  after(() => rmSync(project, { recursive: true, force: true }))

  test('says so where there is no run, and writes a history that says so', async () => {
    const none = await shipit('report', 'sandbox')
    assert.equal(none.exitCode, 66)
    assert.match(none.stderr, /^error: there is no run yet in sandbox$/m)
    const history = await shipit('report', 'sandbox', '--history')
    assert.deepEqual([history.exitCode, history.stderr], [0, ''])
    assert.equal(history.stdout, 'wrote codebase-sandbox-history.html: no runs yet\n')
    assert.match(readFileSync(join(project, 'codebase-sandbox-history.html'), 'utf8'), /No runs<\/b>/)
    const since = await shipit('report', 'sandbox', '--history', '--since', '2030-01-01', '--out', 'h.html')
    assert.equal(since.stdout, 'wrote h.html: no runs since 2030-01-01\n')
    const told = await shipit('history', 'sandbox', '--since', '2030-01-01')
    assert.equal(told.stdout, 'nothing was deployed there since 2030-01-01\n')
  })

  test('writes a page about a run, whatever it printed, under a name that is free', async () => {
    assert.equal((await shipit('deploy', 'sandbox')).exitCode, 0)
    writeFileSync(join(project, 'broken'), '')
    assert.equal((await shipit('deploy', 'sandbox')).exitCode, 1)
    const first = await shipit('report', 'sandbox')
    const [, name = '', run = ''] =
      /^wrote (codebase-sandbox-([0-9a-f]{7})\.html): run \2 on 1 host\n$/.exec(first.stdout) ?? []
    assert.ok(name, first.stdout + first.stderr)
    const page = readFileSync(join(project, name), 'utf8')
    assert.match(page, /✗ failed<\/span>/)
    assert.match(page, /failed in publish with status 1/)
    assert.match(page, /<pre>key \S+ &lt;b&gt;red&lt;\/b&gt;\n<\/pre>/)
    assert.ok(!page.includes('hush-'))
    assert.equal(
      (await shipit('report', 'sandbox', '--run', run)).stdout,
      `wrote ${name.replace('.html', '-2.html')}: run ${run} on 1 host\n`,
    )
  })

  test('replaces no file unasked', async () => {
    const file = join(project, 'mine.html')
    writeFileSync(file, 'mine')
    const refused = await shipit('report', 'sandbox', '--out', 'mine.html')
    assert.equal(refused.exitCode, 2)
    assert.match(refused.stderr, /'mine.html' exists already/)
    assert.equal(readFileSync(file, 'utf8'), 'mine')
    assert.equal((await shipit('report', 'sandbox', '--out', 'mine.html', '--force')).exitCode, 0)
    assert.match(readFileSync(file, 'utf8'), /^<!doctype html>/)
    const nowhere = await shipit('report', 'sandbox', '--out', 'no/such/folder.html')
    assert.equal(nowhere.exitCode, 2)
    assert.match(nowhere.stderr, /cannot write 'no\/such\/folder.html'/)
  })

  test('prints the page, or its data, and takes a run in the place of an environment', async () => {
    const { stdout } = await shipit('report', 'sandbox', '--out', '-')
    assert.match(stdout, /^<!doctype html>/)
    assert.equal(existsSync(join(project, '-')), false)
    const history = JSON.parse((await shipit('report', 'sandbox', '--history', '--json')).stdout)
    assert.deepEqual(
      history.runs.map(({ state }: { state: string }) => state),
      ['succeeded', 'failed'],
    )
    assert.deepEqual(history.keys.failed, { count: 1, of: 2 })
    const { exitCode, stderr } = await shipit('report', 'nowhere')
    assert.equal(exitCode, 2)
    assert.match(stderr, /name an environment|no environment 'nowhere'/)
    for (const words of [
      ['--history', '--run', 'last'],
      ['--since', '2026-01-01'],
      ['--force'],
      ['--history', '--since', 'soon'],
    ])
      assert.equal((await shipit('report', 'sandbox', ...words)).exitCode, 2, words.join(' '))
    assert.match(
      (await shipit('report', 'sandbox', '--since', '2026-01-01')).stderr,
      /^error: --since needs --history$/m,
    )
    assert.match((await shipit('report', '--force')).stderr, /^error: --force needs --out$/m)
  })

  test('has the end of what a step printed, however much that was', async () => {
    // 10 MB: of more than 8 MiB a report reads the end alone
    writeFileSync(join(project, 'deploy.config.ts'), config('seq 1 1400000; exit 1'))
    const deploy = spawnSync(process.execPath, [bin, 'deploy', 'sandbox'], { cwd: project, stdio: 'ignore' })
    assert.equal(deploy.status, 1)
    const [{ output }] = JSON.parse((await shipit('report', 'sandbox', '--json')).stdout).hosts
    assert.deepEqual(
      output,
      Array.from({ length: 60 }, (_, at) => String(1_399_941 + at)),
    )
  })
})
