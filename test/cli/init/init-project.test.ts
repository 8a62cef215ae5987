// `shipit init` in fifteen repositories: each config loads, compiles and fits on a screen.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, describe, test } from 'node:test'
import { initProject } from '../../../src/cli/init/init-project.ts'
import { readConfigs } from '../../../src/config/load/read-config.ts'
import { compileRecipe } from '../../../src/recipe/compile.ts'
import { nameConfigInCommands } from '../../../src/words/command.ts'
import { makeSample, SAMPLES } from '../../init/support/samples.ts'
import { runShipit } from '../../run-node.ts'
import { checkJsonLines } from '../../support/json-lines.ts'

const MOST_LINES = 25
const SNAPSHOTS = join(import.meta.dirname, '../../init/snapshots/configs.txt')

describe('init', () => {
  const written = new Map<string, string>()
  // the config that was loaded
  afterEach(() => nameConfigInCommands(undefined))
  for (const [name, sample] of Object.entries(SAMPLES)) {
    test(`writes a config that loads and compiles: ${name}`, async () => {
      const folder = makeSample(sample)
      const { file, unread } = await initProject(folder, { ...sample.given, isAsking: false })
      const text = readFileSync(file, 'utf8')
      assert.ok(text.trimEnd().split('\n').length <= MOST_LINES, text)
      assert.match(text, /\/\/ its name on the host/)
      const [{ recipe }] = await readConfigs(file)
      const compiled = join(folder, 'recipe.sh')
      writeFileSync(compiled, compileRecipe(recipe, '0'))
      const { status, stderr } = spawnSync('sh', ['-n', compiled], { encoding: 'utf8' })
      assert.equal(status, 0, stderr)
      const left = unread.map(({ file: of, line, text: words, why }) => `// ${of}:${line} ${words}: ${why}\n`)
      written.set(name, text + left.join(''))
      rmSync(dirname(folder), { recursive: true, force: true })
    })
  }

  test('the configs are those that were looked at', () => {
    const text = [...written].map(([name, config]) => `===== ${name}\n${config}`).join('\n')
    if (process.env.SHIPIT_SNAPSHOTS === 'write') writeFileSync(SNAPSHOTS, text)
    assert.equal(text, readFileSync(SNAPSHOTS, 'utf8'))
    assert.equal(written.size, 16)
  })

  test('has the types that the package exports, also where a project knows nothing of TypeScript', () => {
    const folder = mkdtempSync(join(tmpdir(), 'shipit-types-'))
    try {
      const files = [...written.values()].map((text, index) => {
        writeFileSync(join(folder, `${index}.mts`), text)
        return `${index}.mts`
      })
      const root = join(import.meta.dirname, '../../..')
      const settings = {
        extends: join(root, 'tsconfig.json'),
        compilerOptions: { types: [] },
        include: [],
        files,
      }
      writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(settings))
      const tsc = join(root, 'node_modules/typescript/bin/tsc')
      const { stdout } = spawnSync(process.execPath, [tsc, '-p', folder], { encoding: 'utf8' })
      assert.deepEqual(
        stdout.split('\n').filter((line) => /^\S*\d\.mts\(/.test(line)),
        [],
      )
    } finally {
      rmSync(folder, { recursive: true })
    }
  })

  test('never overwrites a config, of whatever ending', async () => {
    for (const name of ['deploy.config.ts', 'deploy.config.mjs']) {
      const folder = makeSample({ files: { [name]: 'mine' } })
      await assert.rejects(initProject(folder, { isAsking: false }), /exists here, and was not changed/)
      assert.equal(readFileSync(join(folder, name), 'utf8'), 'mine')
      assert.equal(existsSync(join(folder, 'deploy.config.ts')), name === 'deploy.config.ts')
    }
  })

  test('refuses words that no config can have, and leaves nothing behind', async () => {
    for (const given of [
      { hosts: ['a b'] },
      { app: 'Not A Name' },
      { repository: 'https://token@git.example.com/x.git' },
      { script: 'nowhere.sh' },
      { branch: 'a b' },
      { user: 'a b' },
    ]) {
      const folder = makeSample({ files: { 'index.html': '' } })
      await assert.rejects(initProject(folder, { ...given, isAsking: false }), { code: 'SHIPIT_USAGE' })
      assert.equal(existsSync(join(folder, 'deploy.config.ts')), false)
    }
  })

  test('blames a name that was given, and not a placeholder that is made of it', async () => {
    const folder = makeSample({ files: { 'index.html': '' } })
    await assert.rejects(initProject(folder, { app: 'Bad App', isAsking: false }), {
      message: /^cannot write a config: app must be at most 24 .*, for example 'bad-app'$/,
    })
    await assert.rejects(initProject(folder, { branch: 'a b', isAsking: false }), {
      message: "'a b' is not a branch that can be deployed: it has ' '",
    })
  })

  test('names a config of a folder above, which commands there used before', async () => {
    const folder = makeSample({ files: { 'index.html': '', 'web/index.html': '' } })
    assert.doesNotMatch((await runShipit(['init', '--yes'], { cwd: folder })).stdout, /above this folder/)
    const { exitCode, stdout } = await runShipit(['init', '--yes'], { cwd: join(folder, 'web') })
    assert.equal(exitCode, 0)
    assert.match(
      stdout,
      /^! there is a config above this folder, too: '\.\.\/deploy\.config\.ts'\. Commands that are run here use/m,
    )
  })

  test('the command asks nothing without a terminal, tells what is left out, and names three commands', async () => {
    const { "the original's bash script": original } = SAMPLES
    const cwd = makeSample(original ?? { files: {} })
    const run = await runShipit(['init', '--host', 'web1'], { cwd })
    assert.deepEqual([run.exitCode, run.stderr], [0, ''])
    assert.match(
      run.stdout,
      /^✔ wrote deploy\.config\.ts, \d+ lines: codebase, a deploy script \(deploy\.sh\)$/m,
    )
    assert.match(run.stdout, /^ {2}38 {2}php bin\/console cache:warm/m)
    assert.deepEqual(
      run.stdout.match(/^ +shipit .*$/gm)?.map((line) => line.trim()),
      ['shipit deploy sandbox', 'shipit install production --as admin', 'shipit deploy production'],
    )
    const again = await runShipit(['init'], { cwd })
    assert.equal(again.exitCode, 78)
    assert.match(again.stderr, /never overwrites/)
  })

  test('--json says what was written, what is not in the recipe and what is left to do, or why nothing was', async () => {
    const { "the original's bash script": original } = SAMPLES
    const cwd = makeSample(original ?? { files: {} })
    const run = await runShipit(['init', '--json'], { cwd })
    assert.deepEqual([run.exitCode, run.stderr], [0, ''])
    const [told = {}] = checkJsonLines(run.stdout)
    assert.deepEqual([told.event, told.app, told.from], ['init', 'codebase', 'deploy.sh'])
    assert.match(JSON.stringify(told.unread), /"line":38,"text":"php bin\/console cache:warm/)
    assert.match(JSON.stringify(told.notes), /fill in your server/)
    const again = await runShipit(['init', '--json'], { cwd })
    const [error] = checkJsonLines(again.stdout)
    assert.deepEqual([again.exitCode, error?.event, error?.code], [78, 'error', 'SHIPIT_CONFIG'])
  })

  test('a manifest that is broken is named, and the rest is looked at', async () => {
    const folder = makeSample({ files: { 'package.json': '{', 'public/index.html': '' } })
    const run = await runShipit(['init', '--yes'], { cwd: folder })
    assert.equal(run.exitCode, 0, run.stderr)
    assert.match(run.stdout, /a site of plain files[\s\S]*! package\.json is not valid JSON/)
  })

  test('a password of a remote is neither written nor shown', async () => {
    const folder = makeSample({
      files: {},
      git: { remotes: { origin: 'https://bob:s3cret@git.example.com/acme/shop.git' } },
    })
    const run = await runShipit(['init', '--yes'], { cwd: folder })
    assert.equal(run.exitCode, 0, run.stderr)
    assert.match(run.stdout, /has a password or token in it/)
    assert.doesNotMatch(
      run.stdout + run.stderr + readFileSync(join(folder, 'deploy.config.ts'), 'utf8'),
      /s3cret/,
    )
  })
})
