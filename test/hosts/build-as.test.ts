// Refs of different trust on a real host: each has the build account that a rule of the policy gives it.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { makeRunId } from '../../src/protocol/request.ts'
import { hostsSuite } from './support/lab.ts'
import { Project } from './support/project.ts'

const STEPS = `
  git(),
  make('html', { in: 'doc', out: '_build/html', as: 'build' }),
  rsync({ from: 'doc/_build/html/', to: '/var/codebase/doc/', delete: true }),
`
const UNTRUSTED = 'build-codebase_untrusted'

hostsSuite('a rule that says buildAs', { hosts: 1 }, (lab) => {
  const project = new Project({
    lab,
    hosts: ['web1'],
    steps: STEPS,
    allow: `[{ group: 'deployers' }, { group: 'leads', branches: ['evil/*'], tags: ['v*'], buildAs: 'untrusted' }]`,
  })
  before(async () => {
    await lab.scenario('web1')
    await project.install('web1')
    await lab.output(
      'web1',
      `set -e; git clone -q -b master /srv/git/codebase.git /root/work; cd /root/work
      printf 'html:\\n\\t@mkdir -p _build/html; id -un >_build/html/who; test ! -e slow || sleep 300\\n' >doc/Makefile
      git add -A; git -c user.name=a -c user.email=a@b commit -qm who; git tag v1; git tag w1
      git checkout -q -b evil/slow; touch doc/slow; git add -A; git -c user.name=a -c user.email=a@b commit -qm slow
      git push -q origin master master:evil/x evil/slow v1 w1`,
    )
  })
  after(() => project.remove())

  const send = (request: string) =>
    lab.exec('web1', `sudo -n -u deploybot /usr/local/libexec/shipit/runner '${request}'`, { user: 'alice' })

  test('builds its refs under an account of their own, whoever deploys them, and all others as before', async () => {
    for (const [ref, account] of [
      ['--branch evil/x', UNTRUSTED],
      ['--branch master', 'build-codebase'],
      ['--tag v1', UNTRUSTED],
      ['--tag w1', 'build-codebase'],
    ] as const) {
      const { status, stdout } = await send(`deploy --run ${makeRunId()} --app codebase ${ref} --back`)
      assert.equal(status, 0, stdout)
      assert.equal(await lab.output('web1', 'cat /var/codebase/doc/who'), account, ref)
    }
  })

  test('keeps the places of its accounts apart', async () => {
    const place = (name: string) => lab.output('web1', `stat -c '%a %U:%G' /var/lib/shipit/build/${name}`)
    assert.equal(await place('codebase'), '1770 root:build-codebase')
    assert.equal(await place('codebase_untrusted'), `1770 root:${UNTRUSTED}`)
    const { stdout } = await send('doctor --app codebase')
    assert.ok(
      stdout.includes(`(${UNTRUSTED}) NOSETENV: NOPASSWD: /usr/local/libexec/shipit/build codebase stop`),
      stdout,
    )
  })

  test('is known to a cancel, which leaves nothing of it', async () => {
    const run = makeRunId()
    const running = send(`deploy --run ${run} --app codebase --branch evil/slow --back`)
    await lab.output('web1', `until pgrep -u ${UNTRUSTED} sleep; do sleep 0.05; done`)
    await send(`cancel --run ${run} --app codebase`)
    assert.equal((await running).status, 130)
    const left = await lab.output(
      'web1',
      `pgrep -u ${UNTRUSTED} | head; find /var/lib/shipit/build -mindepth 2`,
    )
    assert.equal(left, '')
  })

  test('is all in place for --check, and gone with the app', async () => {
    const script = project.installScript()
    assert.match(
      script,
      /# {5}build-codebase_untrusted\n# {9}runs the build steps of branches evil\/\*, tags v\*: anyone /,
    )
    const checked = await lab.exec('web1', ['sh', '-s', '--', '--check'], { input: script })
    assert.equal(checked.stdout, 'check: nothing differs\n')
    const removed = await lab.exec('web1', ['sh', '-s', '--', '--purge'], { input: script })
    assert.equal(removed.status, 0, removed.stderr)
    assert.equal(
      await lab.output(
        'web1',
        'getent shadow | grep -E "^(build-|shipit-)" | grep -vc ":!.*:1:$" || true; ls -d /var/lib/shipit 2>/dev/null || true',
      ),
      '0',
    )
  })
})
