// Two apps of one config on the same hosts: each is installed, chosen and deployed by itself, and a commit that touches only one of them
// is deployed for that one alone.
import assert from 'node:assert/strict'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { isWhole } from '../support/whole.ts'
import { HOST_GIT } from './support/checkout.ts'
import { hostsSuite } from './support/lab.ts'
import { Project } from './support/project.ts'

const HOSTS = ['web1', 'web2']
const APPS = ['web', 'api'] as const
const TO = { web: '/srv/web', api: '/srv/api' } as const
let seconds = 1_900_000_000

hostsSuite('several apps in one config', { hosts: HOSTS.length }, (lab) => {
  let project: Project
  before(async () => {
    const environments = `staging: { hosts: ['web2'], ssh: SSH }, all: { hosts: ['web1', 'web2'], confirm: false, ssh: SSH }`
    const production = `after: 'staging', confirm: false`
    project = new Project({ lab, hosts: ['web1'], production, environments, connectTimeout: 30 })
    writeConfig(join(project.folder, 'deploy.config.ts'))
    mkdirSync(join(project.folder, 'apps/api'), { recursive: true })
    for (const host of HOSTS) await lab.scenario(host)
    for (const app of APPS) {
      const written = await project.shipit('install', 'all', '--app', app, '--one-file', '--out', `${app}.sh`)
      assert.equal(written.status, 0, written.stderr)
      const input = readFileSync(join(project.folder, `${app}.sh`))
      for (const host of HOSTS) await lab.output(host, ['sh', '-s'], { input })
    }
    await push({ 'apps/web/index.html': 'one', 'apps/api/main.py': 'one', 'packages/ui/ui.css': 'one' })
  })
  after(() => project.remove())

  /** The config of the project as a list: what the apps have in common, and each of them. */
  const writeConfig = (file: string) => {
    const text = readFileSync(file, 'utf8')
    const [head = '', rest = ''] = text.split('export default defineConfig({')
    const common = /repository:[\s\S]*?\n {2}flags: [^\n]*\n/.exec(rest)?.[0] ?? ''
    const of = (app: keyof typeof TO) => `defineConfig({
  ...common, app: '${app}', account: 'deploy-${app}', paths: ['apps/${app}/', 'packages/ui'],
  steps: [git(), rsync({ from: 'apps/${app}/', to: '${TO[app]}/', delete: true })],
}),`
    writeFileSync(
      file,
      `${head}const common = {\n${common}}\nexport default [\n${APPS.map(of).join('\n')}\n]\n`,
    )
  }

  /** Pushes a commit that changes these files to all hosts' repositories. */
  const push = async (files: Readonly<Record<string, string>>) => {
    seconds += 1
    const changes = Object.entries(files).map(
      ([path, text]) =>
        `${HOST_GIT} update-index --add --cacheinfo 100644,$(printf %s '${text}' | ${HOST_GIT} hash-object -w --stdin),${path}`,
    )
    const date = `GIT_AUTHOR_DATE='@${seconds} +0000' GIT_COMMITTER_DATE='@${seconds} +0000'`
    const script = `export GIT_INDEX_FILE=/tmp/index; rm -f /tmp/index; ${HOST_GIT} read-tree master; ${changes.join('; ')}
      id=$(${date} ${HOST_GIT} commit-tree -p master -m 'a change' "$(${HOST_GIT} write-tree)") && ${HOST_GIT} update-ref refs/heads/master "$id" && echo "$id"`
    const [id = '', ...others] = new Set(await Promise.all(HOSTS.map((host) => lab.output(host, script))))
    assert.deepEqual(others, [])
    return id
  }
  const state = (app: string) => `/var/lib/shipit/apps/${app}`
  const liveOf = (app: string, host = 'web1') => lab.output(host, `cut -d ' ' -f 1,5 ${state(app)}/live`)
  const runsOf = (app: string, host = 'web1') => lab.output(host, `cat ${state(app)}/history | wc -l`)
  const page = (app: keyof typeof TO, file: string, host = 'web1') =>
    lab.output(host, `cat ${TO[app]}/${file}`)
  const deploy = (...words: string[]) => project.shipit('deploy', ...words)
  const resultOf = (stdout: string) => JSON.parse(stdout.trimEnd().split('\n').at(-1) ?? '').hosts

  test('each is deployed by its name, and one alone by the folder that it is in', async () => {
    for (const app of APPS) {
      const { status, stdout } = await deploy('all', '--app', app)
      assert.equal(status, 0, stdout)
    }
    assert.deepEqual([await page('web', 'index.html'), await page('api', 'main.py')], ['one', 'one'])
    const none = await project.shipit('status', 'production')
    assert.equal(none.status, 2)
    assert.match(none.stderr, /^ *shipit status production --app web$/m)
    const cwd = join(project.folder, 'apps/api')
    const here = await lab.ctl([process.execPath, project.program, 'status', 'production'], { cwd })
    assert.match(here.stdout, /^api in production$/m)
  })

  test('of a commit that touches one, the other has nothing to deploy', async () => {
    const first = (await liveOf('api')).split(' ')[0]
    const newer = await push({ 'apps/web/index.html': 'two' })
    const runs = await runsOf('api')
    // test/e2e/several-apps.test.ts has the plan, and the result as JSON
    if (isWhole) {
      const plan = await project.shipit('plan', 'all', '--app', 'api')
      assert.match(plan.stdout, /^ *paths +nothing in this app changed$/m)
      assert.doesNotMatch((await project.shipit('plan', 'all', '--app', 'web')).stdout, /nothing in this app/)
    }

    const api = await deploy('all', '--app', 'api', '--changed')
    assert.equal(api.status, 0, api.stdout)
    assert.match(api.stdout, /^\[web1\] nothing in this app changed$/m)
    assert.ok(
      api.stdout.includes(
        `api: branch 'master' (${newer.slice(0, 12)}) has no changes for this app on web[1-2] (all): ${first?.slice(0, 12)} stays live`,
      ),
      api.stdout,
    )
    if (isWhole) {
      const told = resultOf((await deploy('all', '--app', 'api', '--changed', '--json')).stdout)
      assert.equal(told.web1.live.commit, first)
      const { live: _, ...rest } = told.web1
      assert.deepEqual(rest, { deployed: false, unchanged: true, commit: newer })
    }
    const left = await deploy('all', '--app', 'api', '--changed', '--detach', '--json')
    assert.deepEqual(
      [left.status, JSON.parse(left.stdout).hosts],
      [0, { web1: 'UNCHANGED', web2: 'UNCHANGED' }],
    )
    assert.deepEqual([await liveOf('api'), await runsOf('api')], [`${first} complete`, runs])

    // one host after the other, so that each decides for itself
    assert.equal((await deploy('staging', '--app', 'web', '--changed')).status, 0)
    assert.equal(await page('web', 'index.html', 'web2'), 'two')
    const web = await deploy('all', '--app', 'web', '--changed')
    assert.equal(web.status, 0, web.stdout)
    assert.match(web.stdout, /is live on web1 \(all\)/)
    // it has that very commit
    assert.match(web.stdout, /is up to date on web2 \(all\)/)
    assert.equal(await page('web', 'index.html'), 'two')
  })

  test('what both have is deployed for both', async () => {
    const shared = await push({ 'packages/ui/ui.css': 'two' })
    for (const app of APPS) {
      const { status, stdout } = await deploy('all', '--app', app, '--changed')
      assert.equal(status, 0, stdout)
      assert.equal(await liveOf(app), `${shared} complete`)
    }
  })

  test('a frozen app has nothing to wait for where nothing changed, and the command against it has its name', async () => {
    await push({ 'apps/web/index.html': 'three' })
    assert.equal((await project.shipit('freeze', 'staging', '--app', 'api', '--message', 'x')).status, 0)
    const unchanged = await deploy('staging', '--app', 'api', '--changed')
    const frozen = await deploy('staging', '--app', 'api')
    await project.shipit('unfreeze', 'staging', '--app', 'api')
    assert.equal(unchanged.status, 0, unchanged.stdout)
    assert.equal(frozen.status, 75, frozen.stdout)
    assert.match(frozen.stdout + frozen.stderr, /shipit \w+ staging --app api/)
  })

  test('other flags, half a deploy, or a path that no commit has are reasons to deploy', async () => {
    const runs = Number(await runsOf('api', 'web2'))
    const flagged = await deploy('staging', '--app', 'api', '--changed', '--docs')
    assert.match(flagged.stdout, /is live on web2/)
    assert.match(flagged.stdout, /^\[web2\] the live deploy used different flags, so --changed deploys$/m)
    assert.match((await deploy('staging', '--app', 'api', '--changed')).stdout, /is live on web2/)
    await lab.output('web2', `sed -i 's/complete$/partial/' ${state('api')}/live`)
    assert.match((await deploy('staging', '--app', 'api', '--changed')).stdout, /is live on web2/)
    const file = join(project.folder, 'deploy.config.ts')
    const text = readFileSync(file, 'utf8')
    writeFileSync(file, text.replace("'apps/api/'", "'app/api/'"))
    assert.match(
      (await project.shipit('plan', 'staging', '--app', 'api')).stdout,
      /one of the `paths` is in neither commit/,
    )
    assert.match((await deploy('staging', '--app', 'api', '--changed')).stdout, /is live on web2/)
    writeFileSync(file, text)
    // a line for each start and each outcome
    assert.equal(Number(await runsOf('api', 'web2')), runs + 8)
  })

  test('where an environment comes after another one, nothing is asked of a commit that changes nothing', async () => {
    const newest = await push({ 'apps/web/index.html': 'four' })
    const api = await deploy('production', '--app', 'api', '--commit', newest, '--changed')
    assert.equal(api.status, 0, api.stdout + api.stderr)
    assert.match(api.stdout, /has no changes for this app on web1/)
    const planned = await project.shipit(
      'plan',
      'production',
      '--app',
      'api',
      '--commit',
      newest,
      '--changed',
    )
    assert.deepEqual([planned.status, planned.stderr], [0, ''])
    assert.match(planned.stdout, /so --changed deploys nothing/)
    const web = await deploy('production', '--app', 'web', '--commit', newest, '--changed')
    assert.equal(web.status, 77, web.stdout)
    assert.match(web.stdout + web.stderr, /shipit deploy production --app web --from staging/)
  })
})
