// action.yml and the files in docs/ci.md, held against what the systems themselves say of such files.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { parse } from 'yaml'
import { ciFile } from '../support/ci-files.ts'
import { read } from '../support/pages.ts'
import { errorsOfAction, errorsOfWorkflow } from './github-parser.ts'

const GITLAB_CI_LOCAL = fileURLToPath(import.meta.resolve('gitlab-ci-local'))
/** GitLab's schema of a configuration, as gitlab-ci-local has it. */
function checkPipeline(content: string): { status: number | null; said: string } {
  const folder = mkdtempSync(join(tmpdir(), 'shipit-gitlab-'))
  try {
    writeFileSync(join(folder, '.gitlab-ci.yml'), content)
    for (const words of [
      ['init', '-q', '-b', 'main'],
      ['-c', 'user.name=a', '-c', 'user.email=a@b', 'commit', '-q', '--allow-empty', '-m', 'x'],
      ['remote', 'add', 'origin', 'git@gitlab.example.com:octo-org/shop.git'],
    ])
      spawnSync('git', words, { cwd: folder })
    const env = { ...process.env, HOME: folder }
    const words = [GITLAB_CI_LOCAL, '--list-json']
    const { status, stdout, stderr } = spawnSync(process.execPath, words, {
      cwd: folder,
      env,
      encoding: 'utf8',
    })
    return { status, said: stdout + stderr }
  } finally {
    rmSync(folder, { recursive: true })
  }
}

describe('for GitHub', () => {
  const action = read('action.yml')
  const workflow = ciFile('.github/workflows/deploy.yml')

  test("action.yml and the workflow are as GitHub's parser wants them", async () => {
    assert.deepEqual(errorsOfAction(action), [])
    assert.deepEqual(await errorsOfWorkflow(workflow), [])
  })

  test('the parser sees what is wrong', async () => {
    assert.match(errorsOfAction(action.replace('using: composite', 'uses: composite')).join(), /uses/)
    assert.match(errorsOfAction(action.replace('      shell: bash\n', '      shel: bash\n')).join(), /shel/)
    assert.match(
      (await errorsOfWorkflow(workflow.replace('needs: staging', 'needs: stagin'))).join(),
      /stagin/,
    )
    assert.match((await errorsOfWorkflow(workflow.replace('runs-on', 'run-on'))).join(), /run-on/)
  })

  test('the workflow gives the action inputs that it has, and takes outputs that it has', () => {
    const { inputs, outputs, runs } = parse(action)
    for (const job of Object.values<{
      steps: { uses?: string; with?: object }[]
      environment: { url: string }
    }>(parse(workflow).jobs)) {
      const step = job.steps.find(({ uses }) => uses?.startsWith('deploybot/shipit@'))
      for (const name of Object.keys(step?.with ?? {})) assert.ok(name in inputs, name)
      const [, name = ''] = /steps\.shipit\.outputs\.(\w+)/.exec(job.environment.url) ?? []
      assert.ok(name in outputs, name)
    }
    // an expression in a script would be part of the script
    const [deploy] = runs.steps
    assert.doesNotMatch(deploy.run, /\$\{\{/)
    for (const name of Object.keys(inputs)) assert.ok(read('docs/ci.md').includes(`\`${name}\``), name)
  })

  test('so is the workflow for several apps, which gives inputs that there are', async () => {
    const [, text = ''] = /## In CI\n.*?```yaml\n(.*?)^```/ms.exec(read('docs/several-apps.md')) ?? []
    assert.deepEqual(await errorsOfWorkflow(text), [])
    const { inputs, outputs } = parse(action)
    const { steps } = parse(text).jobs.deploy
    const step = steps.find(({ id }: { id?: string }) => id === 'shipit')
    for (const name of Object.keys(step.with)) assert.ok(name in inputs, name)
    for (const [, name = ''] of text.matchAll(/steps\.shipit\.outputs\.(\w+)/g))
      assert.ok(name in outputs, name)
  })

  test("the README's workflow, too, is as the parser wants it", async () => {
    const [, text = ''] = /## In CI\n\n```yaml\n(.*?)^```/ms.exec(read('README.md')) ?? []
    assert.deepEqual(await errorsOfWorkflow(text), [])
  })
})

describe('for GitLab', () => {
  test("the pipeline is as GitLab's schema wants it", () => {
    const { status, said } = checkPipeline(ciFile('.gitlab-ci.yml'))
    assert.equal(status, 0, said)
    assert.match(said, /"deploy staging"[\s\S]*"deploy production"/)
  })

  test('the schema sees what is wrong', () => {
    for (const [right, wrong] of [
      ['interruptible: false', 'interruptible: perhaps'],
      ['resource_group: staging', 'resource_groups: [staging]'],
      ['when: manual', 'when: asked'],
    ] as const) {
      const { status, said } = checkPipeline(ciFile('.gitlab-ci.yml').replace(right, wrong))
      assert.notEqual(status, 0, `${wrong}: ${said}`)
      assert.match(said, /schema|must|property/i)
    }
  })
})

describe('for cron', () => {
  test('the script is one for sh, and the table starts it', () => {
    const script = ciFile('deploy-shop')
    const { status, stderr } = spawnSync('sh', ['-n'], { input: script, encoding: 'utf8' })
    assert.equal(status, 0, stderr)
    assert.match(ciFile('/etc/cron.d/deploy-shop'), /\/usr\/local\/bin\/deploy-shop >>/)
  })
})
