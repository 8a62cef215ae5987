// The scripts in completion/, in real shells: what a Tab makes of a line. Needs 'npm run build'.
import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { chownSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import { noteRuns } from '../../src/cli/completion/known-names.ts'
import { bin, root, runShipit } from '../run-node.ts'
import { isWhole } from '../support/whole.ts'
import { CTRL_U, Place, SHELLS, type ShellName, TAB, whyNoShell } from './support/shell-line.ts'

/** It is loaded once: each loading leaves a line. What it prints, and what it waits for, reaches nobody. */
const CONFIG = `import { appendFileSync } from 'node:fs'
appendFileSync(new URL('loaded', import.meta.url), 'x')
console.log('NOISE of the config')
try { appendFileSync('/dev/tty', 'NOISE of the config') } catch {}
setInterval(() => {}, 1000)
export default {
  app: 'codebase',
  repository: 'git@git.example.com:codebase.git',
  environments: {
    production: { default: true, hosts: ['web1.example.com', 'web2.example.com', '2001:db8::7'] },
    staging: { hosts: ['stage.example.com'] },
  },
  flags: {
    docs: { char: 'd', summary: 'build and publish the docs' },
    colour: { summary: 'the colour of the page', choices: ['red', 'green'] },
  },
  steps: [{ step: 'git', options: {} }],
}
`
/** A module that names each thing of the network that is used after it. */
const WATCH = `
import dns from 'node:dns'
import net from 'node:net'
import { writeSync } from 'node:fs'
for (const [owner, name] of [[net.Socket.prototype, 'connect'], [dns, 'lookup']])
  owner[name] = () => writeSync(2, 'used ' + name)
`
const RUN = '20261122T120000Z-0a1b2c3d4e5f6071'
/** Names that a shell would run, or take apart. git admits them. */
const HOSTILE = [
  'x$(touch$IFS./ran)',
  'x`touch$IFS./ran`',
  'x;touch$IFS./ran',
  "x'y",
  'x"y',
  'x&&touch',
  'x|y',
  'x{a,b}',
  'x!y',
  'x<y',
  '-x',
]

let place: Place
before(() => {
  place = new Place(CONFIG)
  place.git('init', '-q', '-b', 'main')
  place.git('-c', 'user.name=a', '-c', 'user.email=a@b', 'commit', '-q', '--allow-empty', '-m', 'x')
  for (const name of ['feature/one#2', 'release-1.0', ...HOSTILE])
    place.git('update-ref', `refs/heads/${name}`, 'HEAD')
  place.git('tag', 'v1.2.3')
})
after(() => place.remove())

/** What a Tab makes of a line, as words of shipit. */
const LINES: readonly [typed: string, words: readonly string[]][] = [
  ['shipit depl@', ['deploy']],
  ['shipit deploy prod@', ['deploy', 'production']],
  ['shipit deploy --out@', ['deploy', '--outdated']],
  ['shipit deploy --col@gr@', ['deploy', '--colour', 'green']],
  ['shipit deploy --colour=gr@', ['deploy', '--colour=green']],
  ['shipit deploy --host web1@', ['deploy', '--host', 'web1.example.com']],
  ['shipit deploy staging --host st@', ['deploy', 'staging', '--host', 'stage.example.com']],
  ['shipit deploy --host=2001:@', ['deploy', '--host=2001:db8::7']],
  ['shipit deploy -b feat@', ['deploy', '-b', 'feature/one#2']],
  ["shipit deploy -b 'feat@", ['deploy', '-b', 'feature/one#2']],
  ['shipit deploy --branch=rel@', ['deploy', '--branch=release-1.0']],
  ['shipit deploy --tag v@', ['deploy', '--tag', 'v1.2.3']],
  ['shipit attach --run 0a1@', ['attach', '--run', '0a1b2c3']],
  ['shipit attach --run 202@', ['attach', '--run', RUN]],
  ['shipit rollback --to 0a@', ['rollback', '--to', '0a1b2c3']],
  ['shipit trust 2001:@', ['trust', '2001:db8::7']],
  ['shipit config --config dep@', ['config', '--config', 'deploy.config.mjs']],
  ['true && shipit completion z@', ['zsh']],
]

/** Lines that each shell takes apart in its own way; of the others each shell has its share, and all of them in the long form. */
const OWN_WAY = /=|['#]|feat|&&/

for (const [turn, shell] of SHELLS.entries())
  describe(`completion in ${shell}`, { skip: whyNoShell(shell) }, () => {
    test('completes commands, flags, environments, hosts, refs, runs and files', async () => {
      noteRun()
      const lines = LINES.filter(([typed]) => !typed.includes('completion')).filter(
        ([typed], index) => isWhole || OWN_WAY.test(typed) || index % SHELLS.length === turn,
      )
      const { calls, shown } = await place.type(
        shell,
        lines.map(([typed]) => `${typed.replaceAll('@', TAB)}\r`),
      )
      assert.deepEqual(
        calls,
        lines.map(([, words]) => [...words]),
        shown,
      )
      assert.doesNotMatch(shown, /NOISE/)
    })

    test('runs nothing that was typed', async () => {
      // zsh's own Tab expands such a word if the cursor stands behind it, whatever the command
      const atCursor = [
        'shipit deploy $(touch ran)',
        'shipit deploy `touch ran`',
        'shipit deploy "$(touch ran)',
        'shipit deploy --branch "`touch ran` ',
      ]
      const lines = [
        ...(shell === 'zsh' ? [] : atCursor),
        'shipit --config "$(touch ran)" deploy --ho',
        'shipit deploy --config=$(touch ran) --host ',
        'shipit $(touch ran) ',
        "shipit deploy '$(touch ran)' --",
        'shipit deploy <(touch ran) ',
      ]
      const { calls } = await place.type(
        shell,
        lines.map((line) => `${line}${TAB}${TAB}${CTRL_U}`),
      )
      assert.deepEqual(calls, [])
      assert.equal(existsSync(join(place.project, 'ran')), false)
    })

    test('offers no name that a shell would read as more than a word', async () => {
      const { calls, shown } = await place.type(shell, [
        [`shipit deploy --branch ${TAB}${TAB}`, 'release-1.0', CTRL_U],
        `shipit deploy --branch x${TAB}\r`,
        `shipit deploy --branch -x${TAB}\r`,
      ])
      assert.match(shown, /release-1\.0/)
      for (const name of HOSTILE.slice(0, -1)) assert.ok(!shown.includes(name), name)
      assert.deepEqual(calls, [
        ['deploy', '--branch', 'x'],
        ['deploy', '--branch', '-x'],
      ])
      assert.equal(existsSync(join(place.project, 'ran')), false)
    })

    test('says nothing where there is no shipit', async () => {
      const { shown } = await place.type(shell, [`PATH=/nowhere shipit dep${TAB}${CTRL_U}`])
      assert.doesNotMatch(shown, /not found|No such/)
    })
  })

/** As a command does that hosts have told of a run. */
function noteRun(): void {
  const config = { file: join(place.project, 'deploy.config.mjs'), recipe: { app: 'codebase' } }
  const { HOME } = process.env
  process.env.HOME = place.home
  try {
    noteRuns(config, 'production', [{ run: RUN, ref: { kind: 'branch', name: 'main' }, user: 'alice' }])
  } finally {
    process.env.HOME = HOME
  }
}

const NO_NETWORK = `--import=data:text/javascript,${encodeURIComponent(WATCH)}`

/** Asks as a shell does; it says nothing on stderr, and contacts no host. */
function answer(shell: ShellName, ...words: string[]): string[] {
  const line = shell === 'bash' ? [`shipit ${words.join(' ')}`, ' \t\n"\'><=;|&(:'] : words
  const { stdout, stderr } = spawnSync(
    process.execPath,
    [bin, 'completion', '--answer', shell, '--', ...line],
    { cwd: place.project, env: { ...place.env, NODE_OPTIONS: NO_NETWORK }, encoding: 'utf8' },
  )
  assert.equal(stderr, '')
  return stdout.split('\n').filter((each) => each !== '')
}

describe('an answer to a shell', () => {
  test('loads a config once, and again when it was changed', () => {
    const loaded = join(place.project, 'loaded')
    const file = join(place.project, 'deploy.config.mjs')
    answer('bash', 'deploy', '')
    writeFileSync(loaded, '')
    for (const _ of [1, 2, 3]) assert.ok(answer('bash', 'deploy', '').includes('production'))
    assert.equal(readFileSync(loaded, 'utf8'), '')
    writeFileSync(file, CONFIG.replace('staging:', 'rehearsal:'))
    assert.ok(answer('bash', 'deploy', '').includes('rehearsal'))
    assert.equal(readFileSync(loaded, 'utf8'), 'x')
  })

  test('runs no config that somebody else may have written', {
    skip: process.getuid?.() !== 0 && 'needs root',
  }, () => {
    const others = join(place.project, 'others')
    mkdirSync(others)
    const file = join(others, 'deploy.config.mjs')
    writeFileSync(file, CONFIG)
    chownSync(file, 4711, 4711)
    assert.deepEqual(answer('fish', 'deploy', '--config', 'others/deploy.config.mjs', ''), [])
    assert.equal(existsSync(join(others, 'loaded')), false)
  })

  test('waits for no config that never ends, and tries it once', () => {
    const slow = join(place.project, 'slow.mjs')
    writeFileSync(
      slow,
      `import { appendFileSync } from 'node:fs'\nappendFileSync(new URL('slow', import.meta.url), 'x')\nfor (;;) {}\n`,
    )
    for (const _ of [1, 2]) assert.deepEqual(answer('fish', 'deploy', '--config', 'slow.mjs', ''), [])
    assert.equal(readFileSync(join(place.project, 'slow'), 'utf8'), 'x')
  })

  test('leaves nothing of a config behind when a person does not wait', async () => {
    const file = join(place.project, 'endless.mjs')
    writeFileSync(
      file,
      `import { writeFileSync } from 'node:fs'\nwriteFileSync(new URL('pid', import.meta.url), String(process.pid))\nfor (;;) {}\n`,
    )
    const words = [bin, 'completion', '--answer', 'fish', '--', 'deploy', '--config', 'endless.mjs', '']
    const child = spawn(process.execPath, words, { cwd: place.project, env: place.env, stdio: 'ignore' })
    const closed = once(child, 'close')
    const pid = join(place.project, 'pid')
    while (!existsSync(pid) || readFileSync(pid, 'utf8') === '') await setTimeout(10)
    child.kill('SIGINT')
    await closed
    const isThere = () => existsSync(`/proc/${readFileSync(pid, 'utf8')}`)
    while (isThere()) await setTimeout(10)
  })

  test('keeps what it knows to the person alone, and offers nothing of it that is not a word', () => {
    const folder = join(place.home, '.cache/shipit/completion')
    assert.equal(statSync(folder).mode & 0o777, 0o700)
    for (const file of readdirSync(folder)) assert.equal(statSync(join(folder, file)).mode & 0o777, 0o600)
    const [names = ''] = readdirSync(folder).filter(
      (file) => file.endsWith('names.json') && readFileSync(join(folder, file), 'utf8').includes('rehearsal'),
    )
    const note = JSON.parse(readFileSync(join(folder, names), 'utf8'))
    note.apps[0].environments = HOSTILE.map((name) => ({
      name,
      hosts: [`${name}\n${name}`, `\x1b]0;${name}`],
    }))
    writeFileSync(join(folder, names), JSON.stringify(note))
    for (const shell of SHELLS) {
      assert.deepEqual(answer(shell, 'deploy', ''), [])
      assert.deepEqual(answer(shell, 'trust', ''), [])
    }
    writeFileSync(join(folder, names), '{"broken')
    assert.ok(
      answer('fish', 'deploy', '').some((line) => line.startsWith('production\t3 hosts, the default')),
    )
  })

  test('is about the words, where there is no config', () => {
    const { stdout } = spawnSync(
      process.execPath,
      [bin, 'completion', '--answer', 'fish', '--', 'deploy', '--outd'],
      {
        cwd: '/',
        env: place.env,
        encoding: 'utf8',
      },
    )
    assert.match(stdout, /^--outdated\tdeploy only to the hosts/m)
  })
})

test('the scripts are what shipit completion prints, and a shell is named', async () => {
  for (const shell of SHELLS) {
    const { stdout, exitCode } = await runShipit(['completion', shell])
    assert.equal(exitCode, 0)
    assert.equal(stdout, readFileSync(join(root, 'completion', `shipit.${shell}`), 'utf8'))
  }
  const { stderr, exitCode } = await runShipit(['completion', 'tcsh'])
  assert.equal(exitCode, 2)
  assert.match(stderr, /bash, zsh, fish/)
})
