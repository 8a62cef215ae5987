// Accounts that were there before the install, and accounts that go: what they have, and what they leave.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { git } from '../../src/recipe/steps.ts'
import { patient } from '../support/patience.ts'
import { isWhole, wholeOnly } from '../support/whole.ts'
import { InstalledHost, installScript, someConfig } from './support/install-kit.ts'
import { hostsSuite } from './support/lab.ts'

hostsSuite('accounts that were there before', { hosts: 1 }, (lab) => {
  const host = new InstalledHost(lab, 'web1')
  const script = installScript(someConfig())

  test('a build account that has more than the install gives it is refused, with the way out, before anything changes', async () => {
    await lab.scenario('web1')
    for (const [made, gone, said] of [
      [
        "printf 'build-codebase ALL=(ALL) NOPASSWD: ALL\\n' >/etc/sudoers.d/zz",
        'rm /etc/sudoers.d/zz',
        /may run other commands with sudo \(\(ALL\) NOPASSWD: ALL\): take that out of sudoers/,
      ],
      [
        'usermod -aG deployers build-codebase',
        'gpasswd -d build-codebase deployers',
        /is in other groups \(build-codebase deployers\)/,
      ],
      [
        'usermod -s /bin/sh build-codebase',
        'usermod -s /usr/sbin/nologin build-codebase',
        /has a shell \(\/bin\/sh\): run 'usermod -s/,
      ],
      [
        'echo build-codebase:secret | chpasswd',
        "usermod -p '!' build-codebase",
        /has a password: run 'passwd -l build-codebase'/,
      ],
      [
        'mkdir -p /srv/b/.ssh; usermod -d /srv/b build-codebase',
        'usermod -d /nonexistent build-codebase',
        /has keys in \/srv\/b\/\.ssh/,
      ],
      [
        'usermod -o -u 0 build-codebase',
        "sed -i 's/^\\(build-codebase:[^:]*\\):[0-9]*:/\\1:995:/' /etc/passwd",
        /is root/,
      ],
      [
        'usermod -o -u "$(id -u alice)" build-codebase',
        "sed -i 's/^\\(build-codebase:[^:]*\\):[0-9]*:/\\1:995:/' /etc/passwd",
        /another account has the same number as .* \(\d+\)/,
      ],
    ] as const) {
      await host.sh(
        `id build-codebase >/dev/null 2>&1 || useradd -r -s /usr/sbin/nologin -U build-codebase; ${made}`,
      )
      const refused = await host.run(script)
      assert.equal(refused.status, 1, made)
      assert.match(refused.stderr, said)
      assert.match(refused.stderr, /nothing was changed/)
      assert.equal(await host.sh('ls -d /etc/shipit /var/lib/shipit 2>/dev/null; true'), '')
      await host.sh(gone)
    }
    await host.does(script)
    await host.does(script, '--purge')
    assert.match(await host.sh('id build-codebase'), /build-codebase/, 'it is not shipit’s to remove')
    await host.sh('userdel build-codebase')
  })

  test(
    'what an older deploy account may do is named, at each install and by --check',
    wholeOnly,
    async () => {
      await host.sh(`useradd -r -s /usr/sbin/nologin -U deploybot; usermod -aG www-data deploybot
      printf 'deploybot ALL=(root) NOPASSWD: /usr/sbin/apachectl\\n' >/etc/sudoers.d/zz`)
      for (const words of [[], [], ['--check']]) {
        const said = await host.does(script, ...words)
        assert.match(
          said,
          /: sudo also allows deploybot something that no recipe needs: \(root\) NOPASSWD: \/usr\/sbin\/apachectl\n/,
        )
        assert.match(said, /: deploybot is also in the group www-data, which no deploy needs\n/)
      }
      await host.does(script, '--purge')
      await host.sh('rm /etc/sudoers.d/zz; userdel deploybot')
    },
  )
})

