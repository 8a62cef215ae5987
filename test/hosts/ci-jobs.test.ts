// Jobs of a CI system on real hosts: what they leave in the history, what they show, and what becomes of a run whose job is cancelled,
// killed or out of time, with the signals that each system sends.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { eventually, FaultHost } from '../faults/support/fault-host.ts'
import { GITHUB, GITLAB } from '../support/ci-variables.ts'
import { hostsSuite } from './support/lab.ts'

const STEPS = `git(), shell('hold prepare', { name: 'prepare', phase: 'prepare' }), shell('hold publish', { name: 'publish' }),
    shell('printf "::set-output name=x::y\\\\n##vso[task.complete]\\\\n::add-mask::e\\\\n"', { name: 'hostile' })`

type Job = {
  exit: number | null
  signal: NodeJS.Signals | null
  log: string
  summary: string
  outputs: string
}

hostsSuite('a job of a CI system', { hosts: 2 }, (lab) => {
  let host: FaultHost
  before(async () => {
    host = await FaultHost.make(lab, 'web1', { hosts: ['web1', 'web2'], steps: STEPS })
    await lab.scenario('web2')
    await lab.output('web2', 'mkdir -p /srv/hold; cat >/usr/bin/hold; chmod 755 /usr/bin/hold', {
      input: readFileSync(host.path('/usr/bin/hold'), 'utf8'),
    })
    // the same commits on both
    const repository = 'srv/git/codebase.git'
    rmSync(join(await lab.path('web2'), repository), { recursive: true })
    execFileSync('cp', ['-a', host.path(repository), join(await lab.path('web2'), repository)])
    await host.project.install('web2')
  })
  after(() => host.remove())

  let count = 0
  /** Starts a job, whose stdout and stderr are one log, as a runner has them. */
  const start = (env: Readonly<Record<string, string>>, argv: readonly string[]) => {
    count += 1
    const file = (name: string) => join(host.project.folder, `${name}-${count}`)
    for (const name of ['summary', 'outputs']) writeFileSync(file(name), '')
    const child = lab.spawnCtl(argv, {
      cwd: host.project.folder,
      env: {
        ...env,
        GITHUB_STEP_SUMMARY: file('summary'),
        GITHUB_OUTPUT: file('outputs'),
        GITHUB_REF_NAME: 'x',
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    let log = ''
    for (const stream of [child.stdout, child.stderr]) stream?.on('data', (bytes) => (log += bytes))
    const ended = once(child, 'close').then(([exit, signal]): Job => {
      const [summary, outputs] = ['summary', 'outputs'].map((name) => readFileSync(file(name), 'utf8'))
      return { exit, signal, log, summary: summary ?? '', outputs: outputs ?? '' }
    })
    return { child, ended, log: () => log }
  }
  const shipit = (...words: string[]) => [process.execPath, host.project.program, ...words]
  /** Starts one that deploys to one host, and waits until it is in the step. */
  const startInto = async (step: 'prepare' | 'publish', argv: readonly string[]) => {
    await host.hold(step)
    const before = host.run
    const job = start(GITHUB, argv)
    const run = await host.untilIn(step, before)
    await eventually('the log says so', () => job.log().includes(`${step}: started`))
    return { ...job, run }
  }
  const deploy = () => shipit('deploy', 'production', '--host', 'web1')
  const isCancelled = (run: string) => {
    assert.deepEqual([host.outcome(run)?.outcome, host.outcome(run)?.by], ['cancelled', 'alice'])
    assert.ok(host.isFree)
  }

  describe('one after the other', { concurrency: false }, () => {
    for (const [system, env] of Object.entries({ GITHUB, GITLAB })) {
      for (const hosts of [['--host', 'web1'], []]) {
        test(`on ${system}, with ${hosts.length === 0 ? 'two hosts' : 'one'}: groups, and no command of a host`, async () => {
          const { exit, log, summary, outputs } = await start(env, shipit('deploy', 'production', ...hosts))
            .ended
          assert.equal(exit, 0, log)
          const lines = log.split('\n')
          assert.equal(
            lines.filter((line) => line.includes('::set-output name=x::y')).length,
            hosts.length === 0 ? 2 : 1,
            log,
          )
          for (const line of lines) {
            if (/set-output|add-mask/.test(line)) assert.match(line, /^\[web[12]\] hostile \| ::/)
            assert.doesNotMatch(line, /##vso\[/)
          }
          const name = 'codebase: branch .master.'
          if (env === GITHUB) {
            assert.match(log, /^::group::web1: hostile\n(?:\[web1\].*\n){3}::endgroup::\n/m)
            assert.match(summary, new RegExp(`^### ✔ ${name} to production\n`))
            assert.match(summary, /^\| {2}\| publish \| .* \| done \| {2}\|$/m)
            assert.match(outputs, /^run=\S+\ncommit=[0-9a-f]{40}\ndeployed=true\n$/)
          } else {
            assert.match(
              log,
              /^\x1b\[0Ksection_start:\d+:shipit_\w+\[collapsed=true\]\r\x1b\[0Kweb1: hostile\n/m,
            )
            assert.equal(summary + outputs, '')
          }
        })
      }
    }

    test('the history has who started it, as what the client says, apart from the account', async () => {
      const { stdout } = await host.project.shipit('history', 'production', '--host', 'web1', '--json')
      const [newest] = stdout.split('\n').map((line) => line && JSON.parse(line))
      assert.equal(newest.user, 'alice')
      assert.match(
        newest.claimed,
        /^actor=alice,run=https:\/\/gitlab\.example\.com\/.*,workflow=deploy_production$/,
      )
      const shown = await host.project.shipit('history', 'production', '--host', 'web1')
      assert.match(
        shown.stdout,
        /\(says: actor=octocat,run=https:\/\/github\.com\/octo-org\/shop\/actions\/runs\//,
      )
      const only = ['production', '--host', 'web1']
      await host.push('master', 'echo more >more')
      assert.equal((await host.project.shipit('deploy', ...only)).status, 0)
      const rolledBack = await start(GITHUB, shipit('rollback', ...only, '--yes')).ended
      assert.equal(rolledBack.exit, 0, rolledBack.log)
      const { stdout: last } = await host.project.shipit('history', ...only, '--json')
      const [own, person] = last.split('\n').map((line) => line && JSON.parse(line))
      assert.deepEqual([own.claimed?.slice(0, 13), person.claimed], ['actor=octocat', undefined])
    })

    test('a step that fails is an error of the page, and its last lines stand unfolded at the end', async () => {
      await lab.output('web1', 'mv /usr/bin/hold /usr/bin/hold.kept')
      const { exit, log, summary } = await start(GITHUB, deploy()).ended
      await lab.output('web1', 'mv /usr/bin/hold.kept /usr/bin/hold')
      assert.equal(exit, 1)
      assert.match(
        log,
        /^::error title=codebase%3A branch 'master' failed::web1: prepare failed with status 127 after /m,
      )
      assert.match(log.split('::endgroup::').at(-1) ?? '', /^ {2}web1 \| .*hold.*not found/m)
      assert.match(summary, /^\| {2}\| prepare \| .* \| failed with status 127 \| {2}\|$/m)
    })

    // a `run:` is a file for this command, and signals go to this process alone: actions/runner, ProcessInvoker.cs
    const inBash = (line: string) => {
      const file = join(host.project.folder, 'step.sh')
      writeFileSync(file, line)
      return ['bash', '--noprofile', '--norc', '-eo', 'pipefail', file]
    }

    test('cancelled as GitHub does it, SIGINT to the shell of the step: with exec it is shipit, and the run ends', async () => {
      const { child, ended, run } = await startInto('prepare', inBash(`exec ${deploy().join(' ')}`))
      child.kill('SIGINT')
      const { exit, log, summary } = await ended
      assert.equal(exit, 130, log)
      isCancelled(run)
      assert.equal(log.split('::group::').length, log.split('::endgroup::').length, log)
      assert.match(summary, /\*\*cancelled\*\*/)
      await host.release('prepare')
    })

    test('without exec the shell keeps the signal to itself: the run goes on', async () => {
      const { child, ended, run } = await startInto('prepare', inBash(`${deploy().join(' ')}\necho done`))
      for (const signal of ['SIGINT', 'SIGTERM'] as const) child.kill(signal)
      await host.release('prepare')
      await ended
      assert.equal(host.outcome(run)?.outcome, 'succeeded')
    })

    test('cancelled with SIGTERM, as GitLab does it: the run ends after the step that publishes', async () => {
      const { child, ended, run } = await startInto('publish', deploy())
      child.kill('SIGTERM')
      await eventually('the host knows', () => host.state(`runs/${run}/cancel`) !== '')
      await host.release('publish')
      assert.equal((await ended).exit, 130)
      isCancelled(run)
    })

    test('signalled and killed before the step that publishes has ended: the run still ends after it', async () => {
      const { child, ended, run } = await startInto('publish', deploy())
      child.kill('SIGTERM')
      await eventually('the host knows', () => host.state(`runs/${run}/cancel`) !== '')
      child.kill('SIGKILL')
      assert.equal((await ended).signal, 'SIGKILL')
      assert.ok(!host.ended(run))
      await host.release('publish')
      await host.untilEnded(run)
      isCancelled(run)
    })

    test('killed without a signal before: the run goes on to its end, and the next job waits for it', async () => {
      const { child, ended, run } = await startInto('prepare', deploy())
      child.kill('SIGKILL')
      assert.equal((await ended).signal, 'SIGKILL')
      const refused = await start(GITHUB, deploy()).ended
      assert.equal(refused.exit, 75, refused.log)
      assert.match(refused.log, /^::error title=.*::.*web1/m)
      const next = start(GITHUB, [...deploy(), '--wait', '5m'])
      await eventually('it waits', () => /\[web1\] waiting/.test(next.log()))
      await host.release('prepare')
      assert.equal((await next.ended).exit, 0, next.log())
      assert.equal(host.outcome(run)?.outcome, 'succeeded')
    })

    test('out of time (timeout(1)): the run ends', async () => {
      await host.hold('prepare')
      const before = host.run
      // a start takes about a second
      const job = start(GITHUB, ['timeout', '--kill-after=60', '15', ...deploy()])
      const run = await host.untilIn('prepare', before)
      const { exit, log } = await job.ended
      assert.equal(exit, 124, log)
      isCancelled(run)
      await host.release('prepare')
    })
  })
})
