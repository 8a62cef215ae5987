// What an install takes: neither a folder nor an account of somebody else, whatever links and mounts lead to it; nor does a purge.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { git, releases, root, rsync } from '../../src/recipe/steps.ts'
import { isWhole } from '../support/whole.ts'
import {
  difference,
  InstalledHost,
  installScript,
  someConfig,
  uninstallScript,
} from './support/install-kit.ts'
import { hostsSuite } from './support/lab.ts'

const publishing = (to: string, changes: object = {}) =>
  someConfig({ steps: [git(), rsync({ from: 'src/', to: `${to}/`, delete: true })], ...changes })

for (const shell of isWhole ? (['dash', 'busybox'] as const) : (['dash'] as const)) {
  hostsSuite(`what an install takes, by ${shell}`, { hosts: 1, shell }, (lab) => {
    const host = new InstalledHost(lab, 'web1')

    /** Runs a script that says why it does nothing. */
    async function refuses(script: string, says: RegExp): Promise<void> {
      const { status, stdout, stderr } = await host.run(script)
      assert.equal(status, 1, stdout)
      assert.match(stderr, says)
      assert.match(stderr, /nothing was changed$/m)
    }

    test("no folder of somebody else's: who has it and what to do is said", async () => {
      await host.sh(`mkdir -p /srv/bobs /srv/mixed/album /srv/repo.git && chown bob /srv/bobs /srv/mixed/album
        ln -s /etc /srv/settings; ln -s repo.git /srv/linked.git; mkdir /srv/site; ln -s /srv/site /srv/again; usermod -d /srv/homes/bob bob; mkdir -p /srv/homes/bob`)
      await host.sh(
        'mkdir -p /opt/real; printf "/.\\n/opt\\n/opt/real\\n" >/var/lib/dpkg/info/real.list; printf "\\nPackage: real\\nStatus: install ok installed\\nMaintainer: a <a@b>\\nArchitecture: all\\nVersion: 1\\nDescription: x\\n" >>/var/lib/dpkg/status',
      )
      const before = await host.snapshot()
      for (const [folder, says] of [
        [
          '/srv/bobs',
          /\/srv\/bobs belongs to bob, and the install would give it to deploybot: publish elsewhere or.*chown root: \/srv\/bobs/,
        ],
        ['/srv/mixed', /\/srv\/mixed holds \/srv\/mixed\/album, which belongs to bob/],
        [
          '/srv/settings/nginx',
          /\/srv\/settings\/nginx leads to a system folder \(\/etc\) through links or mounts/,
        ],
        ['/srv/homes/bob/site', /lies in the home of the account bob/],
        ['/opt/real', /\/opt\/real belongs to the package real/],
        ...(isWhole
          ? ([
              ['/srv/homes', /\/srv\/homes is, holds or lies in the home of the account bob/],
              [
                '/var/www',
                /\/var\/www\/html belongs to the package apache2, and the install would give \/var\/www to deploybot/,
              ],
            ] as const)
          : []),
      ] as const) {
        await refuses(installScript(publishing(folder)), says)
      }
      await refuses(
        installScript(
          someConfig({
            steps: [
              git(),
              rsync({ from: 'a/', to: '/srv/site/', delete: true }),
              ...releases({ root: '/srv/again/app' }),
            ],
          }),
        ),
        /overlaps with/,
      )
      await refuses(
        installScript(publishing('/srv/repo.git', { repository: '/srv/linked.git' })),
        /\/srv\/repo\.git overlaps with the repository \/srv\/linked\.git/,
      )
      assert.deepEqual(difference(before, await host.snapshot()), [])
      await host.sh(
        'usermod -d /home/bob bob; rm -r /srv/bobs /srv/mixed /srv/settings /srv/homes /srv/site /srv/linked.git /srv/repo.git /srv/again',
      )
    })

    // links and mounts by every shell: test/remote/install/sudo/root-words.test.ts
    if (shell === 'busybox')
      test('no root step that links or units of the host lead to what deploys can write; all folders in the way are named at once', async () => {
        await host.sh(`mkdir -p /srv/site/bin /etc/systemd/system /etc/systemd/system/fine.service.d /usr/lib/systemd/system /srv/bobs /srv/open /opt/tool
        chown bob /srv/bobs; chmod 0777 /srv/open
        for program in /srv/site/bin/again /opt/tool/again /usr/local/sbin/again; do printf '#!/bin/sh\n' >$program; chmod 0755 $program; done
        chown bob /opt/tool/again; ln -s /srv/site/bin /opt/bin; ln -s ../../../srv/site/bin/again /usr/local/sbin/linked; ln -s linked /usr/local/sbin/twice
        [ -e /usr/bin/systemctl ] || ln -s true /usr/bin/systemctl
        ln -s /srv/site/shop.service /etc/systemd/system/shop.service; echo '[Service]' >/srv/site/shop.service
        ln -s /srv/site/more.conf /etc/systemd/system/fine.service.d/more.conf; echo >/srv/site/more.conf
        printf '[Service]\nExecStart=-/srv/site/server --port 1\n' >/usr/lib/systemd/system/server.service
        printf '[Service]\nUser=www-data\nExecStart=/srv/site/server\n' >/usr/lib/systemd/system/own@.service`)
        const stepping = (argv: string[], options: object = {}) =>
          installScript(
            someConfig({
              steps: [
                git(),
                rsync({ from: 'src/', to: '/srv/site/', delete: true }),
                root(argv, { name: 'again', ...options }),
              ],
            }),
          )
        const before = await host.snapshot()
        for (const [argv, place] of [
          [['/opt/bin/again'], '/srv/site'],
          [['/usr/local/sbin/linked'], '/srv/site'],
          [['/usr/local/sbin/twice'], '/srv/site'],
          [['/usr/bin/touch', '--reference=/opt/bin/again', '/root/x'], '/srv/site'],
          [['/usr/bin/touch', '/srv/open/x'], '/srv/open'],
          [['/usr/bin/systemctl', 'restart', 'shop'], '/srv/site'],
          [['/usr/bin/systemctl', 'reload', 'fine.service'], '/srv/site'],
        ] as const) {
          await refuses(
            stepping([...argv]),
            new RegExp(
              `step 'again' would use \\S+ as root, and deploys can write ${place}\\b.*unsafe: 'the reason'`,
            ),
          )
        }
        await refuses(
          installScript(
            someConfig({
              steps: [
                git(),
                ...['/srv/bobs/a', '/srv/open/b'].map((to) =>
                  rsync({ name: `to ${to}`, from: 'a/', to: `${to}/`, delete: true }),
                ),
              ],
            }),
          ),
          /chown root: \/srv\/bobs[\s\S]*chmod go-w \/srv\/open/,
        )
        assert.deepEqual(difference(before, await host.snapshot()), [])
        // named: whether that is meant, only the administrator knows
        const restart = (unit: string) => stepping(['/usr/bin/systemctl', 'restart', unit])
        assert.match(
          (await host.run(restart('server'), '--check')).stdout,
          /! server\.service uses \/srv\/site\/server as root, and deploys can write \/srv\/site/,
        )
        assert.doesNotMatch((await host.run(restart('own@1'), '--check')).stdout, /!/)
        assert.match(
          (await host.run(stepping(['/opt/tool/again']), '--check')).stdout,
          /! step 'again' runs \/opt\/tool\/again as root, which accounts other than root may change/,
        )
        assert.doesNotMatch((await host.run(stepping(['/usr/local/sbin/again']), '--check')).stdout, /!/)
        const reasoned = stepping(['/opt/bin/again'], { unsafe: 'only root can push' })
        await host.does(reasoned)
        await host.does(reasoned, '--purge')
        await host.sh(
          'rm -rf /opt/bin /opt/tool /srv/site /srv/bobs /srv/open /usr/local/sbin/* /etc/systemd/system/shop.service /etc/systemd/system/fine.service.d /usr/lib/systemd/system/server.service /usr/lib/systemd/system/own@.service',
        )
      })

    if (shell !== 'dash') return

    test('no folder that another app has, in either order, whatever leads to it; its folders stay at a purge', async () => {
      const other = (to: string, changes: object = {}) =>
        installScript(
          publishing(to, {
            app: 'other',
            account: 'deploy-other',
            allow: [{ group: 'webbers' }],
            ...changes,
          }),
        )
      await host.sh('mkdir -p /srv/a; ln -s a /srv/link')
      await host.does(installScript(publishing('/srv/a/site')))
      const before = await host.snapshot()
      for (const [folder, theirs] of [
        ['/srv/a/site', '/srv/a/site'],
        ['/srv/a', '/srv/a/site'],
        ['/srv/link/site', '/srv/a/site'],
        ...(isWhole ? ([['/srv/a/site/docs', '/srv/a/site']] as const) : []),
        ['/srv/link', '/srv/a/site'],
        ['/srv/git/codebase.git/site', '/srv/git/codebase.git'],
      ] as const)
        await refuses(
          other(folder, folder.includes('.git') ? { repository: 'git@h:x' } : {}),
          folder === '/srv/link'
            ? /\/srv\/link is a symlink/
            : new RegExp(
                `${folder} (?:overlaps with ${theirs} of the app 'codebase'|.* is alice's)|does not belong to root`,
              ),
        )
      assert.deepEqual(difference(before, await host.snapshot()), [])
      await host.does(other('/srv/other'))
      // by hand: no install would do it
      await host.sh(`sed -i 's,^published .*,published /srv/a/site/docs,' /etc/shipit/apps/other/grants
        mkdir /srv/a/site/docs; echo x >/srv/a/site/docs/page; chown -R deploy-other: /srv/a/site/docs`)
      assert.match(
        await host.does(uninstallScript('codebase', true)),
        /\/srv\/a\/site stays as it is: the app 'other' uses \/srv\/a\/site\/docs/,
      )
      assert.equal(
        await host.sh('stat -c %U /srv/a/site/docs/page; cat /srv/a/site/docs/page'),
        'deploy-other\nx',
      )
      await host.sh(
        `sed -i 's,^published .*,published /srv/other,' /etc/shipit/apps/other/grants; rm -r /srv/a`,
      )
      await host.does(uninstallScript('other', true))
    })

    test('no account that is somebody’s login or a daemon’s', async () => {
      for (const [account, make, says] of [
        ['bob', 'true', /the account bob existed before shipit, and is in the group deployers/],
        [
          'eve',
          'useradd -m eve; mkdir /home/eve/.ssh; echo key >/home/eve/.ssh/authorized_keys',
          /the account eve existed before shipit, and has keys in \/home\/eve\/\.ssh\/authorized_keys/,
        ],
        [
          'carl',
          'useradd -m carl; echo carl:secret | chpasswd',
          /the account carl existed before shipit, and has a password.*run 'passwd -l carl'/,
        ],
        ['spool', 'useradd -r -u 60 spool', /is a system account \(number 60\)/],
        [
          'data',
          'useradd -r -d /var/lib/data data; mkdir -p /var/lib/data/base; chown -R data /var/lib/data',
          /has data in \/var\/lib\/data, like the account of a daemon/,
        ],
      ] as const) {
        await host.sh(make)
        await refuses(installScript(publishing('/srv/site', { account })), says)
      }
      assert.equal(await host.sh('ls -d /etc/shipit 2>/dev/null; true'), '')
      await host.sh('userdel -r carl; userdel -r eve; userdel spool; userdel data; rm -r /var/lib/data; true')
      // an older script's account, with a shell and a home
      await host.sh('useradd -m -s /bin/bash deploybot; usermod -L deploybot')
      const script = installScript(publishing('/srv/site'))
      await host.does(script)
      await host.does(script, '--purge')
      await host.sh('userdel -r deploybot; true')
    })

    test('and opens no folder that root has closed further', async () => {
      const script = installScript(publishing('/srv/site'))
      const facts = () => host.sh('stat -c "%a %U:%G" /srv/site')
      await host.does(script)
      assert.equal(await facts(), '755 deploybot:deploybot')
      for (const [make, then] of [
        ['chgrp www-data /srv/site; chmod 2750 /srv/site', '2750 deploybot:www-data'],
        ...(isWhole ? ([['chmod 00700 /srv/site', '700 deploybot:www-data']] as const) : []),
        ['chmod 2777 /srv/site', '2755 deploybot:www-data'],
        ['chown root:root /srv/site; chmod 0751 /srv/site', '2751 deploybot:deploybot'],
      ] as const) {
        await host.sh(make)
        await host.does(script)
        assert.equal(await facts(), then)
      }
      assert.match(
        await host.does(script, '--check'),
        /\/srv\/site keeps mode 2751 and owner deploybot:deploybot, as root left it/,
      )
      await host.does(script, '--purge')
    })
  })
}
