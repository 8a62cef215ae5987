// What sshd is told: nobody logs in as an account of deploys or builds, the gate comes before what a person's home holds, and the
// host's own Match lines stay what they are, or nothing is changed.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, before, test } from 'node:test'
import type { Config } from '../../src/config/define-config.ts'
import { isWhole, wholeOnly } from '../support/whole.ts'
import {
  differenceBeyondKept,
  HELLO,
  InstalledHost,
  installScript,
  publicKey,
  someConfig,
  sshBy,
} from './support/install-kit.ts'
import { hostsSuite } from './support/lab.ts'
import { Project } from './support/project.ts'

/** The network of the lab: every client comes from there. */
const NETWORK = '10.77.0.0/16'

hostsSuite("sshd's lines", { hosts: 1 }, (lab) => {
  const host = new InstalledHost(lab, 'web1')
  const script = (changes: Partial<Config> = {}) => installScript(someConfig(changes))
  const withAlice = () => script({ people: { alice: [publicKey(lab, 'admin')] } })
  const withForced = () => script({ sshd: { forceCommand: true } })
  // it is without its pid file for a moment
  const reload =
    'kill -HUP "$(cat /run/sshd.pid)"; sleep 0.1; until [ -s /run/sshd.pid ]; do sleep 0.05; done'
  /** A drop-in of the host's own, which is read before shipit's. */
  const hostHas = (lines: string) =>
    host.sh(
      `printf '%s\\n' '${lines.replaceAll('\n', "' '")}' >/etc/ssh/sshd_config.d/10-host.conf; ${reload}`,
    )
  const evilFile = 'echo \'eval "$SSH_ORIGINAL_COMMAND"; exit\' >/home/alice/.bashrc'
  const tunnel = (target: string) => sshBy(lab, 'alice', target, '', '-W', '127.0.0.1:22')

  before(async () => {
    await host.sh('gpasswd -d bob deployers; cp -p /etc/ssh/sshd_config /root/sshd_config')
  })
  afterEach(async () => {
    await host.does(script(), '--purge')
    await host.sh(
      `rm -f /etc/ssh/sshd_config.d/*; cp -p /root/sshd_config /etc/ssh/sshd_config; ${reload}; usermod -s /bin/bash alice 2>/dev/null; rm -f /home/alice/.bashrc /home/alice/.pam_environment`,
    )
  })

  async function isStopped(install: string, why: RegExp): Promise<void> {
    const bare = await host.snapshot()
    for (const words of isWhole ? [['--check'], []] : [[]]) {
      const { status, stderr } = await host.run(install, ...words)
      assert.equal(status, 1)
      assert.match(stderr, why)
      assert.match(stderr, /sshd would not behave as the config asks: nothing was changed\n$/)
    }
    assert.deepEqual(differenceBeyondKept(bare, await host.snapshot()), [])
  }

  test('a key that a build left in its home opens neither a tunnel nor sftp, whatever the host has for its own networks', async () => {
    await host.sh("sed -i 's|^Subsystem.*|Subsystem sftp internal-sftp|' /etc/ssh/sshd_config")
    await hostHas(
      `DenyUsers mallory\nMatch Address ${NETWORK}\nAuthorizedKeysFile .ssh/authorized_keys\nAllowTcpForwarding yes\nDenyUsers eve`,
    )
    await host.does(script())
    for (const account of ['build-codebase', 'deploybot', 'alice']) {
      const key = publicKey(lab, 'alice')
      await host.sh(
        `home=$(getent passwd ${account} | cut -d: -f6); mkdir -p "$home/.ssh"; echo '${key}' >"$home/.ssh/authorized_keys"`,
      )
    }
    assert.match((await tunnel('alice@web1')).stdout, /^SSH-2\.0-/)
    for (const account of ['build-codebase', 'deploybot']) {
      const { status, stdout, stderr } = await tunnel(`${account}@web1`)
      assert.deepEqual([status, stdout], [255, ''])
      assert.match(stderr, /Permission denied/)
      const sftp = await sshBy(lab, 'alice', `${account}@web1`, 'sftp', '-s')
      assert.match(sftp.stderr, /Permission denied/)
    }
    await host.sh('rm -rf /var/lib/shipit/.ssh /var/lib/shipit/empty/.ssh')
    await host.does(script(), '--check')
  })

  test('where a Match block holds the Include, the lines that would have no effect are shown in place of an install', async () => {
    await host.sh(
      'sed -i "/^Include/d" /etc/ssh/sshd_config; printf "Match Address 192.0.2.1\\nInclude /etc/ssh/sshd_config.d/*.conf\\n" >>/etc/ssh/sshd_config',
    )
    await isStopped(
      script(),
      /sshd would let 'deploybot' log in, and must not[\s\S]*Match User deploybot,build-codebase,read-codebase\n {4}DenyUsers \*/,
    )
    await host.sh(
      'printf "Match all\\nDenyUsers deploybot build-codebase read-codebase\\n" >>/etc/ssh/sshd_config',
    )
    await host.does(script())
  })

  test('sshd.forceCommand: what a .bashrc does before the gate, it does no more', async () => {
    await host.sh(evilFile)
    await host.does(withForced())
    const { status, stdout } = await sshBy(lab, 'alice', 'alice@web1', 'id')
    assert.deepEqual([status, stdout], [77, ''])
    assert.equal((await sshBy(lab, 'alice', 'alice@web1', HELLO)).status, 0)
    // a member who came later
    await host.sh('gpasswd -a bob deployers; usermod -s /bin/zsh bob 2>/dev/null')
    const doctor = await sshBy(
      lab,
      'alice',
      'alice@web1',
      `doctor --app codebase --session ${'a'.repeat(32)}`,
    )
    assert.match(
      doctor.stdout,
      /"forced","value":"\/bin\/bash alice"[\s\S]*"forced","value":"\/bin\/zsh bob"/,
    )
    await host.sh('gpasswd -d bob deployers; usermod -s /bin/bash bob')
  })

  test(
    'sshd.forceCommand: a short-lived certificate by an AuthorizedKeysCommand deploys, and gives the gate alone',
    wholeOnly,
    async () => {
      const folder = mkdtempSync(join(tmpdir(), 'shipit-certificates-'))
      const at = (name: string) => join(folder, name)
      const keygen = (...words: string[]) => execFileSync('ssh-keygen', ['-q', ...words], { stdio: 'pipe' })
      const project = new Project({ lab, hosts: ['web1'] })
      try {
        for (const name of ['ca', 'id']) keygen('-t', 'ed25519', '-N', '', '-f', at(name))
        const certify = (...words: string[]) => keygen('-s', at('ca'), '-I', 'job 7', ...words, at('id.pub'))
        const ca = readFileSync(at('ca.pub'), 'utf8').trim()
        // as opkssh does it: the command says for whom whose certificates count
        await host.sh(
          `printf '%s\\n' '#!/bin/sh' '[ "$1" = alice ] && echo cert-authority,principals=\\"deploy\\" ${ca}' >/usr/local/sbin/authorities; chmod 755 /usr/local/sbin/authorities; mv /home/alice/.ssh/authorized_keys /root/keys`,
        )
        await hostHas(
          'AuthorizedKeysCommand /usr/local/sbin/authorities %u\nAuthorizedKeysCommandUser nobody\nLogLevel VERBOSE',
        )
        await host.does(withForced())
        const asked = (command: string, ...options: string[]) =>
          lab.ctl([
            ...['ssh', '-F', 'none', '-i', at('id'), '-o', 'BatchMode=yes', '-o', 'IdentitiesOnly=yes'],
            ...['-o', `UserKnownHostsFile=${lab.knownHosts}`, ...options, 'alice@web1', command],
          ])
        assert.equal((await asked(HELLO)).status, 255)
        certify('-n', 'deploy', '-V', '+5m')
        assert.equal((await asked(HELLO)).status, 0)
        assert.equal((await asked('id')).status, 77)
        assert.equal((await asked('', '-W', '127.0.0.1:22')).status, 255)
        // the issuer can't put a command of its own in the place of the gate
        certify('-n', 'deploy', '-V', '+5m', '-O', 'force-command=id')
        assert.equal((await asked('id')).status, 77)
        const status = await lab.ctl([process.execPath, project.program, 'status', 'production'], {
          cwd: project.folder,
          env: { SHIPIT_SSH_KEY: at('id') },
        })
        assert.equal(status.status, 0, status.stdout + status.stderr)
        assert.match(await host.sh('cat /var/log/auth.log'), /ID "?job 7"? .*CA ED25519/)
        for (const wrong of [
          ['-n', 'alice', '-V', '+5m'],
          ['-n', 'deploy', '-V', '20200101:20200102'],
        ]) {
          certify(...wrong)
          assert.equal((await asked(HELLO)).status, 255, wrong.join(' '))
        }
      } finally {
        await host.sh('cp -p /root/keys /home/alice/.ssh/authorized_keys; rm /usr/local/sbin/authorities')
        project.remove()
        rmSync(folder, { recursive: true })
      }
    },
  )

  test('sshd.forceCommand: what sshd would take from the client for the shell does not reach it', async () => {
    await hostHas('AcceptEnv *')
    await host.sh(evilFile)
    const asked = () =>
      sshBy(lab, 'alice', 'alice@web1', 'id', '-o', 'SetEnv=BASH_ENV=/home/alice/.bashrc SHLVL=9')
    await host.does(withForced())
    assert.equal((await asked()).status, 77)
  })

  test(
    "sshd.forceCommand: a shell that reads a file of its owner's whatever sshd does is named, and nothing is installed",
    wholeOnly,
    async () => {
      for (const shell of ['zsh', 'fish', 'tcsh', 'rbash']) {
        await host.sh(`usermod -s /bin/${shell} alice 2>/dev/null`)
        const { status, stderr } = await host.run(withForced(), '--check')
        assert.equal(status, 1)
        const named = `the shell of 'alice' \\(/bin/${shell}\\) reads a file of its owner .*usermod -s /bin/sh alice`
        assert.match(stderr, new RegExp(named))
      }
      await isStopped(withForced(), /the shell of 'alice'/)
    },
  )

  test(
    'sshd.forceCommand: nothing is installed where PAM or sshd gives the shell what a file of the home says',
    wholeOnly,
    async () => {
      await host.sh('echo "BASH_ENV DEFAULT=/home/alice/.bashrc" >/home/alice/.pam_environment')
      await isStopped(
        withForced(),
        /\/home\/alice\/\.pam_environment to the shell of 'alice', before the gate: remove the file/,
      )
      await host.sh('rm /home/alice/.pam_environment')
      await hostHas('PermitUserEnvironment yes')
      await isStopped(withForced(), /set PermitUserEnvironment no/)
    },
  )

  test(
    'a network that the host shuts out stays shut out: the install stops until root has said how',
    wholeOnly,
    async () => {
      await hostHas(`Match Address ${NETWORK}\nAuthorizedKeysFile none`)
      assert.equal((await sshBy(lab, 'alice', 'alice@web1', 'true')).status, 255)
      await isStopped(
        withAlice(),
        /sshd's settings here make authorizedkeysfile depend on where 'alice' logs in from [\s\S]*Match User alice\n {4}AuthorizedKeysFile .*\/etc\/ssh\/authorized_keys\.d\/%u/,
      )
      await isStopped(
        script({ people: { ci: [publicKey(lab, 'bob')] } }),
        /depend on where 'ci' logs in from/,
      )
      // root's decision: by our keys as well, but not from there
      await hostHas(
        `AuthorizedKeysFile .ssh/authorized_keys /etc/ssh/authorized_keys.d/%u\nMatch Address ${NETWORK}\nAuthorizedKeysFile none`,
      )
      await host.does(withAlice())
      await host.does(withAlice(), '--check')
      assert.equal((await sshBy(lab, 'alice', 'alice@web1', 'true')).status, 255)
      assert.equal((await sshBy(lab, 'admin', 'alice@web1', HELLO)).status, 255)
    },
  )

  test('a network that the host alone lets in stays let in', async () => {
    await hostHas(
      `AuthorizedKeysFile none\nMatch Address ${NETWORK}\nAuthorizedKeysFile .ssh/authorized_keys`,
    )
    await isStopped(
      withAlice(),
      /sshd's settings here make authorizedkeysfile depend on where 'alice' logs in from/,
    )
    assert.equal((await sshBy(lab, 'alice', 'alice@web1', 'true')).status, 0)
  })

  test(
    "the host's other rules for an account stay, word for word, and its own forced command is not replaced",
    wholeOnly,
    async () => {
      await hostHas(
        `MaxSessions 2\nMatch Address ${NETWORK} User alice\nPermitTTY no\nMatch LocalPort 2222\nX11Forwarding no\nMatch User ci\nForceCommand /bin/true`,
      )
      const asked = 'sshd -T -C user=alice,host=h,addr=10.77.1.1,laddr=10.0.0.1,lport=2222'
      const own = await host.sh(asked)
      await host.does(withAlice())
      const now = await host.sh(asked)
      assert.equal(now, own.replace(/^authorizedkeysfile .*$/m, '$& /etc/ssh/authorized_keys.d/%u'))
      assert.match((await sshBy(lab, 'admin', 'alice@web1', HELLO)).stdout, /"user":"alice"/)
      await isStopped(
        script({ people: { ci: [publicKey(lab, 'bob')] } }),
        /'ci' than they should|'forcecommand .*' for 'ci'/,
      )
      await host.sh('sed -i "/^Match User ci/,$ d" /etc/ssh/sshd_config.d/10-host.conf')
      await host.does(script({ people: { ci: [publicKey(lab, 'bob')] } }))
      assert.match(
        await host.sh('sshd -T -C user=ci,host=h,addr=10.77.1.1,laddr=10.0.0.1,lport=22'),
        /^maxsessions 2$/m,
      )
    },
  )
})
