// People that the config names: keys, groups and accounts for deploys alone, what sshd is told, and the end of it.
import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import type { Config } from '../../src/config/define-config.ts'
import { git, rsync } from '../../src/recipe/steps.ts'
import { wholeOnly } from '../support/whole.ts'
import {
  difference,
  differenceBeyondKept,
  HELLO,
  InstalledHost,
  installScript,
  publicKey,
  type Snapshot,
  someConfig,
  sshBy,
} from './support/install-kit.ts'
import { hostsSuite } from './support/lab.ts'

hostsSuite('people of the config', { hosts: 1 }, (lab) => {
  const host = new InstalledHost(lab, 'web1')
  let bare: Snapshot
  before(async () => {
    await host.sh('gpasswd -d bob deployers; gpasswd -d alice deployers')
    bare = await host.snapshot()
  })
  const withPeople = (people: Config['people'], more: Partial<Config> = {}) =>
    installScript(someConfig({ people: people as NonNullable<Config['people']>, ...more }))

  test('an account that is not there is made for deploys alone: its key gives the gate and nothing else', async () => {
    const said = await host.does(withPeople({ ci: [`${publicKey(lab, 'bob')} ci@example`] }))
    assert.match(
      said,
      /made the account ci[\s\S]*ci is in the group deployers[\s\S]*sshd has read its settings again/,
    )
    const hello = await sshBy(lab, 'bob', 'ci@web1', HELLO)
    assert.equal(hello.status, 0, hello.stderr)
    assert.match(hello.stdout, /"user":"ci"[\s\S]*"app":"codebase"/)
    for (const command of ['id', 'sh', 'sudo -n true', 'scp -t /tmp', '/usr/lib/openssh/sftp-server']) {
      assert.equal((await sshBy(lab, 'bob', 'ci@web1', command)).status, 77, command)
    }
    const forward = await sshBy(
      lab,
      'bob',
      'ci@web1',
      HELLO,
      '-o',
      'ExitOnForwardFailure=yes',
      '-R',
      '7777:localhost:22',
    )
    assert.notEqual(forward.status, 0)
    const effective = await host.sh('sshd -T -C user=ci,host=x,addr=10.0.0.1')
    for (const line of [
      'authorizedkeysfile /etc/ssh/authorized_keys.d/%u',
      'forcecommand /usr/local/libexec/shipit/gate',
      'permittty no',
      'disableforwarding yes',
      'allowtcpforwarding no',
      'x11forwarding no',
      'permituserrc no',
      'passwordauthentication no',
    ]) {
      assert.ok(effective.includes(line), line)
    }
    assert.match(await host.sh('getent passwd ci'), /:\/var\/lib\/shipit:\/bin\/sh$/)
    assert.match(await host.sh('getent shadow ci'), /^ci:\*:/)
    assert.equal(await host.sh('id -Gn ci'), 'ci deployers')
  })

  test('an account with a shell keeps it, and gets a key for the gate and the group', async () => {
    await host.does(
      withPeople({ ci: [publicKey(lab, 'bob')], alice: { keys: [`${publicKey(lab, 'admin')} laptop`] } }),
    )
    assert.equal((await sshBy(lab, 'alice', 'alice@web1', 'echo shell')).stdout, 'shell\n')
    assert.match((await sshBy(lab, 'admin', 'alice@web1', HELLO)).stdout, /"user":"alice"/)
    assert.equal((await sshBy(lab, 'admin', 'alice@web1', 'echo shell')).status, 77)
    assert.match(await host.sh('id -Gn alice'), /deployers/)
    assert.equal(
      await host.sh('grep -v ^# /etc/ssh/authorized_keys.d/alice'),
      `restrict,command="/usr/local/libexec/shipit/gate" ${publicKey(lab, 'admin')} laptop`,
    )
    await host.does(
      withPeople({ ci: [publicKey(lab, 'bob')], alice: { keys: [`${publicKey(lab, 'admin')} laptop`] } }),
      '--check',
    )
  })

  test(
    'another app that names the same person adds its keys, and takes away its own alone',
    wholeOnly,
    async () => {
      const site = someConfig({
        app: 'my-site',
        account: 'deploy-my-site',
        allow: [{ group: 'webbers' }],
        steps: [git(), rsync({ from: 'www/', to: '/var/www/site/', delete: true })],
        people: { ci: [publicKey(lab, 'alice')] },
      })
      await host.does(installScript(site))
      assert.match(await host.sh('id -Gn ci'), /deployers webbers/)
      assert.equal((await sshBy(lab, 'alice', 'ci@web1', HELLO)).status, 0)
      assert.equal((await sshBy(lab, 'bob', 'ci@web1', HELLO)).status, 0)
      await host.does(installScript(site), '--purge')
      assert.notEqual((await sshBy(lab, 'alice', 'ci@web1', HELLO)).status, 0)
      assert.equal((await sshBy(lab, 'bob', 'ci@web1', HELLO)).status, 0)
      assert.match(await host.sh('id -Gn ci; getent group webbers || true'), /^ci deployers$/)
    },
  )

  test('taken out of the config and installed again, the access is gone', async () => {
    const script = installScript(someConfig())
    const check = await host.run(script, '--check')
    assert.match(check.stdout, /^check: - \/etc\/ssh\/authorized_keys\.d\/ci$/m)
    assert.match(
      check.stdout,
      /^check: - account ci \(made by shipit, and no app uses it: it stays, locked\)$/m,
    )
    const number = await host.sh('id -u ci')
    await host.does(script)
    assert.notEqual((await sshBy(lab, 'bob', 'ci@web1', HELLO)).status, 0)
    assert.equal((await sshBy(lab, 'admin', 'alice@web1', HELLO)).status, 255)
    assert.equal((await sshBy(lab, 'alice', 'alice@web1', 'echo shell')).stdout, 'shell\n')
    assert.equal(
      await host.sh(
        `id ci 2>/dev/null; getent passwd ${number} | cut -d : -f 7; getent shadow shipit-${number} | cut -d : -f 2,8; id -Gn ${number}; id -Gn alice; ls /etc/ssh/authorized_keys.d /etc/ssh/sshd_config.d`,
      ),
      `/sbin/nologin\n!*:1\n${await host.sh(`getent passwd ${number} | cut -d : -f 4 | xargs getent group | cut -d : -f 1`)}\nalice\n/etc/ssh/authorized_keys.d:\n\n/etc/ssh/sshd_config.d:\n50-shipit.conf`,
    )
    await host.does(script, '--check')
    await host.does(script, '--purge')
    assert.deepEqual(differenceBeyondKept(bare, await host.snapshot()), [])
  })

  // test/hosts/install-sshd.test.ts has it in the short form
  test(
    'sshd.forceCommand gives everybody of the policy the gate in place of a shell',
    wholeOnly,
    async () => {
      const script = withPeople({}, { sshd: { forceCommand: true } })
      await host.sh('gpasswd -a alice deployers')
      await host.does(script)
      assert.equal((await sshBy(lab, 'alice', 'alice@web1', 'echo shell')).status, 77)
      assert.equal((await sshBy(lab, 'alice', 'alice@web1', HELLO)).status, 0)
      assert.equal((await sshBy(lab, 'bob', 'bob@web1', 'echo shell')).stdout, 'shell\n')
      await host.does(script, '--purge')
      assert.equal((await sshBy(lab, 'alice', 'alice@web1', 'echo shell')).stdout, 'shell\n')
      await host.sh('gpasswd -d alice deployers')
      assert.deepEqual(differenceBeyondKept(bare, await host.snapshot()), [])
    },
  )

  test('where sshd reads no drop-ins it says which lines to add, and --check sees when they are there', async () => {
    const script = withPeople({ ci: [publicKey(lab, 'bob')] })
    await host.sh('cp -p /etc/ssh/sshd_config /root/kept; sed -i "/^Include/d" /etc/ssh/sshd_config')
    const said = await host.does(script)
    assert.match(
      said,
      /sshd reads no drop-ins here: add these lines[\s\S]*Match User ci\n {4}AuthorizedKeysFile/,
    )
    assert.match((await host.run(script, '--check')).stdout, /lacks the lines that the install lists/)
    const lines = said.slice(said.indexOf('# Written by'), said.indexOf('Match all'))
    await lab.output('web1', ['/bin/sh', '-c', 'cat >>/etc/ssh/sshd_config'], { input: `${lines}\n` })
    await host.does(script, '--check')
    await host.does(script, '--purge')
    await host.sh('mv /root/kept /etc/ssh/sshd_config')
    assert.deepEqual(differenceBeyondKept(bare, await host.snapshot()), [])
  })

  test('an sshd that does not take its own settings stops all before anything is changed', async () => {
    await host.sh('echo Nonsense yes >>/etc/ssh/sshd_config')
    const broken = await host.snapshot()
    const result = await host.run(withPeople({ ci: [publicKey(lab, 'bob')] }))
    assert.match(result.stderr, /sshd of this host does not accept its own settings .*: nothing was changed/)
    assert.deepEqual(difference(broken, await host.snapshot()), [])
    await host.sh('sed -i /Nonsense/d /etc/ssh/sshd_config')
  })
})
