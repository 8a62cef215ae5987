// Whoever can push to an allowed branch runs code in a build step. Under the build account it must harm nothing but its own build.
import assert from 'node:assert/strict'
import { after, afterEach, before, test } from 'node:test'
import { makeRunId } from '../../src/protocol/request.ts'
import { hostsSuite } from '../hosts/support/lab.ts'
import { AttackedHost, RUNNER, STATE } from './support/attacked-host.ts'
import { EVIL_BUILDS, type EvilBuild, evilScript } from './support/evil-builds.ts'

const LIMIT_SECONDS = 12
const MAX_LOG_BYTES = 5_000_000
const STEPS = `
  git(),
  make('html', { in: 'doc', out: '_build/html', as: 'build', timeout: ${LIMIT_SECONDS} }),
  rsync({ from: 'doc/_build/html/', to: '/var/codebase/doc/', delete: true }),
`

hostsSuite('evil builds', { hosts: 1, diskSize: '2g' }, (lab) => {
  const host = new AttackedHost(lab, STEPS)
  before(async () => {
    await host.prepare()
    for (const name of Object.keys(EVIL_BUILDS) as EvilBuild[]) {
      await push(
        name,
        `printf 'html:\\n\\t@python3 evil.py\\n' >doc/Makefile; cat >doc/evil.py`,
        evilScript(name),
      )
    }
    // without a view of its own a build sees the shell that calls it: the worse case
    await host.root('chmod 0700 /usr/bin/unshare')
    // this test's own bound, so that the disk is not filled before it acts
    const supervisor = '/usr/local/libexec/shipit/run'
    await host.root(
      `grep -q '^MAX_LOG_BYTES=' ${supervisor} && sed -i 's/^MAX_LOG_BYTES=.*/MAX_LOG_BYTES=${MAX_LOG_BYTES}/' ${supervisor}`,
    )
  })
  after(() => host.remove())

  async function push(branch: string, change: string, input = ''): Promise<void> {
    const script = `set -e; rm -rf /root/work; git clone -q -b master /srv/git/codebase.git /root/work; cd /root/work; git checkout -q -b evil/${branch}
      ${change}
      git add -A; git -c user.name=a -c user.email=a@b commit -qm evil; git push -q -f origin evil/${branch}`
    const pushed = await lab.exec('web1', script, { input })
    assert.equal(pushed.status, 0, pushed.stderr)
  }

  async function deploy(
    branch: string,
  ): Promise<{ status: number | null; output: string; outcome: string; seconds: number }> {
    const run = makeRunId()
    const began = Date.now()
    const result = await host.alice(
      // the end of it: one that fills the log says more than a string holds
      `{ sudo -n -u deploybot ${RUNNER} 'deploy --run ${run} --app codebase --branch ${branch} --back'; echo $? >/tmp/status; } |
        tail -c 100000000; exit "$(cat /tmp/status)"`,
      90_000,
    )
    const outcome = await host.root(`grep '"event":"outcome".*${run}' ${STATE}/history`)
    return { status: result.status, output: result.stdout, outcome, seconds: (Date.now() - began) / 1000 }
  }

  // whatever a build did, the next deploy of master is as it should be, and nothing of it is left
  afterEach(async () => {
    assert.equal(await host.root('pgrep -u build-codebase -l || true'), '', 'processes of the build account')
    const { status, output } = await deploy('master')
    assert.equal(status, 0, output)
    assert.doesNotMatch(output, /PLANTED/)
    assert.match(await host.root('cat /var/codebase/doc/index.html'), /branch master/)
    assert.equal(
      await host.root(
        "find / -xdev \\( -name 'planted*' -o -path '/var/codebase/*' -perm /6000 -o -path '/var/codebase/*' -type p \\) -not -path '/proc/*'",
      ),
      '',
    )
    assert.equal(await host.root('cd /var/codebase/src && ls -A'), '')
    assert.equal(
      await host.root(`wc -l <${STATE}/history; ls ${STATE}/tree`),
      String(2 * Number(await host.root(`ls ${STATE}/runs | wc -l`))),
    )
  })

  for (const name of ['reach-out', 'daemons', 'plant-at-home', 'close-folders'] as const) {
    test(name, async () => {
      const { status, output } = await deploy(`evil/${name}`)
      assert.equal(status, 0, output)
      assert.deepEqual(
        output.split('\n').filter((row) => row.startsWith('BROKE')),
        [],
      )
    })
  }

  for (const name of ['kill-parents', 'ignore-term', 'stop-the-clock'] as const) {
    test(name, async () => {
      const { status, outcome, seconds } = await deploy(`evil/${name}`)
      assert.equal(status, 1)
      assert.match(outcome, name === 'kill-parents' ? /"outcome":"failed"/ : /"outcome":"timed-out"/)
      assert.ok(seconds < LIMIT_SECONDS + 50, `${seconds} s`)
    })
  }

  for (const name of ['fill-the-log', 'fill-the-log-deaf'] as const) {
    test(name, async () => {
      const { status, outcome } = await deploy(`evil/${name}`)
      assert.equal(status, 1)
      assert.match(outcome, /"reason":"log-full"/)
      const run = /"run":"([^"]+)"/.exec(outcome)?.[1]
      const bytes = Number(await host.root(`wc -c <${STATE}/runs/${run}/log`))
      // what comes in the second until the supervisor looks
      assert.ok(bytes < MAX_LOG_BYTES + 1_200_000_000, `${bytes} bytes`)
      await host.root(`: >${STATE}/runs/${run}/log`)
    })
  }

  test('huge-file', async () => {
    const { status, outcome } = await deploy('evil/huge-file')
    assert.equal(status, 1)
    assert.match(outcome, /"outcome":"(?:failed|timed-out)"/)
    assert.ok(
      Number(await host.root("df --output=pcent / | tail -n 1 | tr -d ' %'")) < 90,
      'the disk is not full any more',
    )
  })

  for (const name of [
    'feed-odd',
    'feed-links',
    'feed-absolute',
    'feed-hard-links',
    'feed-devices',
    'feed-rubbish',
  ] as const) {
    test(name, async () => {
      const kept = await host.root(`stat -c '%h %s' ${STATE}/mirror.git/config; stat -c %h ${STATE}/history`)
      const { status, output } = await deploy(`evil/${name}`)
      assert.equal(status, name === 'feed-odd' ? 0 : 1, output)
      assert.match(output, name === 'feed-rubbish' ? /tar/ : /fed \d+/)
      assert.equal(
        await host.root(`stat -c '%h %s' ${STATE}/mirror.git/config; stat -c %h ${STATE}/history`),
        kept,
      )
      assert.equal(await host.root('find /var/codebase ! -type f ! -type d'), '')
      assert.equal(await host.root('grep -rl \'"event"\' /var/codebase || true'), '')
    })
  }

  test('a commit whose out folder is a link to production', async () => {
    const before = await host.root('ls -la --time-style=full-iso /var/codebase/src')
    await push(
      'link',
      "git rm -q --cached .gitignore; rm .gitignore; ln -s /var/codebase/src doc/_build; printf 'html:\\n\\t@rm -f _build; mkdir -p _build/html; echo ok >_build/html/index.html\\n' >doc/Makefile",
    )
    assert.equal((await deploy('evil/link')).status, 0)
    assert.equal(await host.root('ls -la --time-style=full-iso /var/codebase/src'), before)
  })

  test('a commit whose build folder is a link to production', async () => {
    const before = await host.root('ls -la --time-style=full-iso /var/codebase/src')
    await push('folder', 'git rm -qr doc; rm -rf doc; ln -s /var/codebase/src doc')
    assert.equal((await deploy('evil/folder')).status, 1)
    assert.equal(await host.root('ls -la --time-style=full-iso /var/codebase/src'), before)
  })
})
