// Several apps on one host, installed by several administrators and by several versions of shipit.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { git, root, rsync } from '../../src/recipe/steps.ts'
import { wholeOnly } from '../support/whole.ts'
import {
  difference,
  differenceBeyondKept,
  InstalledHost,
  installScript,
  scriptAlone,
  someConfig,
  uninstallScript,
} from './support/install-kit.ts'
import { hostsSuite } from './support/lab.ts'

hostsSuite('shipit install of two apps', { hosts: 1 }, (lab) => {
  const host = new InstalledHost(lab, 'web1')
  const site = someConfig({
    app: 'my-site',
    account: 'deploy-my-site',
    allow: [{ group: 'webbers' }],
    steps: [git(), rsync({ from: 'www/', to: '/var/www/site/', delete: true })],
  })

  test("by two administrators: neither changes what is the other's, and one goes without the other", async () => {
    const bare = await host.snapshot()
    await host.does(installScript(someConfig()))
    const one = await host.snapshot({ times: true })
    await host.does(scriptAlone(site))
    const changed = difference(one, await host.snapshot({ times: true }))
      .map((line) => line.split(':')[0] ?? '')
      .filter((path) => one.has(path) && /shipit|sudoers\.d\/|codebase/.test(path))
    // sshd's lines are all apps' together: nobody logs in as the new account
    const joint = [
      'etc/shipit',
      'etc/shipit/access',
      'etc/ssh/sshd_config.d/50-shipit.conf',
      'etc/shipit/apps',
      'var/lib/shipit/apps',
      'var/lib/shipit',
      'var/lib/shipit/install',
      'var/lib/shipit/install/made',
      // sshd turns away the accounts of all apps
      'etc/shipit',
      'etc/shipit/access',
      'etc/ssh/sshd_config.d/50-shipit.conf',
    ]
    assert.deepEqual(
      changed.filter((path) => !joint.includes(path)),
      [],
    )
    await host.does(installScript(someConfig()), '--check')
    await host.does(installScript(site), '--purge')
    await host.does(installScript(someConfig()), '--check')
    const hello = await lab.ssh('alice@web1', `shipit-gate hello --session ${'a'.repeat(32)}`)
    assert.match(hello.stdout, /"app":"codebase"/)
    await host.does(uninstallScript('codebase', true))
    assert.deepEqual(differenceBeyondKept(bare, await host.snapshot()), [])
  })

  test(
    'one goes while the disk is full for a moment: no other app loses anything, and no account stays in use',
    wholeOnly,
    async () => {
      const script = installScript(site)
      await host.does(installScript(someConfig()))
      await host.does(script)
      // the staging folder has one file that nothing can be written to
      await host.sh(`mv /usr/bin/mktemp /usr/bin/mktemp.real
      printf '#!/bin/sh\\nmade=$(mktemp.real "$@") || exit\\nln -s /dev/full "$made/$(cat /root/full)"\\nprintf "%%s\\\\n" "$made"\\n' >/usr/bin/mktemp
      chmod 755 /usr/bin/mktemp`)
      const old = await host.sh('id -u deploy-my-site')
      for (const full of ['lines', 'unused']) {
        await host.sh(`echo ${full} >/root/full`)
        const stopped = await host.run(script, '--uninstall')
        assert.equal(stopped.status, 1, `${full}\n${stopped.stdout}`)
        assert.match(stopped.stderr, /cannot write to the staging folder/, full)
        assert.match(await host.sh('cat /etc/ssh/sshd_config.d/50-shipit.conf'), /deploybot/, full)
      }
      await host.sh('rm /usr/bin/mktemp; mv /usr/bin/mktemp.real /usr/bin/mktemp')
      // an uninstall that ended too early: the app is gone, its account is on the record and unlocked, and so is its group
      const group = await host.sh('gpasswd -a alice webbers >/dev/null; getent group webbers | cut -d : -f 3')
      await host.sh(`usermod -U -e '' deploy-my-site 2>/dev/null || usermod -e '' deploy-my-site
      rm -rf /etc/shipit/apps/my-site /etc/sudoers.d/shipit-my-site /var/lib/shipit/apps/my-site /var/www/site`)
      assert.match(
        (await host.run(script, '--check')).stdout,
        /^check: ~ group webbers: shipit made it, and no app uses it; it stays, without members, and a new one is made$/m,
      )
      assert.match(
        await host.does(script),
        /made the group webbers\n(?:.*\n)*.*made the account deploy-my-site/,
      )
      assert.match(await host.sh('getent group webbers'), /:$/)
      assert.match(await host.sh(`getent group ${group}`), new RegExp(`^shipit-${group}:.*:$`))
      assert.notEqual(await host.sh('id -u deploy-my-site'), old)
      assert.match(await host.sh(`getent passwd ${old}`), new RegExp(`^shipit-${old}:.*nologin$`))
      // code of the account holds its lock
      await lab.output(
        'web1',
        'exec 9</etc/shipit/apps/my-site/lock; flock 9; setsid sleep 60 </dev/null >/dev/null 2>&1 &',
        { user: 'deploy-my-site' },
      )
      const held = await host.run(script, '--uninstall')
      assert.equal(held.status, 75)
      assert.match(
        held.stdout,
        /^uninstall: process \d+ \(.*\) of deploy-my-site holds the lock of 'my-site'$/m,
      )
      await host.sh(/^ {2}((?:setpriv|su) .*)$/m.exec(held.stdout)?.[1] ?? 'false')
      // cut off at its end, it ends the next time, though the app is gone by then
      await host.sh('useradd -r -M "shipit-$(id -u deploy-my-site)"')
      assert.match((await host.run(script, '--uninstall')).stderr, /account deploy-my-site.*run this again/)
      await host.sh('userdel "shipit-$(id -u deploy-my-site)"')
      assert.match(await host.does(script, '--uninstall'), /these stay, locked[^:]*: account deploy-my-site /)
      // what waits under the name of an account that is to come
      await host.sh(
        'mkdir -p /var/spool/cron/crontabs; echo "* * * * * id" >/var/spool/cron/crontabs/deploy-my-site',
      )
      assert.match(
        (await host.run(script)).stderr,
        /no account deploy-my-site yet, but \/var\/spool\/cron\/crontabs\/deploy-my-site would be its/,
      )
      await host.sh('rm /var/spool/cron/crontabs/deploy-my-site')
      await host.does(installScript(someConfig()), '--check')
    },
  )

  test('a second app under the account of another is refused, and the line to add is told', async () => {
    await host.does(installScript(someConfig()))
    const before = await host.snapshot({ times: true })
    const refused = await host.run(installScript(someConfig({ ...site, account: 'deploybot' })))
    assert.equal(refused.status, 1)
    assert.match(refused.stdout, /'my-site' would run as deploybot, which runs 'codebase' on this host/)
    assert.match(refused.stdout, /^ {2}account: 'deploy-my-site',$/m)
    assert.match(refused.stderr, /^install: deploybot runs 'codebase': nothing was changed$/m)
    for (const [what, config] of Object.entries({
      'one says so': { ...site, account: 'deploybot', sharedAccount: true },
      "another app's build account": { ...site, account: 'build-codebase' },
      'root by another name': { ...site, account: 'toor' },
      'the first app moves': someConfig({ account: 'deploy-codebase' }),
    })) {
      if (what === 'root by another name') await host.sh('useradd -o -u 0 -M toor')
      // the config refuses a build account, so that this is a script that nobody should have
      const script = installScript(someConfig({ ...config, account: 'deploybot' })).replaceAll(
        /\bdeploybot\b/g,
        config.account ?? '',
      )
      const { status, stderr } = await host.run(script)
      if (what === 'root by another name') await host.sh('userdel toor 2>/dev/null; true')
      assert.equal(status, 1, what)
      assert.match(stderr, /nothing was changed$/m, what)
    }
    const passwd = /^etc\/(?:passwd|shadow|group|gshadow|subuid|subgid):|^etc:/
    const after = difference(before, await host.snapshot({ times: true })).filter(
      (line) => !passwd.test(line),
    )
    assert.deepEqual(after, [])
    await host.does(installScript(someConfig()), '--purge')
  })

  test('two that both say so share an account, and each screen says what that means', wholeOnly, async () => {
    const means =
      /deploybot also runs codebase \(sharedAccount\): each of these apps can rewrite the others' trees, history and logs, and use their root lines/
    await host.does(installScript(someConfig({ sharedAccount: true })))
    const script = installScript(
      someConfig({
        ...site,
        account: 'deploybot',
        sharedAccount: true,
        steps: [...site.steps, root(['/usr/bin/true', 'nginx'])],
      }),
    )
    assert.match(script.split('\nset -fu')[0] ?? '', /can rewrite the others' trees, history and logs/)
    assert.match(await host.does(script), means)
    assert.match(await host.does(script, '--check'), means)
    const asked = `shipit-gate doctor --app codebase --session ${'a'.repeat(32)}`
    const { stdout } = await lab.ssh('alice@web1', asked)
    assert.match(stdout, /"name":"shared","value":"-"/)
    assert.match(stdout, /"name":"sudo-line","value":"[^"]*apachectl restart"/)
    // alice is no webber: neither the name of the other app nor its root lines
    assert.doesNotMatch(stdout, /my-site|nginx/)
    // the account has its rights as long as one names it
    await host.does(installScript(someConfig({ sharedAccount: true })), '--uninstall')
    assert.match(await host.sh('getent shadow deploybot'), /^deploybot:!.*::$/)
    const number = await host.sh('id -u deploybot')
    await host.does(script, '--purge')
    assert.match(
      await host.sh(`id deploybot 2>/dev/null; getent shadow shipit-${number}`),
      /^shipit-\d+:!.*:1:$/,
    )
    await host.does(uninstallScript('codebase', true))
  })

  test('an older script leaves the shared programs of a newer one, and says so', async () => {
    await host.does(installScript(someConfig(), '0.10.0'))
    const said = await host.does(installScript(site, '0.9.2'))
    assert.match(
      said,
      /this host keeps its shared programs: they are from shipit 0\.10\.0, and this script is older \(0\.9\.2\)/,
    )
    assert.equal(await host.sh('head -n 1 /etc/shipit/manifest'), '# shipit 0.10.0')
    await host.does(installScript(site, '0.9.2'), '--check')
    assert.match(await host.does(installScript(site, '0.11.0')), /wrote \/usr\/local\/libexec\/shipit\/gate/)
    await host.does(installScript(site, '0.11.0'), '--uninstall')
    await host.does(installScript(someConfig(), '0.11.0'), '--purge')
  })
})
