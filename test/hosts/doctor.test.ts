// doctor on a real host that is in order, and on the same one broken in many ways, one after the other.
import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { patient } from '../support/patience.ts'
import { wholeOnly } from '../support/whole.ts'
import { BREAKS, LIBEXEC, STATE } from './support/doctor-breaks.ts'
import { hostsSuite } from './support/lab.ts'
import { isOverOpenssh, Project } from './support/project.ts'

/** Over the program ssh it is not known what a host says to these two: docs/ssh.md. */
const UNTOLD =
  /(?: +boundary\n)?(?: +! warning: no answer to the test of forwarding of .*\n){2} +> Try it by hand.*\n/
const withoutUntold = (stdout: string) =>
  isOverOpenssh ? stdout.replace(UNTOLD, '').replace(', 2 warnings', '') : stdout

hostsSuite('doctor', { hosts: 1 }, (lab) => {
  let project: Project
  let bare: Awaited<ReturnType<Project['shipit']>>
  let inTheWay: typeof bare
  before(async () => {
    await lab.scenario('web1')
    project = new Project({ lab, hosts: ['web1'] })
    bare = await project.shipit('doctor', '--verbose')
    await lab.output('web1', 'chown bob /var/codebase; chmod 0777 /var/codebase/src')
    inTheWay = await project.shipit('doctor')
    await lab.output('web1', 'chown root /var/codebase; chmod 0755 /var/codebase/src')
    await project.install('web1')
  })
  after(() => project.remove())

  test('says once of a bare host that shipit is not there, and what matters before an install', () => {
    assert.equal(bare.status, 1, bare.stdout)
    assert.equal(bare.stdout.match(/broken:/g)?.length, 1, bare.stdout)
    assert.match(
      bare.stdout,
      /broken: shipit is not installed on 'web1' yet\n *[→>] To install it .*\n *shipit install production --to ADMIN@web1\n/,
    )
    for (const line of [
      /ok: programs: all \d+ that install and deploys need/,
      /ok: space: \d+ MiB free/,
      /ok: folders: nothing stands in the way of \/var\/codebase\/src/,
    ])
      assert.match(bare.stdout, line)
    // nobody would judge a try there
    assert.doesNotMatch(bare.stdout, /hostile|refused, as/)
    assert.match(
      inTheWay.stdout,
      /\/var\/codebase belongs to 'bob', and \/var\/codebase\/\S+ lies in it\n(?:.*:\n)? *.*chown root: \/var\/codebase\n/,
    )
    assert.match(inTheWay.stdout, /[0-9] ok, 2 broken$/m)
  })

  test('is three lines for a good host without --verbose', async () => {
    const { status, stdout } = await project.shipit('doctor')
    assert.equal(status, 0, stdout)
    assert.match(
      withoutUntold(stdout),
      /^codebase in production\n\nweb1\n {2}\d+ ok, \d+ refused as they should be\n$/,
    )
  })

  test('has nothing to complain of on a good host, and tells what an ordinary account may', async () => {
    const { status, stdout, stderr } = await project.shipit('doctor', '--verbose')
    assert.equal(status, 0, stdout + stderr)
    assert.doesNotMatch(withoutUntold(stdout), /broken|warning/)
    for (const line of [
      /ok: address: [0-9.]+:22(?:, round trip [0-9.]+ ms, by ssh2|, by the program ssh)/,
      /ok: host key: ssh-ed25519 SHA256:\S+, known by '.*known_hosts' line 1/,
      /ok: login: as 'alice' with ssh-ed25519 SHA256:\S+ of '/,
      /ok: recipe: the same as yours/,
      /ok: files: \d+ files and folders are as root installed them/,
      /ok: deploybot: only the group deploybot, (?:\/usr)?\/sbin\/nologin, its password locked/,
      /ok: sudo rules of deploybot: the 4 commands of the recipe, word for word/,
      /ok: sudo rules of alice: nothing but '\(deploybot\) NOPASSWD: \/usr\/local\/libexec\/shipit\/runner'/,
      /ok: account: 'alice' has a shell, .*; sudoers is what limits it/,
      /refused, as expected: 20 hostile requests to the gate/,
      /refused, as expected: a login as 'deploybot'/,
      /refused, as expected: a login as 'build-codebase'/,
      /ok: space: \d+ MiB of \d+ MiB free on \//,
    ])
      assert.match(stdout, line)
  })

  test('proves on demand that sudo refuses all but the runner, and says so for programs', async () => {
    const { status, stdout } = await project.shipit('doctor', '--prove', '--json')
    assert.equal(status, 0, stdout)
    const told = JSON.parse(stdout)
    assert.deepEqual([told.event, told.host, told.sound], ['host-doctor', 'web1', true])
    const refused = told.findings.filter((each: { verdict: string }) => each.verdict === 'refused')
    assert.ok(refused.filter((each: { text: string }) => each.text.startsWith('sudo -n')).length >= 12)
  })

  for (const turn of BREAKS) {
    test(`names ${turn.map(({ what }) => what).join(', ')}, and what to do`, async () => {
      await lab.output('web1', turn.map(({ breaks }) => breaks).join('\n'))
      try {
        const { status, stdout } = await project.shipit('doctor', '--verbose')
        for (const { names, todo } of turn) {
          assert.match(stdout, names)
          // the same advice for lines one after the other stands once, below the last of them
          const [, after = ''] = stdout.split(names)
          assert.match(turn.length > 1 ? after : after.split('\n').slice(0, 3).join('\n'), todo)
        }
        assert.equal(status, 1)
      } finally {
        await lab.output('web1', turn.map(({ mends }) => mends).join('\n'))
      }
    })
  }

  test('names a full disk, and that builds have no view of their own', async () => {
    await lab.diskFull('web1', 8192)
    await lab.output('web1', 'chmod 0700 /usr/bin/unshare')
    const { status, stdout } = await project.shipit('doctor', '--verbose')
    await lab.diskFree('web1')
    await lab.output('web1', 'chmod 0755 /usr/bin/unshare')
    assert.match(stdout, /warning: this host gives a build no view of its own: .*ermission denied/)
    assert.match(stdout, /broken: only \d+ MiB of \d+ MiB free on \/\n.*Make space on \//)
    assert.equal(status, 1)
  })

  test('names a recipe that is another one than the config’s: install --diff shows it, deploy --allow-drift goes on', async () => {
    const steps = "git(), rsync({ from: 'src/', to: '/var/codebase/src/', delete: false })"
    const other = new Project({ lab, hosts: ['web1'], steps })
    try {
      const { status, stdout } = await other.shipit('doctor', '--verbose')
      assert.match(
        stdout,
        /broken: the recipe differs from yours .*deploys are refused\n.*\n.*shipit install production --diff/,
      )
      assert.equal(status, 1)

      const diff = await other.shipit('install', '--diff')
      assert.equal(diff.status, 1)
      const [said, ...changes] = diff.stdout.trimEnd().split('\n')
      assert.equal(said, 'web1: a different recipe: deploys from here are refused')
      assert.ok(
        changes.includes("  - step 'apachectl restart': root(['/usr/sbin/apachectl', 'restart'])"),
        diff.stdout,
      )
      assert.match(
        diff.stdout,
        /^ {2}- deploybot as root: \/usr\/sbin\/apachectl restart\n {8}exactly these words .*$/m,
      )
      // the steps that stay are not shown, whatever their numbers
      assert.doesNotMatch(diff.stdout, /git\(\)|step_/)
      const raw = await other.shipit('install', '--diff', '--raw')
      assert.match(
        raw.stdout,
        /^-\tsync_tree 'src\/' '\/var\/codebase\/src\/' 'delete'|^-.*sync_tree.* delete/m,
      )
      assert.match(raw.stdout, /^\+\tsync_tree.* keep/m)
      const told = JSON.parse((await other.shipit('install', '--diff', '--json')).stdout)
      assert.deepEqual([told.host, told.equal, told.drift], ['web1', false, true])
      const same = await project.shipit('install', '--diff')
      assert.deepEqual([same.status, same.stdout], [0, 'web1: + the recipe is the same as here\n'])

      // that a deploy without it is refused: test/hosts/deploy.test.ts
      const allowed = await other.shipit('deploy', '--allow-drift')
      assert.equal(allowed.status, 0, allowed.stdout + allowed.stderr)
      assert.match(allowed.stderr, /--allow-drift: each host runs the recipe that root installed on it/)
      const history = await lab.output('web1', `tail -n 2 ${STATE}/history`)
      assert.match(history, /"digest":"unasked".*\n.*"outcome":"succeeded"/)
    } finally {
      other.remove()
    }
  })

  test('is content with an account for deploys alone, and names what sshd grants it too much', async () => {
    const bobs = new Project({ lab, hosts: ['web1'], user: 'bob' })
    const key = readFileSync(`${lab.key('bob')}.pub`, 'utf8').trim()
    const allow = (options: string) =>
      lab.output('web1', `cat >$(echo ~bob)/.ssh/authorized_keys`, {
        input: `${options},command="${LIBEXEC}/gate" ${key}\n`,
      })
    await lab.output('web1', 'cp -p ~bob/.ssh/authorized_keys /root/bob.keys')
    try {
      await allow('restrict')
      const good = await bobs.shipit('doctor', '--verbose')
      assert.equal(good.status, 0, good.stdout)
      for (const thing of [
        'a shell',
        'another command \\(id\\)',
        'files with scp',
        'files with sftp',
        'a terminal',
        'forwarding of ports to the host',
        'forwarding of ports from the host',
        ...(isOverOpenssh ? [] : ['forwarding of the agent', 'forwarding of X11']),
        '20 hostile requests to the gate',
      ])
        assert.match(good.stdout, new RegExp(`refused, as expected: ${thing}\n`))

      await allow('no-pty')
      const open = await bobs.shipit('doctor', '--verbose')
      assert.match(open.stdout, /broken: 'bob' is for deploys only, and got forwarding/)
      assert.match(open.stdout, /`restrict,command=/)
      assert.equal(open.status, 1)
    } finally {
      await lab.output('web1', 'cp -p /root/bob.keys ~bob/.ssh/authorized_keys')
      bobs.remove()
    }
  })

  test(
    'is content with an account that shipit made, and names the shell that it has once its wall is gone',
    wholeOnly,
    async () => {
      const carols = new Project({ lab, hosts: ['web1'], user: 'carol' })
      const config = join(carols.folder, 'deploy.config.ts')
      const key = readFileSync(`${lab.key('alice')}.pub`, 'utf8').trim()
      const text = readFileSync(config, 'utf8')
      writeFileSync(config, text.replace('defineConfig({', `defineConfig({ people: { carol: ['${key}'] },`))
      const reload = 'kill -HUP $(cat /run/sshd.pid) && sleep 0.3'
      try {
        await carols.install('web1')
        const good = await carols.shipit('doctor', '--verbose')
        assert.equal(good.status, 0, good.stdout)
        assert.match(good.stdout, /refused, as expected: a shell\n/)
        assert.match(good.stdout, /ok: sudo rules of carol: cannot be checked without a shell/)

        await lab.output(
          'web1',
          `cp /etc/ssh/sshd_config.d/50-shipit.conf /root && printf 'Match User carol\\n AuthorizedKeysFile /etc/ssh/open\\n' >/etc/ssh/sshd_config.d/50-shipit.conf
        sed 's/^restrict.*ssh-ed25519/ssh-ed25519/' /etc/ssh/authorized_keys.d/carol >/etc/ssh/open; ${reload}`,
        )
        const open = await carols.shipit('doctor', '--verbose')
        assert.match(
          open.stdout,
          /broken: 'carol' is for deploys only, and got a shell\n(?:.*broken: 'carol' is for deploys only, .*\n)*.*`restrict,command=/,
        )
        assert.match(open.stdout, /broken: 'carol' is for deploys only, and got another command \(id\)/)
        assert.equal(open.status, 1)
      } finally {
        await project.install('web1')
        await lab.output('web1', reload)
        carols.remove()
      }
    },
  )

  // test/operations/doctor/examine-sudo.test.ts has the words
  test(
    'warns where sudo wants a terminal, so that its lists cannot be seen, and does not fail',
    wholeOnly,
    async () => {
      await lab.output(
        'web1',
        "echo 'Defaults requiretty' >/etc/sudoers.d/aa && chmod 0440 /etc/sudoers.d/aa",
      )
      await project.install('web1')
      const { status, stdout } = await project.shipit('doctor', '--verbose')
      await lab.output('web1', 'rm /etc/sudoers.d/aa')
      await project.install('web1')
      assert.match(
        stdout,
        /warning: what sudo allows deploybot cannot be listed without a terminal \(requiretty\)/,
      )
      assert.match(stdout, /warning: `sudo -n -l` says: .*tty/)
      assert.equal(status, 0, stdout)
    },
  )

  test('does not tell of an app of the host that is not the person’s', async () => {
    const other = new Project({
      lab,
      hosts: ['web1'],
      app: 'other',
      account: 'deploy-other',
      allow: "[{ group: 'webbers' }]",
      steps: "git(), rsync({ from: 'src/', to: '/srv/other/site/', delete: true })",
    })
    await other.install('web1')
    const { status, stdout } = await project.shipit('doctor', '--verbose')
    const closed = await other.shipit('doctor', '--verbose')
    other.remove()
    assert.match(stdout, /refused, as expected: an app that does not exist/)
    assert.doesNotMatch(stdout, /'other'|deploy-other|srv\/other|app other/)
    assert.equal(status, 0, stdout)
    assert.match(closed.stdout, /broken: the policy on 'web1' does not allow you/)
    assert.equal(closed.status, 1)
  })

  test('looks at what it can where a host is not reached, and ends with 69', async () => {
    const both = new Project({ lab, hosts: ['web1', 'web9'], connectTimeout: patient(3) })
    const { status, stdout } = await both.shipit('doctor', '--verbose')
    const alone = await both.shipit('doctor', '--host', 'web9')
    both.remove()
    assert.match(stdout, /broken: cannot .*'web9'/)
    assert.match(stdout, /ok: recipe: the same as yours/)
    assert.equal(status, 69)
    assert.equal(alone.status, 69)
  })

  test('is as content with the host as before, when all is mended', async () => {
    const { status, stdout } = await project.shipit('doctor', '--verbose')
    assert.equal(status, 0, stdout)
  })
})
