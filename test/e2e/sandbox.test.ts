// The built CLI as a newcomer has it: in a pipe and in a terminal, on the sandbox, without server, root or account.
import assert from 'node:assert/strict'
import { execFileSync, type SpawnSyncReturns, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import { isWhole } from '../support/whole.ts'
import { makeProject, SHIPIT } from './support/sandbox-project.ts'

const SITE = '.shipit/sandbox/var/codebase'

describe('the sandbox', () => {
  let project: string
  before(() => {
    project = makeProject()
  })
  after(() => rmSync(project, { recursive: true, force: true }))

  const shipit = (args: string[], env: NodeJS.ProcessEnv = {}): SpawnSyncReturns<string> =>
    spawnSync(process.execPath, [SHIPIT, ...args], {
      cwd: project,
      encoding: 'utf8',
      env: { ...process.env, CI: '', LC_ALL: 'C.UTF-8', ...env },
    })

  it('says before the first deploy that nothing was deployed', () => {
    const status = shipit(['status'])
    assert.equal(status.status, 0, status.stderr)
    assert.match(status.stdout, /nothing was deployed here yet/)
  })

  it('deploys the default branch, and prints where the site lies', () => {
    const result = shipit(['deploy'])
    assert.equal(result.status, 0, result.stdout + result.stderr)
    const page = /look at it: (file:\S+)/.exec(result.stdout)?.[1] ?? ''
    assert.match(readFileSync(new URL(page), 'utf8'), /branch <b>master<\/b>/)
    assert.match(result.stdout, /^\[sandbox\] apachectl restart: skipped \(sandbox: not run there\)$/m)
    assert.match(result.stdout, /^\[sandbox\] make html: skipped \(not requested\)$/m)
    for (const line of result.stdout.split('\n').filter((each) => / \| /.test(each)))
      assert.match(line, /^\[sandbox\] /)
  })

  it('builds and publishes the docs of another branch', () => {
    assert.equal(shipit(['deploy', '--docs', '--branch', 'x']).status, 0)
    assert.match(readFileSync(join(project, SITE, 'doc/usage.html'), 'utf8'), /Use it/)
    assert.match(readFileSync(join(project, SITE, 'src/index.html'), 'utf8'), /branch <b>x<\/b>/)
  })

  it('ends with 66 for a branch that is not there, names it, and leaves what is live', () => {
    const before = readFileSync(join(project, SITE, 'src/index.html'), 'utf8')
    const result = shipit(['deploy', '--branch', 'nope'])
    assert.equal(result.status, 66)
    // once in a log, and once for who does not read the log
    for (const text of [result.stdout, result.stderr])
      assert.equal(text.match(/^.*'sandbox' has no branch 'nope'/gm)?.length, 1, text)
    assert.equal(readFileSync(join(project, SITE, 'src/index.html'), 'utf8'), before)
  })

  it('keeps its state from one command to the next', () => {
    const { stdout } = shipit(['status'])
    assert.match(stdout, /live +[0-9a-f]{12} +branch 'x'/)
    assert.match(stdout, /failed in git/)
  })

  const git = (...args: string[]) =>
    execFileSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@b', ...args], {
      cwd: project,
      stdio: 'pipe',
      encoding: 'utf8',
    })

  it('leaves the checkout clean', () => {
    assert.doesNotMatch(git('status', '--porcelain', '--ignored=no'), /\.shipit/)
    assert.equal(git('for-each-ref', '--format=%(refname)'), 'refs/heads/master\nrefs/heads/x\n')
  })

  it('deploys the branch that the checkout is on, and those that the remote alone has', () => {
    git('checkout', '-q', '-b', 'mine')
    writeFileSync(join(project, 'src/mine.html'), 'mine')
    git('add', 'src/mine.html')
    git('commit', '-qm', 'mine')
    git('mv', 'src/mine.html', 'src/theirs.html')
    git('commit', '-qm', 'theirs')
    git('update-ref', 'refs/remotes/origin/theirs', 'mine')
    git('reset', '-q', '--hard', 'mine^')
    try {
      const deployed = shipit(['deploy'])
      assert.equal(deployed.status, 0, deployed.stderr)
      assert.match(deployed.stdout, /branch 'mine'/)
      assert.equal(readFileSync(join(project, SITE, 'src/mine.html'), 'utf8'), 'mine')
      assert.equal(shipit(['deploy', '-b', 'theirs']).status, 0)
      assert.equal(existsSync(join(project, SITE, 'src/mine.html')), false)
      assert.equal(readFileSync(join(project, SITE, 'src/theirs.html'), 'utf8'), 'mine')
      git('checkout', '-q', '--detach', 'x')
      assert.match(shipit(['deploy']).stdout, /branch 'detached-head'/)
    } finally {
      git('checkout', '-q', '-f', 'master')
      git('branch', '-q', '-D', 'mine')
      git('update-ref', '-d', 'refs/remotes/origin/theirs')
    }
    // it is gone in the origin as well
    assert.equal(shipit(['deploy', '-b', 'mine']).status, 66)
  })

  it('warns of what is not committed, and says what only a host can try', () => {
    const page = join(project, 'src/index.html')
    const before = readFileSync(page, 'utf8')
    const fresh = join(project, 'src/new.html')
    writeFileSync(page, 'changed')
    writeFileSync(fresh, 'new')
    const deployed = shipit(['deploy'])
    const other = shipit(['plan', '--branch', 'x'])
    writeFileSync(page, before)
    rmSync(fresh)
    assert.match(
      deployed.stderr,
      /1 changed file and 1 new file are not committed, so these changes are not in the rehearsal/,
    )
    assert.doesNotMatch(other.stderr, /not committed/)
    assert.equal(readFileSync(join(project, SITE, 'src/index.html'), 'utf8'), before)
    assert.match(deployed.stdout, /^not tried here: apachectl restart \(needs root\)$/m)
  })

  it('names no run where none had to begin', () => {
    // the commit that the test before has deployed
    const { stdout, stderr } = shipit(['deploy', '--detach', '--outdated', '--json'])
    assert.deepEqual(
      JSON.parse(stdout),
      { schema: 1, event: 'begun', hosts: { sandbox: 'UP_TO_DATE' } },
      stderr,
    )
  })

  it('says that checks are not run there, where the recipe has one', () => {
    const config = join(project, 'deploy.config.ts')
    const text = readFileSync(config, 'utf8')
    const checked = () => /^ +checks +(.*)$/m.exec(shipit(['status', '--check']).stdout)?.[1]
    assert.equal(checked(), 'none')
    const step = "check('http://localhost/')"
    writeFileSync(
      config,
      text.replace(/\n {2}\],/, `\n    ${step},$&`).replace('defineConfig,', 'check, defineConfig,'),
    )
    assert.equal(checked(), 'not run in the sandbox')
    writeFileSync(config, text)
  })

  it('says whose programs run here when one of them fails', () => {
    const config = join(project, 'deploy.config.ts')
    const text = readFileSync(config, 'utf8')
    writeFileSync(config, text.replace('git(),', "git(), make('nowhere', { as: 'build' }),"))
    const failed = shipit(['deploy'])
    writeFileSync(config, text)
    assert.equal(failed.status, 1, failed.stdout)
    assert.match(failed.stderr, /^→ The sandbox runs the programs of this machine, as you\. On a host, /m)
    assert.match(failed.stdout, /^ +shipit deploy sandbox --branch master$/m)
  })

  it('has nothing to deploy without git or a commit, and says what to do; --demo deploys the demo app there', () => {
    const folder = join(dirname(project), 'elsewhere')
    mkdirSync(folder)
    writeFileSync(join(folder, 'deploy.config.ts'), readFileSync(join(project, 'deploy.config.ts')))
    const run = (...words: string[]) =>
      spawnSync(process.execPath, [SHIPIT, ...words], { cwd: folder, encoding: 'utf8' })
    const without = run('deploy')
    assert.equal(without.status, 78)
    assert.match(
      without.stderr,
      /is not in a checkout of git\n.*\n +git init && .*\n.*\n +shipit deploy sandbox --demo/,
    )
    const config = join(folder, 'deploy.config.ts')
    const text = readFileSync(config, 'utf8')
    writeFileSync(config, text.replace(/\bsandbox: sandbox\(/, 'local: sandbox('))
    assert.match(
      run('deploy', 'local', '--config', 'deploy.config.ts').stderr,
      /^ +shipit deploy local --config deploy\.config\.ts --demo$/m,
    )
    writeFileSync(config, text)
    execFileSync('git', ['init', '-q'], { cwd: folder })
    assert.match(run('deploy').stderr, /has no commit yet/)
    const shallow = join(dirname(project), 'shallow')
    execFileSync('git', ['clone', '-q', '--depth', '1', `file://${project}`, shallow])
    writeFileSync(join(shallow, 'deploy.config.ts'), readFileSync(join(project, 'deploy.config.ts')))
    const cut = spawnSync(process.execPath, [SHIPIT, 'deploy'], { cwd: shallow, encoding: 'utf8' })
    assert.deepEqual([cut.status, /git fetch --unshallow/.test(cut.stderr)], [78, true])
    const demo = run('deploy', '--demo')
    assert.equal(demo.status, 0, demo.stderr)
    assert.match(demo.stdout, /branch 'master'/)
    // what is to be pasted deploys the demo app as well
    writeFileSync(config, text.replace('git(),', "git(), make('nowhere', { as: 'build' }),"))
    const again = /^ +shipit deploy sandbox --branch master --back --demo$/m
    const failed = run('deploy', '--demo', '--back')
    assert.match(failed.stdout, again)
    const [, id = ''] = /run ([0-9a-f]{7})/.exec(failed.stdout) ?? []
    assert.match(run('attach', '--run', id).stdout, /^ +shipit deploy sandbox --branch master .*--demo/m)
    writeFileSync(config, text)
    execFileSync(
      'git',
      ['-c', 'user.name=a', '-c', 'user.email=a@b', 'commit', '-q', '--allow-empty', '-m', 'mine'],
      {
        cwd: folder,
      },
    )
    // from the demo to the checkout, whose commit has no src
    const own = run('deploy')
    assert.equal(own.status, 1, own.stdout)
    assert.match(own.stdout, /the commit has no folder 'src\/'/)
  })

  // the short form: make, which only the docs need
  it('says which program is missing, and how to get it', () => {
    for (const missing of isWhole ? ['rsync', 'make', 'flock'] : ['make']) {
      const bin = realpathSync(mkdtempSync(join(tmpdir(), 'shipit-bin-')))
      for (const program of readdirSync('/usr/bin').filter((each) => each !== missing))
        symlinkSync(join('/usr/bin', program), join(bin, program))
      const result = shipit(['deploy', '--docs'], { PATH: bin })
      assert.equal(result.status, 69, result.stderr)
      assert.match(
        result.stderr,
        new RegExp(`the sandbox needs '${missing}', and this machine does not have it`),
      )
      assert.match(result.stderr, /apt-get install/)
      // make is asked for only by the docs
      if (missing === 'make') assert.notEqual(shipit(['deploy'], { PATH: bin }).status, 69)
      rmSync(bin, { recursive: true })
    }
  })

  it('prints one JSON object on each line with --json, a result last', () => {
    const lines = shipit(['deploy', '--json'])
      .stdout.trim()
      .split('\n')
      .map((line) => JSON.parse(line))
    assert.ok(lines.every((line) => line.schema === 1))
    assert.equal(lines.at(-1).event, 'result')
    assert.ok(lines.some((line) => line.event === 'output' && line.step === 'git'))
    const failed = shipit(['deploy', '--json', '--branch', 'nope'])
    assert.equal(failed.status, 66)
    assert.match(failed.stdout.trim().split('\n').at(-1) ?? '', /SHIPIT_REF_NOT_FOUND/)
  })

  it('refuses flags and words that mean nothing, with 2', () => {
    const always = [['elsewhere'], ['-b', '../x'], ['--host', 'web1']]
    // test/commands/deploy.test.ts has the like of these
    const more = [['--nope'], ['-b', 'a b'], ['--branch', 'x', '--tag', 'y'], ['--branch']]
    for (const args of isWhole ? [...always, ...more] : always) {
      const result = shipit(['deploy', ...args])
      assert.equal(result.status, 2, args.join(' '))
      assert.match(result.stderr, /^error: /)
    }
  })

  it('shows each step as a row in a terminal, and its closing line', () => {
    const result = spawnSync(
      'script',
      ['-qec', `stty cols 100 rows 30; ${process.execPath} ${SHIPIT} deploy --docs --branch x`, '/dev/null'],
      {
        cwd: project,
        encoding: 'utf8',
        env: { ...process.env, CI: '', TERM: 'xterm', LANG: 'C.UTF-8', COLUMNS: '100' },
      },
    )
    assert.equal(result.status, 0, result.stdout)
    const screen = result.stdout.replace(/\u001b\[[0-9;?]*[A-Za-z]/g, '')
    for (const row of [
      '✔ git',
      '✔ rsync src',
      '↓ 1 skipped (not run in the sandbox)',
      '✔ make html',
      "branch 'x'",
      'look at it: file://',
    ]) {
      assert.ok(screen.includes(row), `${row}: ${screen}`)
    }
  })

  describe('with a step that takes as long as it is held', () => {
    let config: string
    let text: string
    let held: string
    before(() => {
      held = join(tmpdir(), `shipit-held-${process.pid}`)
      config = join(project, 'deploy.config.ts')
      text = readFileSync(config, 'utf8')
      const slow = `git(), shell('while [ -e ${held} ]; do sleep 0.1; done', { name: 'wait', phase: 'prepare' }),`
      writeFileSync(config, text.replace('git(),', slow).replace('defineConfig,', 'defineConfig, shell,'))
    })
    after(() => writeFileSync(config, text))

    const status = () => JSON.parse(shipit(['status', '--json']).stdout)
    const untilFree = async () => {
      while (status().status.lock !== 'free') await setTimeout(500)
    }
    const hold = () => writeFileSync(held, '')
    /** Lets the step go on in a second, while this process waits for a command. */
    const letGoSoon = () => spawn('sh', ['-c', `sleep 1; rm ${held}`], { stdio: 'ignore' })
    const begin = async (command = 'deploy') => {
      const client = spawn(process.execPath, [SHIPIT, command], {
        cwd: project,
        env: { ...process.env, CI: '', LC_ALL: 'C.UTF-8' },
        // with no terminal, also where the tests have one
        detached: true,
      })
      let output = ''
      for (const stream of [client.stdout, client.stderr]) {
        stream.on('data', (chunk) => {
          output += chunk
        })
      }
      while (!output.includes('wait: started')) {
        assert.equal(client.exitCode, null, output)
        await setTimeout(20)
      }
      return { client, ended: once(client, 'close'), output: () => output }
    }

    it('a client that hangs up or is killed leaves its run, which others see and wait for', async () => {
      const ways = [
        ['SIGHUP', 130],
        ['SIGKILL', null],
      ] as const
      // the short form: test/hosts/deploy.test.ts kills one
      for (const [signal, code] of isWhole ? ways : ways.slice(0, 1)) {
        hold()
        const { client, ended } = await begin()
        client.kill(signal)
        assert.deepEqual(await ended, [code, code === null ? signal : null])
        const busy = shipit(['deploy'])
        assert.equal(busy.status, 75)
        assert.match(busy.stdout, /in step 'wait'/)
        assert.match(busy.stdout, /^ +shipit deploy sandbox --branch master --wait 15m$/m)
        const attached = await begin('attach')
        rmSync(held)
        assert.deepEqual(await attached.ended, [0, null], attached.output())
        assert.match(attached.output(), /is live on sandbox/)
        assert.equal(status().lastOutcome.outcome, 'succeeded')
      }
    })

    it('a client that is interrupted without a terminal cancels its run', async () => {
      hold()
      const { client, ended, output } = await begin()
      client.kill('SIGINT')
      assert.deepEqual(await ended, [130, null])
      assert.equal(status().lastOutcome.outcome, 'cancelled')
      assert.match(output(), /was cancelled/)
    })

    it('attach only ever leaves, cancel ends', async () => {
      hold()
      assert.match(shipit(['deploy', '--detach']).stdout, /run [0-9a-f]{7} has begun/)
      const watcher = await begin('attach')
      watcher.client.kill('SIGINT')
      assert.deepEqual(await watcher.ended, [130, null])
      // a run that had ended could not be cancelled
      const cancelled = shipit(['cancel'])
      assert.equal(cancelled.status, 0, cancelled.stderr)
      assert.match(cancelled.stdout, /cancelling run .* in step wait/)
      await untilFree()
      assert.equal(status().lastOutcome.outcome, 'cancelled')
    })

    it('--wait begins when the lock is free, and not before', async () => {
      hold()
      const { ended } = await begin()
      letGoSoon()
      assert.equal(shipit(['deploy', '--wait', '60s']).status, 0)
      assert.deepEqual(await ended, [0, null])
    })
  })

  it('history tells who, what and how, newest first; log prints what a run printed, or one step of it', () => {
    const history = shipit(['history', '--limit', '2'])
    assert.equal(history.status, 0, history.stderr)
    assert.match(history.stdout, /^ {2}when .*\n[✔✖↶] .*\n[✔✖↶] .*\n$/)
    const rows = shipit(['history', '--limit', '100', '--json'])
      .stdout.trim()
      .split('\n')
      .map((line) => JSON.parse(line))
    assert.ok(rows.some(({ hosts }) => hosts[0].outcome.outcome === 'failed'))
    assert.equal(new Set(rows.map(({ run }) => run)).size, rows.length)
    assert.equal(shipit(['deploy', '--docs', '--branch', 'x']).status, 0)
    const log = shipit(['log'])
    assert.match(log.stdout, /branch 'x' is at.*building usage.txt/s)
    assert.match(log.stderr, /^run \S+: branch 'x', by \S+, .*, on sandbox\n$/)
    assert.equal(shipit(['log', '--step', 'git']).stdout.split('\n').length, 2)
    assert.match(shipit(['log', '--follow', '--json']).stdout, /"step":"make html"/)
    if (isWhole) assert.equal(shipit(['log', '--run', 'nonsense']).status, 2)
    const typo = shipit(['log', '--step', 'gti'])
    assert.equal(typo.status, 66)
    assert.equal(typo.stdout, '')
    assert.match(typo.stderr, /^error: run \S+ has no step 'gti'\n.*\n.*It has: git, rsync src/m)
    const skipped = shipit(['log', '--step', 'apachectl restart'])
    assert.equal(skipped.status, 66)
    assert.match(skipped.stderr, /^error: step 'apachectl restart' did not run in run /m)
    assert.equal(shipit(['log', '--run', '20200101T000000Z-0000000000000000']).status, 66)
    assert.equal(shipit(['log', '--run', 'last']).stdout, log.stdout)
  })

  it('a freeze stops deploys and names its author and reason until it is ended', () => {
    assert.match(
      shipit(['freeze', '-m', 'release 2.0: until Monday']).stdout,
      /is frozen: release 2\.0: until Monday\n.*End it:\n +shipit unfreeze sandbox$/m,
    )
    const frozen = shipit(['deploy', '--wait', '1h'])
    assert.equal(frozen.status, 75)
    assert.match(frozen.stdout, /is frozen by .*release 2\.0: until Monday/)
    assert.match(shipit(['status']).stdout, /frozen +by .*release 2\.0: until Monday/)
    assert.match(shipit(['unfreeze']).stdout, /codebase is no longer frozen$/m)
    assert.match(shipit(['unfreeze']).stdout, /codebase was not frozen$/m)
    assert.equal(shipit(['deploy']).status, 0)
  })

  it('rollback goes back to what was live before, with its flags', () => {
    // before master, which the test of the freeze has deployed last, the one of the history has deployed x with its docs
    const unasked = shipit(['rollback'])
    assert.equal(unasked.status, 2)
    assert.match(
      unasked.stderr,
      /a rollback to run \S+ \(branch .*\) needs a confirmation\n.*\n +shipit rollback sandbox --to \S+ --yes$/m,
    )
    const back = shipit(['rollback', '--yes'])
    assert.equal(back.status, 0, back.stdout + back.stderr)
    assert.match(readFileSync(join(project, SITE, 'src/index.html'), 'utf8'), /branch <b>x<\/b>/)
    assert.match(back.stdout, /make html: done/)
    assert.match(back.stdout, /^look at it: file:/m)
    assert.match(shipit(['history', '--limit', '1']).stdout, /^↶ .* x --docs .*back to [0-9a-f]{7}$/m)
  })

  it('rollback to a run that failed or is not there says which, with 66; to one that was left it goes, with a warning', () => {
    const history = () =>
      shipit(['history', '--limit', '1', '--json'])
        .stdout.trim()
        .split('\n')
        .map((line) => JSON.parse(line))
    const { from } = history()[0]
    const nowhere = shipit(['deploy', '--branch', 'nope'], { CI: 'true' })
    // a job's log has it once
    assert.deepEqual([nowhere.status, nowhere.stderr], [66, ''])
    assert.match(nowhere.stdout, /'sandbox' has no branch 'nope'/)
    const failed = history()[0].run
    for (const [id, why] of [
      [failed, 'it failed in git'],
      ['20200101T000000Z-0000000000000000', 'no such run there'],
    ]) {
      const { status, stdout, stderr } = shipit(['rollback', '--yes', '--to', id])
      assert.equal(status, 66)
      assert.equal(stdout, '')
      assert.match(stderr, new RegExp(`^error: sandbox can't go back to run ${short(id)}: ${why}`))
    }
    const again = shipit(['rollback', '--yes', '--to', short(from)])
    assert.equal(again.status, 0, again.stdout + again.stderr)
    assert.match(again.stderr, new RegExp(`^warning: run ${short(from)} was rolled back on sandbox$`, 'm'))
  })
})

/** What people are shown of a run's id. */
function short(id: string): string {
  return id.replace(/^\S+-(\S{7}).*$/, '$1')
}

/** A checkout without anything but the config, into which shipit is installed. */
