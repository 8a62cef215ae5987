// What an install takes: neither a folder nor an account of somebody else, whatever links and mounts lead to it; nor does a purge.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { git, releases, rsync } from '../../src/recipe/steps.ts'
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

for (const shell of ['dash', 'busybox'] as const) {
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
          /\/srv\/bobs belongs to bob, and would be deploybot's: publish elsewhere or.*chown root: \/srv\/bobs/,
        ],
        ['/srv/mixed', /\/srv\/mixed holds \/srv\/mixed\/album of bob/],
        [
          '/srv/settings/nginx',
          /\/srv\/settings\/nginx leads to a folder of the system \(\/etc\) by links or mounts/,
        ],
        ['/srv/homes/bob/site', /lies in the home of the account bob/],
        ['/srv/homes', /\/srv\/homes is, holds or lies in the home of the account bob/],
        ['/opt/real', /\/opt\/real is of the package real/],
        ['/var/www', /\/var\/www\/html is of the package apache2, and \/var\/www would be deploybot's/],
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
        ['/srv/a/site/docs', '/srv/a/site'],
        ['/srv/link/site', '/srv/a/site'],
        ['/srv/link', '/srv/a/site'],
        ['/srv/git/codebase.git/site', '/srv/git/codebase.git'],
      ] as const)
        await refuses(
          other(folder, folder.includes('.git') ? { repository: 'git@h:x' } : {}),
          folder === '/srv/link'
            ? /\/srv\/link is a symlink/
            : new RegExp(
                `${folder} (?:overlaps with ${theirs}, which the app 'codebase' has on this host|.* is alice's)|belongs to somebody else`,
              ),
        )
      assert.deepEqual(difference(before, await host.snapshot()), [])
      await host.does(other('/srv/other'))
      // by hand: no install would do it
      await host.sh(`sed -i 's,^published .*,published /srv/a/site/docs,' /etc/shipit/apps/other/grants
        mkdir /srv/a/site/docs; echo x >/srv/a/site/docs/page; chown -R deploy-other: /srv/a/site/docs`)
      assert.match(
        await host.does(uninstallScript('codebase', true)),
        /\/srv\/a\/site stays as it is: the app 'other' has \/srv\/a\/site\/docs/,
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
        ['bob', 'true', /the account bob was here before, and is in the group deployers/],
        [
          'eve',
          'useradd -m eve; mkdir /home/eve/.ssh; echo key >/home/eve/.ssh/authorized_keys',
          /the account eve was here before, and has keys in \/home\/eve\/\.ssh\/authorized_keys/,
        ],
        [
          'carl',
          'useradd -m carl; echo carl:secret | chpasswd',
          /the account carl was here before, and has a password.*run 'passwd -l carl'/,
        ],
        ['spool', 'useradd -r -u 60 spool', /is an account of the system \(number 60\)/],
        [
          'data',
          'useradd -r -d /var/lib/data data; mkdir -p /var/lib/data/base; chown -R data /var/lib/data',
          /has data in \/var\/lib\/data, as a daemon's account has/,
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
        ['chmod 00700 /srv/site', '700 deploybot:www-data'],
        ['chmod 2777 /srv/site', '2755 deploybot:www-data'],
        ['chown root:root /srv/site; chmod 0751 /srv/site', '2751 deploybot:deploybot'],
      ] as const) {
        await host.sh(make)
        await host.does(script)
        assert.equal(await facts(), then)
      }
      assert.match(
        await host.does(script, '--check'),
        /\/srv\/site stays 2751 deploybot:deploybot, as root left it/,
      )
      await host.does(script, '--purge')
    })
  })
}
