// What programs that look upwards for a project find in the sandbox, which lies in a person's checkout: never that checkout.
// Needs 'npm run build'.
import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import {
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { bin, runShipit } from '../run-node.ts'

/** None of them may find a project. */
const WORDS = [
  'npm ci',
  'npm install',
  'npm run build',
  'rake',
  'git status',
  'git describe --always',
  'git rev-parse HEAD',
  'git -C .. reset --hard',
  'git reset --hard',
  // one that nobody told about the sandbox
  'env -i PATH="$PATH" git reset --hard',
]
const TRY = WORDS.map((words) => `if ${words} >/dev/null 2>&1; then echo it worked: ${words}; fi`)
/** None of these of the checkout may be above: no barrier could stand in their place that is not taken for the commit's own. */
const MARKS = ['pnpm-workspace.yaml', 'go.work', 'node_modules']
const LOOK_UP = `d=$(pwd -P); while [ -n "$d" ]; do for n in ${MARKS.join(' ')}; do [ ! -e "$d/$n" ] || echo "it worked: $d/$n"; done; d=\${d%/*}; done`
const REQUIRE = `node -p 'require("installed")' 2>/dev/null && echo it worked: node`
/** On a host it needs no repository either. */
const ANYWHERE = ['git hash-object page', 'git ls-remote "$OF"']

const CONFIG = `import { defineConfig, git, sandbox, shell } from '@deploybot/shipit'
const text = ${JSON.stringify([...TRY, LOOK_UP, REQUIRE, ...ANYWHERE].join('; '))}
const env = { OF: \`\${import.meta.dirname}/.shipit/sandbox/srv/git/shop.git\` }
export default defineConfig({
  app: 'shop', account: 'deploy-shop', repository: '/srv/git/shop.git', environments: { sandbox: sandbox() },
  steps: [git(), shell(text, { name: 'own', env }), shell(text, { name: 'built', as: 'build', env })],
})
`

describe('within the sandbox', () => {
  const project = realpathSync(mkdtempSync(join(tmpdir(), 'shipit-within-')))
  const inProject = (name: string) => join(project, name)
  const git = (...words: string[]) =>
    execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@localhost', ...words], {
      cwd: project,
      encoding: 'utf8',
    })
  after(() => rmSync(project, { recursive: true }))

  before(() => {
    git('init', '-q', '-b', 'old')
    writeFileSync(inProject('page'), 'committed\n')
    writeFileSync(inProject('.gitignore'), 'node_modules\n')
    git('add', '-A')
    git('commit', '-qm', 'without package.json')
    git('checkout', '-q', '-b', 'new')
    writeFileSync(inProject('deploy.config.ts'), CONFIG)
    writeFileSync(inProject('Rakefile'), 'task :default\n')
    const scripts = { build: 'touch built' }
    writeFileSync(inProject('package.json'), JSON.stringify({ name: 'shop', version: '1.0.0', scripts }))
    const packages = { '': { name: 'shop', version: '1.0.0' } }
    writeFileSync(
      inProject('package-lock.json'),
      JSON.stringify({ name: 'shop', version: '1.0.0', lockfileVersion: 3, packages }),
    )
    writeFileSync(inProject('pnpm-workspace.yaml'), 'packages: []\n')
    writeFileSync(inProject('go.work'), 'go 1.19\n')
    git('add', '-A')
    git('commit', '-qm', 'with one')
    mkdirSync(inProject('node_modules/installed'), { recursive: true })
    writeFileSync(inProject('node_modules/installed/index.js'), '')
    writeFileSync(inProject('page'), 'changed\n')
  })

  it('npm and git of a step fail, and leave the checkout as it is', async () => {
    const { exitCode, stdout, stderr } = await runShipit(['deploy', '--branch', 'old'], { cwd: project })
    assert.equal(exitCode, 0, stdout + stderr)
    assert.doesNotMatch(stdout, /it worked/)
    assert.equal(readFileSync(inProject('page'), 'utf8'), 'changed\n')
    assert.ok(existsSync(inProject('node_modules/installed')))
    assert.equal(existsSync(inProject('built')), false)
    assert.equal(git('status', '--porcelain'), ' M page\n')
  })

  it('where the home cannot hold the trees, npm and git fail all the same', async () => {
    rmSync(inProject('.shipit'), { recursive: true })
    const env = { XDG_CACHE_HOME: '/proc/nowhere' }
    const { exitCode, stdout, stderr } = await runShipit(['deploy', '--branch', 'old'], { cwd: project, env })
    assert.equal(exitCode, 0, stdout + stderr)
    assert.doesNotMatch(stdout, /it worked: (?:npm|git|rake|env)/)
    assert.equal(git('status', '--porcelain'), ' M page\n')
  })

  it('a sandbox of an earlier shipit, which had none of this, gets it with the next command', async () => {
    const manifest = inProject('.shipit/sandbox/package.json')
    rmSync(manifest)
    assert.equal((await runShipit(['status', 'sandbox'], { cwd: project })).exitCode, 0)
    assert.ok(existsSync(manifest))
  })

  it('a checkout of another account is told as such, with the command that allows it', async () => {
    const env = { GIT_TEST_ASSUME_DIFFERENT_OWNER: '1' }
    const fresh = realpathSync(mkdtempSync(join(tmpdir(), 'shipit-fresh-')))
    execFileSync('git', ['init', '-q', fresh])
    const commit = git('rev-parse', '--short', 'new').trim()
    for (const [cwd, ...words] of [
      [project, 'deploy'],
      [project, 'plan'],
      [project, 'deploy', '--commit', commit],
      [fresh, 'init', '--yes'],
    ] as const) {
      const { exitCode, stdout, stderr } = await runShipit(words, { cwd, env })
      assert.equal(exitCode, 69, `${words}: ${stdout + stderr}`)
      assert.match(stderr, /git refuses the checkout of .* since it belongs to another account$/m)
      assert.match(stderr, new RegExp(`^ +git config --global --add safe\\.directory ${cwd}$`, 'm'))
    }
    assert.deepEqual(readdirSync(fresh), ['.git'])
    rmSync(fresh, { recursive: true })
  })

  const skip = process.getuid?.() !== 0 && 'needs root'
  it('a checkout of another account that git was told to allow is copied', { skip }, async () => {
    const home = mkdtempSync(join(tmpdir(), 'shipit-home-'))
    writeFileSync(join(home, '.gitconfig'), `[safe]\n\tdirectory = ${project}\n`)
    chownSync(inProject('.git'), 12_345, 12_345)
    const { exitCode, stderr } = await runShipit(['plan'], {
      cwd: project,
      env: { HOME: home },
    })
    chownSync(inProject('.git'), 0, 0)
    rmSync(home, { recursive: true })
    assert.equal(exitCode, 0, stderr)
  })

  const readOnly = [
    ...[
      '--mount',
      'sh',
      '-c',
      'mount --bind "$0" "$0" && mount -o remount,bind,ro "$0" && cd "$0" && exec "$@"',
    ],
    project,
  ]
  const whyNot = spawnSync('unshare', [...readOnly, 'true']).status !== 0 && 'nothing can be mounted here'
  it('a checkout that cannot be written is told as such, with what to do', { skip: whyNot }, async () => {
    const deploy = () => {
      const words = [...readOnly, process.execPath, bin, 'deploy']
      const { status, stderr } = spawnSync('unshare', words, { encoding: 'utf8' })
      assert.equal(status, 69, stderr)
      assert.match(stderr, new RegExp(`cannot write the sandbox in '${project}/\\.shipit': EROFS`))
      assert.match(stderr, /^ +→ Let your account write .*\n +→ Or copy the checkout /m)
    }
    rmSync(inProject('.shipit'), { recursive: true, force: true })
    deploy()
    // and with a sandbox that is there already
    assert.equal((await runShipit(['status'], { cwd: project })).exitCode, 0)
    deploy()
  })
})
