// Several apps on one host, installed by several administrators and by several versions of shipit.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { rsync } from '../../src/recipe/steps.ts'
import { difference, InstalledHost, installScript, someConfig, uninstallScript } from './install-kit.ts'
import { hostsSuite } from './lab.ts'

hostsSuite('shipit install of two apps', { hosts: 1 }, (lab) => {
  const host = new InstalledHost(lab, 'web1')
  const site = someConfig({
    app: 'my-site',
    allow: [{ group: 'webbers' }],
    steps: [rsync({ from: 'www/', to: '/var/www/site/', delete: true })],
  })

  test("by two administrators: neither changes what is the other's, and one goes without the other", async () => {
    const bare = await host.snapshot()
    await host.does(installScript(someConfig()))
    const one = await host.snapshot({ times: true })
    await host.does(installScript(site))
    const changed = difference(one, await host.snapshot({ times: true }))
      .map((line) => line.split(':')[0] ?? '')
      .filter((path) => one.has(path) && /shipit|sudoers\.d\/|codebase/.test(path))
    const folders = [
      'etc/shipit/apps',
      'var/lib/shipit/apps',
      'var/lib/shipit',
      'var/lib/shipit/install',
      'var/lib/shipit/install/made',
    ]
    assert.deepEqual(
      changed.filter((path) => !folders.includes(path)),
      [],
    )
    await host.does(installScript(someConfig()), '--check')
    await host.does(installScript(site), '--purge')
    await host.does(installScript(someConfig()), '--check')
    const hello = await lab.ssh('alice@web1', `shipit-gate hello --session ${'a'.repeat(32)}`)
    assert.match(hello.stdout, /"app":"codebase"/)
    await host.does(uninstallScript('codebase', true))
    assert.deepEqual(difference(bare, await host.snapshot()), [])
  })

  test('an older script leaves the shared programs of a newer one, and says so', async () => {
    await host.does(installScript(someConfig(), '0.10.0'))
    const said = await host.does(installScript(site, '0.9.2'))
    assert.match(
      said,
      /the shared programs on this host are of shipit 0\.10\.0, newer than this script's 0\.9\.2: they stay/,
    )
    assert.equal(await host.sh('head -n 1 /etc/shipit/manifest'), '# shipit 0.10.0')
    await host.does(installScript(site, '0.9.2'), '--check')
    assert.match(await host.does(installScript(site, '0.11.0')), /wrote \/usr\/local\/libexec\/shipit\/gate/)
    await host.does(installScript(site, '0.11.0'), '--uninstall')
    await host.does(installScript(someConfig(), '0.11.0'), '--purge')
  })
})
