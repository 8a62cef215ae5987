// The main job on a real host: the original scenario, over real sshd and sudo, as a developer without sudo.
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { existsSync, globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import { makeRunId } from '../../src/protocol/request.ts'
import { hostsSuite, type Lab } from './support/lab.ts'
import { Project } from './support/project.ts'

/** Lists a tree as TYPE MODE PATH TARGET, with a checksum for each file; modes as git knows them. */
const LIST = `find . -mindepth 1 \\( -type l -printf 'l - %P %l\\n' \\) -o \\( -type d -printf 'd - %P\\n' \\) \\
  -o \\( -type f -perm /111 -printf 'f x %P\\n' \\) -o -printf 'f - %P\\n' | LC_ALL=C sort
find . -type f -print0 | LC_ALL=C sort -z | xargs -0 sha256sum`

async function tree(lab: Lab, folder: string): Promise<string> {
  return lab.output('web1', `cd ${folder} && ${LIST}`)
}

async function commitTree(lab: Lab, ref: string): Promise<string> {
  return lab.output(
    'web1',
    `rm -rf /root/want && mkdir /root/want && git --git-dir /srv/git/codebase.git archive ${ref} src | tar -x -C /root/want && cd /root/want/src && ${LIST}`,
  )
}

hostsSuite('a deploy to a real host', { hosts: 1 }, (lab) => {
  let project: Project
  before(async () => {
    await lab.scenario('web1')
    project = new Project({ lab, hosts: ['web1'] })
  })
  after(() => project.remove())

  // that a second time changes nothing: test/hosts/install.test.ts
  test('root installs what shipit prints', async () => {
    assert.match(await project.install('web1'), /install: done$/)
    await lab.output('web1', 'visudo -cq')
  })

  test('leaves a trail in syslog, of refusals too, and waits for none that hangs; history tells since when', async () => {
    // the lab has no syslog: a logger that takes long, and writes down what it was given
    await lab.output(
      'web1',
      `[ ! -e /usr/bin/logger ] || mv /usr/bin/logger /usr/bin/logger.real; install -m 666 /dev/null /run/trail
printf '%s\n' '#!/bin/sh' 'printf "%s\n" "$*" >>/run/trail; sleep 300' >/usr/bin/logger; chmod 755 /usr/bin/logger`,
    )
    const began = Date.now()
    const day = new Date(began).toISOString().slice(0, 10)
    assert.equal((await project.shipit('deploy')).status, 0)
    assert.equal((await project.shipit('freeze', '--message', 'a test')).status, 0)
    assert.equal((await project.shipit('deploy')).status, 75)
    assert.equal((await project.shipit('unfreeze')).status, 0)
    await lab.exec('web1', 'shipit-gate "hello; id"', { user: 'alice' })
    assert.ok(Date.now() - began < 280_000)
    await eventually(async () => (await lab.output('web1', 'cat /run/trail')).split('\n').length >= 6)
    const trail = await lab.output('web1', 'cat /run/trail')
    const from = '-t shipit -p authpriv.notice -- app=codebase'
    for (const line of [
      new RegExp(
        `^${from} run=\\d{8}T\\d{6}Z-[0-9a-f]{16} by=alice verb=deploy branch=master outcome=started digest=[0-9a-f]{64}`,
        'm',
      ),
      new RegExp(
        `^${from} run=\\d{8}T\\d{6}Z-[0-9a-f]{16} by=alice branch=master commit=[0-9a-f]{40} outcome=succeeded exit=0$`,
        'm',
      ),
      new RegExp(`^${from} by=alice verb=freeze reason=a_test outcome=frozen$`, 'm'),
      new RegExp(
        `^${from} run=\\d{8}T\\d{6}Z-[0-9a-f]{16} by=alice verb=deploy branch=master outcome=refused reason=frozen$`,
        'm',
      ),
      new RegExp(`^${from} by=alice verb=unfreeze outcome=unfrozen$`, 'm'),
      /^-t shipit -p authpriv.notice -- by=alice outcome=refused reason=request$/m,
    ])
      assert.match(trail, line)
    await lab.output('web1', 'rm -f /usr/bin/logger')
    assert.equal((await project.shipit('deploy')).status, 0, 'without a logger nothing fails')
    await lab.output('web1', '[ ! -e /usr/bin/logger.real ] || mv /usr/bin/logger.real /usr/bin/logger')
    const since = await project.shipit('history', '--since', day, '--json')
    assert.equal(since.stdout.trimEnd().split('\n').length, 2, since.stdout)
    assert.equal((await project.shipit('history', '--since', '2999-01-01', '--json')).stdout, '')
    assert.equal((await project.shipit('history', '--since', 'monday')).status, 2)
  })

  test('deploys x with docs, swap, a tag and master again: tree, site, docs and restart are right each time', async () => {
    const restarts = async () =>
      Number(
        await lab.output('web1', "grep -c 'resuming normal operations' /var/log/apache2/error.log || true"),
      )
    const page = (path: string) =>
      lab.output('web1', `curl -s --retry 5 --retry-connrefused http://localhost${path}`)
    for (const [words, ref, version, docs] of [
      [['--docs', '--branch', 'x'], 'x', 'x 3', 'branch x, version 3'],
      [['--branch', 'swap'], 'swap', 'swap 5', 'branch x, version 3'],
      [['--tag', 'v2', '-d', '--back'], 'v2', 'master 2', 'branch master, version 2'],
      [[], 'master', 'master 4', 'branch master, version 2'],
    ] as const) {
      const before = await restarts()
      const result = await project.shipit('deploy', 'production', ...words)
      assert.equal(result.status, 0, result.stdout + result.stderr)
      assert.equal(await tree(lab, '/var/codebase/src'), await commitTree(lab, ref), ref)
      assert.equal(await page('/app'), version)
      assert.match(await page('/index.html'), new RegExp(docs))
      assert.ok((await restarts()) > before, 'apache was restarted')
    }
    assert.equal(await lab.output('web1', 'stat -c %h /var/codebase/doc/index.html'), '3')
  })

  test('status and history name who, what, when; nobody else but sudo says who', async () => {
    const { stdout, status } = await project.shipit('status')
    assert.equal(status, 0)
    assert.match(stdout, /live +[0-9a-f]{12} +branch 'master'/)
    assert.match(stdout, /succeeded.*by alice/)
    const json = JSON.parse((await project.shipit('status', '--json')).stdout)
    assert.equal(json.lastRun.user, 'alice')
    assert.equal(json.status.lock, 'free')
  })

  test('a branch that is not there ends with 66, names the branch and touches nothing', async () => {
    const before = await tree(lab, '/var/codebase/src')
    const result = await project.shipit('deploy', 'production', '--branch', 'nope')
    assert.equal(result.status, 66)
    assert.match(result.stdout, /no branch 'nope'/)
    assert.equal(await tree(lab, '/var/codebase/src'), before)
  })

  test('a step that fails ends the run with 1: later steps do not run, the screen and the status say which', async () => {
    await push(lab, 'broken', "printf 'html:\\n\\t@echo cannot find sphinx; exit 3\\n' >doc/Makefile")
    const result = await project.shipit('deploy', 'production', '--docs', '--branch', 'broken')
    assert.equal(result.status, 1)
    assert.match(result.stdout, /\[web1\] make html \| .*cannot find sphinx/)
    assert.match(result.stdout, /^x web1: make html failed with status 2/m)
    assert.match(result.stdout, /not run: rsync doc\/_build\/html/)
    assert.match((await project.shipit('status')).stdout, /failed in make html/)
    assert.match(
      await lab.output('web1', 'tail -n 1 /var/lib/shipit/apps/codebase/history'),
      /"outcome":"failed".*"step":"make html","status":2/,
    )
  })

  test('of two deploys at once one runs, and the other ends with 75 and names holder, step and age', async () => {
    await push(
      lab,
      'slow',
      "printf 'html:\\n\\t@sleep 3; mkdir -p _build/html; echo slow >_build/html/index.html\\n' >doc/Makefile",
    )
    const first = project.spawn('deploy', 'production', '--docs', '--branch', 'slow')
    const ended = once(first, 'close')
    await untilStep(lab, 'make html')
    const second = await project.shipit('deploy', 'production')
    assert.equal(second.status, 75)
    assert.match(second.stdout, /alice has been deploying branch 'slow' for \d+ s, now in step 'make html'/)
    assert.deepEqual(await ended, [0, null])
  })

  test('a client that is killed leaves its run: it succeeds, the lock is free, the next deploy works', async () => {
    const client = project.spawn('deploy', 'production', '--docs', '--branch', 'slow')
    await untilStep(lab, 'make html')
    client.kill('SIGKILL')
    await once(client, 'close')
    assert.match((await project.shipit('status')).stdout, /held by alice|run .* in make html/)
    await untilEnded(lab)
    assert.match(
      await lab.output('web1', 'tail -n 1 /var/lib/shipit/apps/codebase/history'),
      /"outcome":"succeeded"/,
    )
    assert.equal(await lab.output('web1', 'cat /var/codebase/doc/index.html'), 'slow')
    assert.equal((await project.shipit('deploy', 'production')).status, 0)
  })

  test('the same request sent again attaches to its run', async () => {
    const run = makeRunId()
    const session = randomBytes(16).toString('hex')
    const request = `shipit-gate deploy --run ${run} --app codebase --branch slow --docs --session ${session}`
    const [first, second] = await Promise.all([
      lab.ssh('alice@web1', request),
      lab.ssh('alice@web1', request),
    ])
    assert.deepEqual([first.status, second.status], [0, 0], first.stderr + second.stderr)
    const afterHello = (answer: string) => answer.trimStart().split('\n').slice(1).join('\n')
    assert.equal(afterHello(first.stdout), afterHello(second.stdout))
    const lines = await lab.output('web1', `grep -c ${run} /var/lib/shipit/apps/codebase/history`)
    assert.equal(lines, '2')
  })

  test('alice has no other way to be deploybot or root, and cannot read what the host keeps', async () => {
    const commands = [
      'sudo -n true',
      'sudo -n -u deploybot id',
      'sudo -n -u deploybot /bin/sh',
      'sudo -n -u build-codebase id',
      'sudo -n -u deploybot /usr/local/libexec/shipit/run x',
      'sudo -n -u deploybot FOO=x /usr/local/libexec/shipit/runner hello',
      'sudo -n /usr/local/libexec/shipit/runner hello',
      'cat /var/lib/shipit/apps/codebase/history',
      'ls /var/lib/shipit/apps/codebase',
      'flock -n /etc/shipit/apps/codebase/lock true',
      'echo >>/etc/shipit/apps/codebase/recipe',
      'echo x >/var/codebase/src/x',
    ]
    const requests = ["'hello --session x'", "'status --app codebase; id'", 'status --app codebase', "''", '']
    // each in a shell of its own, all in one login
    const ways = [
      ...commands,
      ...['hello', ...requests].map(
        (words) => `sudo -n -u deploybot /usr/local/libexec/shipit/runner ${words}`,
      ),
    ].map((way) => `sh -c '${way.replaceAll("'", "'\\''")}' >/dev/null 2>&1 </dev/null; echo $?`)
    const { stdout } = await lab.ssh('alice@web1', ways.join('\n'))
    const statuses = stdout.trim().split('\n').map(Number)
    assert.equal(statuses.length, ways.length, stdout)
    for (const [index, command] of commands.entries()) assert.notEqual(statuses[index], 0, command)
    assert.deepEqual(statuses.slice(commands.length), [0, ...requests.map(() => 77)])
  })

  test('an account may be in groups of any order', async () => {
    await lab.output(
      'web1',
      'groupadd -g 60001 late && groupadd -g 60000 early && usermod -aG late,early deploybot',
    )
    const { status, stderr } = await project.shipit('status')
    assert.equal(status, 0, stderr)
    // sudo lets its caller choose any of them for what is written (sudoers(5)): the first one counts
    const chosen = await lab.ssh(
      'alice@web1',
      `sudo -n -u deploybot -g early /usr/local/libexec/shipit/runner 'status --app codebase'`,
    )
    assert.match(chosen.stderr, /called with other groups/)
    await lab.output('web1', 'groupdel late && groupdel early')
  })

  test('who is in no group of the policy is turned away', async () => {
    await lab.output('web1', 'gpasswd -d bob deployers')
    const bob = new Project({ lab, hosts: ['web1'], user: 'bob' })
    const result = await bob.shipit('deploy', 'production')
    assert.equal(result.status, 77)
    assert.match(
      result.stdout,
      /'web1' refused the request: no app on this host has a group that this account is in(?:.*\n)+> To see what is missing there:\n {4}shipit doctor production\n/,
    )
    // which itself has another advice
    const doctor = await bob.shipit('doctor', 'production')
    assert.match(doctor.stdout, /broken: 'web1' refused the request: .*\n +> Have root compare /)
    await lab.output('web1', 'gpasswd -a bob deployers')
    bob.remove()
  })

  test('what the policy does not allow is refused, and what it allows is not', async () => {
    const strict = new Project({
      lab,
      hosts: ['web1'],
      allow: "[{ group: 'deployers', branches: ['master', 'release/*'], tags: [] }]",
    })
    await strict.install('web1')
    const refused = await strict.shipit('deploy', 'production', '--branch', 'x')
    assert.equal(refused.status, 77)
    assert.match(refused.stdout, /policy on 'web1' does not allow you to deploy branch 'x'/)
    assert.equal((await strict.shipit('deploy', 'production')).status, 0)
    // and with another recipe than the host's the client is told so
    const drifted = await project.shipit('deploy', 'production')
    assert.equal(drifted.status, 78)
    assert.match(drifted.stdout, /recipe on 'web1' differs from yours/)
    await project.install('web1')
    strict.remove()
  })

  test('the build account has no way to what is live, to the log or to the lock', async () => {
    const attempts = [
      'echo x >/var/codebase/src/hacked',
      'cat /var/lib/shipit/apps/codebase/history',
      'ls /var/lib/shipit/apps/codebase',
      'sudo -n /usr/sbin/apachectl restart',
      'sudo -n -l',
      'flock -n /etc/shipit/apps/codebase/lock true',
      ': >>/proc/self/fd/9',
    ]
    const makefile = `html:\\n${attempts.map((attempt) => `\\t@if (${attempt}) >/dev/null 2>&1; then echo BROKE OUT; fi\\n`).join('')}\\t@id -un; mkdir -p _build/html; (setsid sleep 60 &) ; echo ok >_build/html/index.html\\n`
    await push(lab, 'hostile', `printf '${makefile}' >doc/Makefile`)
    const result = await project.shipit('deploy', 'production', '--docs', '--branch', 'hostile')
    assert.equal(result.status, 0, result.stdout)
    assert.match(result.stdout, /make html \| build-codebase/)
    assert.doesNotMatch(result.stdout, /BROKE OUT/)
    // nothing of the build account is left
    assert.equal(await lab.output('web1', 'pgrep -u build-codebase | wc -l'), '0')
  })
})

async function push(lab: Lab, branch: string, change: string): Promise<void> {
  await lab.output(
    'web1',
    `set -e; rm -rf /root/work; git clone -q -b master /srv/git/codebase.git /root/work; cd /root/work; git checkout -q -b ${branch}
    ${change}
    git -c user.name=a -c user.email=a@b commit -qam ${branch}; git push -q -f origin ${branch}`,
  )
}

/** Waits until the host's newest run is in a step. */
async function untilStep(lab: Lab, step: string): Promise<void> {
  const root = await lab.path('web1')
  const state = (file: string) => join(root, 'var/lib/shipit/apps/codebase', file)
  await eventually(async () => {
    const run = `runs/${readFileSync(state('current'), 'utf8').trim()}`
    const last = globSync(state(`${run}/step.*`))
      .sort()
      .at(-1)
    return (
      last !== undefined &&
      !existsSync(state(`${run}/ended`)) &&
      readFileSync(last, 'utf8').endsWith(` ${step}\n`)
    )
  })
}

/** Waits until the host's newest run has ended, and its lock is free. */
async function untilEnded(lab: Lab): Promise<void> {
  await lab.output(
    'web1',
    `cd /var/lib/shipit/apps/codebase; until [ -e "runs/$(cat current)/ended" ]; do sleep 0.1; done
    flock -w 20 /etc/shipit/apps/codebase/lock true`,
  )
}

async function eventually(holds: () => Promise<boolean>): Promise<void> {
  for (const end = Date.now() + 120_000; ; ) {
    if (await holds()) return
    assert.ok(Date.now() < end, 'did not happen within 120 s')
    await setTimeout(50)
  }
}