for (const shell of isWhole ? (['dash', 'busybox'] as const) : (['dash'] as const)) {
  hostsSuite(`accounts that go, by ${shell}`, { hosts: 1, shell }, (lab) => {
    const host = new InstalledHost(lab, 'web1')
    const script = installScript(someConfig())
    // each process makes another one and ends, so that no look finds one that stays; the file says that they live
    const hop = (user: string, ...plants: string[]) =>
      lab.output(
        'web1',
        `perl -e 'setpgrp; while (1) { $p = fork; exit if $p; select undef, undef, undef, 0.005; for (@ARGV) { open F, ">>", $_; close F } }' /tmp/lives ${plants.join(' ')} </dev/null >/dev/null 2>&1 &`,
        { user },
      )
    const hops = () => host.sh('rm -f /tmp/lives; sleep 0.1; ls /tmp/lives 2>/dev/null || true')

    test('stay, locked, so that nobody gets their numbers, and leave nothing that can be found', async () => {
      const script = installScript(someConfig({ allow: [{ group: 'webbers' }] }))
      await host.does(script)
      const [deployer, builder, ...groups] = (
        await host.sh('id -u deploybot; id -u build-codebase; getent group webbers deploybot | cut -d : -f 3')
      ).split('\n')
      await host.sh('gpasswd -a alice webbers')
      const uid = await host.sh('id -u build-codebase')
      await host.sh(
        'mkdir -p /srv/canary && echo precious >/srv/canary/file && chmod 600 /srv/canary/file; mkdir -m 755 /srv/theirs && chown build-codebase /srv/theirs',
      )
      const before = await host.sh('stat -c "%a %u %g" /srv/canary /srv/canary/file')
      await lab.output(
        'web1',
        `cp /bin/cat /tmp/.b; chmod 4755 /tmp/.b; mkdir -p /tmp/open/deep && chmod 777 /tmp/open; cp /bin/cat /tmp/open/deep/.b; chmod 6755 /tmp/open/deep/.b
         ln -s /srv/canary /tmp/open/link; ln -s /srv/canary/file /dev/shm/link; mkfifo /var/tmp/pipe; touch "$(printf '/tmp/odd\\nname')"
         cp /bin/cat /srv/theirs/.b; chmod 4755 /srv/theirs/.b; touch /srv/theirs/open; chmod 666 /srv/theirs/open; python3 -c "import ctypes; c = ctypes.CDLL(None); c.shmget(4711, 4096, 0o1666); c.msgget(4711, 0o1666); c.semget(4711, 1, 0o1666)"`,
        { user: 'build-codebase' },
      )
      // as crontab and at, which are setgid, write there for it; again and again, until it has ended
      const cron = '/var/spool/cron/crontabs /var/spool/cron/atjobs'
      await host.sh(`mkdir -p ${cron} && chgrp build-codebase ${cron} && chmod 1730 ${cron}`)
      await hop('build-codebase', '/var/spool/cron/crontabs/build-codebase', '/var/spool/cron/atjobs/a1')
      assert.equal(await hops(), '/tmp/lives')
      const said = await host.does(script, '--purge')
      assert.equal(await host.sh(`find ${cron} -type f`), '')
      assert.equal(await hops(), '', 'nothing runs as it any more')
      assert.match(
        said,
        new RegExp(
          `these stay, locked[^:]*:.* account build-codebase \\(now shipit-${builder}\\), account deploybot \\(now shipit-${deployer}\\), group webbers \\(now shipit-${groups[0]}\\)\\n`,
        ),
      )
      await host.sh('useradd -r newsvc')
      const next = (await host.sh('id -u newsvc; id -g newsvc')).split('\n')
      for (const number of [deployer, builder, ...groups]) assert.ok(number && !next.includes(number), number)
      const locked = shell === 'busybox' ? /^\S+:!/ : /^\S+:!.*:1:$/
      for (const name of [`shipit-${deployer}`, `shipit-${builder}`]) {
        assert.match(await host.sh(`getent shadow ${name}`), locked)
        assert.match(await host.sh(`getent passwd ${name}`), /:\/var\/lib\/shipit(?:\/empty)?:\/\S*nologin$/)
      }
      for (const number of groups) assert.match(await host.sh(`getent group ${number}`), /^shipit-\d+:.*:$/)
      assert.equal(
        await host.sh(`find / -xdev -user ${uid}; find /tmp /var/tmp /dev/shm /run -user ${uid}; true`),
        '',
      )
      assert.equal(
        await host.sh(
          'find / -xdev -perm -4000 -name .b; ls /tmp /dev/shm; cat /proc/sysvipc/* | grep -c 4711 || true',
        ),
        '/dev/shm:\n\n/tmp:\n0',
      )
      assert.equal(await host.sh('stat -c "%U %a" /srv/theirs/.b /srv/theirs/open'), 'root 755\nroot 644')
      assert.equal(await host.sh('stat -c "%a %u %g" /srv/canary /srv/canary/file'), before)
      await host.sh('userdel newsvc; rm -r /srv/theirs')
    })

    test('stay, locked, where something of theirs lies with somebody else’s data', wholeOnly, async () => {
      await host.does(script)
      await host.sh(
        'mkdir -m 777 /home/alice/open && chown alice /home/alice/open; mkdir /srv/two && chown build-codebase /srv/two',
      )
      await lab.output(
        'web1',
        'cp /bin/cat /home/alice/open/.b && chmod 4755 /home/alice/open/.b; cp /bin/cat /srv/two/b && chmod 4777 /srv/two/b && ln /srv/two/b /home/alice/open/two',
        { user: 'build-codebase' },
      )
      const said = await host.does(script, '--purge')
      assert.match(
        said,
        /the account build-codebase still owns \/(?:home\/alice\/open|srv\/two)\/\S+: see 'find \/ -xdev -user \d+'/,
      )
      assert.equal(await host.sh('stat -c %a /home/alice/open/.b'), '4755')
      // neither root's, where it could be trusted for that, nor of use to anybody
      assert.equal(
        await host.sh('stat -c "%a %U" /home/alice/open/two'),
        `755 ${await host.sh('stat -c %U /home/alice/open/.b')}`,
      )
      await host.sh('rm -r /srv/two /home/alice/open')
    })

    // busybox' find and rm go by path, and no further than a path may be long
    if (shell === 'dash')
      test('are left in time, however deep what they made is', wholeOnly, async () => {
        await host.does(script)
        const deep = (top: string) =>
          `python3 -c "import os; os.chdir('${top}'); [(os.mkdir('d' * 200), os.chdir('d' * 200)) for _ in range(60)]; open('end', 'w')"`
        for (const top of ['/var/codebase/src', '/var/lib/shipit/apps/codebase', '/tmp'])
          await lab.output('web1', deep(top), { user: 'deploybot' })
        await lab.output('web1', deep('/var/lib/shipit/build/codebase'), { user: 'build-codebase' })
        const began = Date.now()
        const said = await host.does(script, '--uninstall')
        assert.ok(Date.now() - began < patient(60_000))
        assert.match(
          said,
          /src stays, and belongs to root\n.*: except for \/var\/codebase\/src\/d+.* these lie too deep/,
        )
        assert.match(said, /removed \/var\/lib\/shipit\/build\/codebase\n/)
        assert.equal(await host.sh('ls /tmp; stat -c %U /var/codebase/src'), 'root')
        await host.sh('rm -rf /var/codebase')
        await host.does(script, '--purge')
      })

    test('come again with new numbers: what still has the old ones has nothing', wholeOnly, async () => {
      const script = installScript(someConfig({ git: { deployKey: true } }))
      await host.does(script)
      const ids = 'id -u deploybot; id -g deploybot; id -u build-codebase'
      const [uid, gid, builder] = (await host.sh(ids)).split('\n')
      // by a setgid file of the account's a person makes one that she owns herself
      await host.sh('mkdir -m 777 /home/alice/open && chown alice /home/alice/open')
      const open = '/home/alice/open'
      await lab.output('web1', `cp /usr/bin/python3 ${open}/p && chmod 2755 ${open}/p`, { user: 'deploybot' })
      await lab.output(
        'web1',
        `cd ${open} && ./p -c 'import os, shutil; shutil.copy("/usr/bin/perl", "g"); os.chmod("g", 0o2755)'`,
        { user: 'alice' },
      )
      assert.equal(await host.sh(`stat -c "%U %a" ${open}/g`), 'alice 2755')
      const read = (file: string) =>
        lab.exec('web1', `${open}/g -e 'open F, shift or die $!; print <F>' ${file}`, { user: 'alice' })
      const secrets = ['/etc/shipit/apps/codebase/git/key', '/etc/shipit/apps/codebase/lock']
      // as a process that no look at the host has shown: it forks all the time
      const survivor = 'touch /var/lib/shipit/apps/codebase/x'
      const survives = () =>
        lab.exec('web1', [
          'setpriv',
          '--reuid',
          `${uid}`,
          '--regid',
          `${gid}`,
          '--clear-groups',
          'sh',
          '-c',
          survivor,
        ])
      for (const secret of secrets) assert.equal((await read(secret)).status, 0)
      assert.equal((await survives()).status, 0)
      await host.does(script, '--uninstall')
      await host.does(script)
      for (const number of (await host.sh(ids)).split('\n')) assert.ok(![uid, gid, builder].includes(number))
      for (const secret of secrets) assert.match((await read(secret)).stderr, /denied/)
      assert.match((await survives()).stderr, /denied/)
      await host.does(script, '--check')
      await host.does(script, '--purge')
      await host.sh(`rm -r ${open}`)
    })

    test(
      'that somebody else has locked are refused, and those of an uninstall that did not come to its end',
      wholeOnly,
      async () => {
        await host.sh('useradd -r -U -s /usr/sbin/nologin deploybot && usermod -e 1 deploybot')
        for (const words of [[], ['--check']]) {
          const refused = await host.run(script, ...words)
          assert.equal(refused.status, 1, refused.stdout)
          assert.match(refused.stdout, /^ {2}usermod -e '' deploybot$/m)
          assert.match(refused.stderr, /deploybot is locked: nothing was changed/)
        }
        await host.sh('userdel deploybot')
        await host.does(script)
        await host.sh('usermod -L -e 1 deploybot')
        assert.match((await host.run(script)).stderr, /deploybot is locked: nothing was changed/)
        await host.sh('rm /etc/sudoers.d/shipit-codebase')
        const half = await host.run(script)
        assert.equal(half.status, 1)
        assert.match(
          half.stderr,
          /an uninstall of 'codebase' has locked the account deploybot, .*--uninstall/,
        )
        await host.sh("usermod -e '' deploybot")
        // one that owns nothing is made anew
        const number = await host.sh('id -u build-codebase')
        await host.sh('usermod -L -e 1 build-codebase')
        const found = await host.run(script, '--check')
        assert.equal(found.status, 1)
        assert.match(
          found.stdout,
          /account build-codebase: no app uses it, or a run that did not finish has locked it/,
        )
        await host.does(script)
        assert.match(await host.sh('getent shadow build-codebase'), /^build-codebase:!.*::$/)
        assert.notEqual(await host.sh('id -u build-codebase'), number)
        assert.equal(await host.sh(`getent passwd ${number} | cut -d : -f 1`), `shipit-${number}`)
        await host.does(script, '--check')
      },
    )

    test(
      'go with an install that has no use for them, and where one cannot go the next run tries again',
      wholeOnly,
      async () => {
        const smaller = installScript(someConfig({ flags: {}, steps: [git()] }))
        // of a person, and of a number that nobody has: each of their processes ends at once, and another one comes
        const open = '/home/alice/open'
        await host.sh(`mkdir -m 777 ${open} && chown alice ${open}`)
        await lab.output('web1', `cp /bin/sleep ${open}/z && chmod 4755 ${open}/z`, {
          user: 'build-codebase',
        })
        for (const number of ['"$(id -u alice)"', '4711'])
          await host.sh(
            `setsid setpriv --reuid ${number} --regid 4711 --clear-groups sh -c 'while [ -e ${open}/z ]; do ${open}/z 0.1; done' </dev/null >/dev/null 2>&1 &`,
          )
        const busy = await host.run(smaller.replace(/^END_TURNS=30$/m, 'END_TURNS=5'))
        assert.equal(busy.status, 1)
        assert.deepEqual(
          new Set(busy.stdout.match(/a process of .*/g)),
          new Set(
            [`the account alice (number ${await host.sh('id -u alice')})`, 'number 4711'].map(
              (who) => `a process of ${who} has the rights of build-codebase, through a setuid file`,
            ),
          ),
          busy.stdout,
        )
        // those that were seen last, if any were: more come all the time
        if (busy.stdout.includes('(processes ')) assert.match(busy.stdout, /^ {2}kill -KILL \d+(?: \d+)*$/m)
        await host.sh(`rm -r ${open}`)

        await hop('build-codebase')
        // its number has a name already: the install comes to its end all the same
        await host.sh('useradd -r -M "shipit-$(id -u build-codebase)"')
        const late = await host.run(smaller)
        assert.equal(late.status, 1)
        assert.match(late.stdout, /cannot take the account build-codebase away\n/)
        assert.match(late.stderr, /: installed and in force, but something that no app uses is still there/)
        assert.equal(await hops(), '')
        const uninstalled = await host.run(smaller, '--uninstall')
        assert.equal(uninstalled.status, 1)
        assert.match(
          uninstalled.stderr,
          /'codebase' is uninstalled, but not all .*account build-codebase.*run this again/,
        )
        await host.sh('userdel "shipit-$(id -u build-codebase)"')
        assert.match(await host.does(smaller, '--uninstall'), /these stay, locked/)
        assert.equal(await host.sh('ls /var/lib/shipit'), 'uninstalled')
      },
    )
  })
}
