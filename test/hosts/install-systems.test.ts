// What an install meets on other systems: sudo that wants a terminal, SELinux, other shells and tools, git by a deploy key.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { git, restorecon, rsync } from '../../src/recipe/steps.ts'
import { isWhole, wholeOnly } from '../support/whole.ts'
import {
  difference,
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

hostsSuite('what else root sets up', { hosts: 1 }, (lab) => {
  const host = new InstalledHost(lab, 'web1')

  test('where sudo wants a terminal, our own commands alone are freed of it', async () => {
    await lab.scenario('web1')
    await host.sh('echo "Defaults requiretty" >/etc/sudoers.d/10-tty')
    const project = new Project({ lab, hosts: ['web1'] })
    await project.install('web1')
    const written = await host.sh('cat /etc/sudoers.d/shipit-codebase')
    assert.match(written, /^Defaults!SHIPIT_CODEBASE !requiretty$/m)
    assert.match(
      written,
      /^Cmnd_Alias SHIPIT_CODEBASE = \S+\/runner, \S+\/as-root \/usr\/bin\/timeout -k 5 60 \/usr\/sbin\/apachectl restart, /m,
    )
    const deployed = await project.shipit('deploy', 'production', '--docs')
    assert.equal(deployed.status, 0, deployed.stdout)
    assert.match((await lab.exec('web1', 'sudo -n true', { user: 'admin' })).stderr, /must have a tty/)
    if (isWhole) await project.install('web1')
    await host.sh('rm /etc/sudoers.d/10-tty')
    await project.install('web1')
    assert.doesNotMatch(await host.sh('cat /etc/sudoers.d/shipit-codebase'), /requiretty/)
    await host.does(project.installScript(), '--purge')
    project.remove()
  })

  test('a deploy key is made once on the host, for deploybot to read, and git reaches the repository by it alone', async () => {
    const hostKey = readFileSync(lab.knownHosts, 'utf8').trim().split(' ').slice(1).join(' ')
    const config = someConfig({
      repository: 'alice@localhost:/srv/git/codebase.git',
      git: { deployKey: true, knownHosts: [`localhost ${hostKey}`] },
    })
    const said = await host.does(installScript(config))
    const key = /add this deploy key to the repository, read-only:\n(ssh-ed25519 \S+ codebase@web1)/.exec(
      said,
    )?.[1]
    assert.ok(key, said)
    assert.equal(await host.sh('stat -c "%a %U" /etc/shipit/apps/codebase/git/key'), '440 root')
    await lab.output('web1', ['/bin/sh', '-c', 'cat >>/home/alice/.ssh/authorized_keys'], {
      input: `${key}\n`,
    })
    const asked = 'cd /; sudo -u deploybot env -i PATH=/usr/bin:/bin HOME=/etc/shipit/apps/codebase/git'
    const remote = 'git ls-remote alice@localhost:/srv/git/codebase.git refs/heads/master'
    assert.match(
      await host.sh(`${asked} GIT_SSH_COMMAND="ssh -F /etc/shipit/apps/codebase/git/ssh_config" ${remote}`),
      /refs\/heads\/master/,
    )
    // as git before 2.3 has it
    assert.match(
      await host.sh(`${asked} GIT_SSH=/etc/shipit/apps/codebase/git/ssh ${remote}`),
      /refs\/heads\/master/,
    )
    assert.match(await host.does(installScript(config)), /^install: nothing to change\n/)
    const changed = await host.does(installScript({ ...config, git: { deployKey: true, knownHosts: [] } }))
    assert.doesNotMatch(changed, /add this deploy key/)
    const unknown = await lab.exec('web1', `${asked} GIT_SSH=/etc/shipit/apps/codebase/git/ssh ${remote}`)
    assert.match(unknown.stderr, /Host key verification failed/)
    await host.does(installScript(config), '--purge')
  })

  test('where SELinux is on, rules are added, checked, and taken away (with stubs: there is no SELinux here)', async () => {
    const config = someConfig({
      steps: [
        git(),
        rsync({ from: 'src/', to: '/var/codebase/src/', delete: true }),
        restorecon('/var/codebase/src/web.py', { type: 'httpd_sys_script_exec_t' }),
      ],
    })
    // a domain of SELinux's may use nothing of the install's
    const held = (name: string) => `readlink /proc/$$/fd/[0-9] >>/run/held-by-${name}; `
    const stubs = {
      selinuxenabled: 'exit 0',
      getsebool: 'echo "$1 --> off"',
      semanage: `${held('semanage')}echo "semanage $*" >>/run/selinux; case "$2" in -a) printf "%s %s\\n" "$5" "$4" >>/run/rules ;; -d) : >/run/rules ;; esac`,
      matchpathcon: `case "$1" in
-V) exit 0 ;;
*) type=var_t; while read -r pattern rule; do case "$pattern,$2" in '/var/codebase/src(/.*)?,/var/codebase/src' | '/var/codebase/src/web\\.py,/var/codebase/src/web.py') type=$rule ;; esac; done 2>/dev/null </run/rules
echo "system_u:object_r:$type:s0" ;;
esac`,
      restorecon: `${held('restorecon')}echo "restorecon $*" >>/run/selinux; case "$*" in "-R /var/lib/shipit/apps/"*) id -un >/run/labelled-by ;; esac`,
    }
    await host.sh(
      'for name in restorecon selinuxenabled matchpathcon getsebool; do [ ! -e "/usr/sbin/$name" ] || mv "/usr/sbin/$name" "/usr/sbin/$name.kept"; done',
    )
    // the account labels what is its own
    await host.sh(
      'cd /run && touch selinux labelled-by held-by-restorecon && chmod 666 selinux labelled-by held-by-restorecon',
    )
    const bare = await host.snapshot()
    for (const [name, text] of Object.entries(stubs)) {
      if (name === 'semanage') {
        const without = await host.run(installScript(config))
        assert.match(without.stderr, /SELinux is on, but this host has no /)
        assert.deepEqual(differenceBeyondKept(bare, await host.snapshot()), [])
      }
      await lab.output('web1', ['/bin/sh', '-c', `cat >/usr/sbin/${name}; chmod 755 /usr/sbin/${name}`], {
        input: `#!/bin/sh\n${text}\n`,
      })
    }
    assert.match(
      (await host.run(installScript(config), '--check')).stdout,
      /web\.py: SELinux would not give it the type httpd_sys_script_exec_t/,
    )
    assert.match(
      await host.does(installScript(config)),
      /SELinux lets no web server run programs such as \/var\/codebase\/src\/web\.py .* run: setsebool -P httpd_enable_cgi on\n/,
    )
    const called = await host.sh('cat /run/selinux')
    assert.match(called, /^semanage fcontext -a -t httpd_sys_content_t \/var\/codebase\/src\(\/\.\*\)\?$/m)
    assert.match(called, /^semanage fcontext -a -t httpd_sys_script_exec_t \/var\/codebase\/src\/web\\\.py$/m)
    assert.match(called, /^restorecon -R \/var\/lib\/shipit\/apps\/codebase \/var\/codebase\/src$/m)
    assert.equal(await host.sh('cat /run/labelled-by'), 'deploybot')
    await host.does(installScript(config), '--check')
    await host.does(installScript(config), '--purge')
    assert.equal((await host.sh('cat /run/selinux')).match(/semanage fcontext -d/g)?.length, 2)
    for (const name of ['semanage', 'restorecon']) {
      const files = new Set((await host.sh(`cat /run/held-by-${name}`)).split('\n'))
      files.delete(`/run/held-by-${name}`)
      assert.deepEqual([...files], ['/dev/null'], name)
    }
    await host.sh(
      'cd /usr/sbin && rm selinuxenabled semanage matchpathcon restorecon getsebool; for name in *.kept; do mv "$name" "$(basename "$name" .kept)"; done',
    )
  })
})

hostsSuite('the same script under the shells and tools of other systems', { hosts: 1 }, (lab) => {
  for (const shell of isWhole ? (['bash', 'ash', 'busybox'] as const) : (['busybox'] as const)) {
    test(`${shell}: install, --check, again, a hello, --uninstall, --purge`, async () => {
      await lab.up({ hosts: 1, prefix: shell, shell })
      const host = new InstalledHost(lab, `${shell}1`)
      const bare = await host.snapshot()
      const script = installScript(
        someConfig({ people: { ci: [publicKey(lab, 'bob')] }, git: { deployKey: true } }),
      )
      assert.match(await host.does(script), /install: done\n$/)
      await host.does(script, '--check')
      const before = await host.snapshot({ times: true })
      assert.equal(await host.does(script), 'install: nothing to change\n')
      assert.deepEqual(difference(before, await host.snapshot({ times: true })), [])
      assert.match((await sshBy(lab, 'bob', `ci@${host.name}`, HELLO)).stdout, /"app":"codebase"/)
      await host.does(script, '--uninstall')
      await host.does(script, '--purge')
      assert.deepEqual(differenceBeyondKept(bare, await host.snapshot()), [])
    })
  }

  test(
    "by adduser and addgroup alone, as on Alpine (stubs with busybox's options: Debian's busybox lacks these)",
    wholeOnly,
    async () => {
      await lab.up({ hosts: 1, prefix: 'alpine', shell: 'busybox' })
      const host = new InstalledHost(lab, 'alpine1')
      const names = 'useradd userdel groupadd groupdel gpasswd usermod groupmod'
      await host.sh(`mkdir /usr/real; for name in ${names}; do mv "$(command -v $name)" /usr/real/; done`)
      for (const [name, text] of Object.entries({
        addgroup: '[ "$1" != -S ] || shift; if [ $# = 2 ]; then gpasswd -a "$1" "$2"; else groupadd "$1"; fi',
        delgroup: 'if [ $# = 2 ]; then gpasswd -d "$1" "$2"; else groupdel "$1"; fi',
        adduser:
          '[ "$1 $2 $3 $4 $6 $8 $#" = "-S -D -H -h -s -G 10" ] && h=$5 s=$7 g=$9 && shift 9 && useradd --system --no-create-home -d "$h" -s "$s" -g "$g" "$1"',
        deluser: 'userdel "$1"',
      })) {
        await host.sh(
          `rm -f /usr/sbin/${name}; cat >/usr/sbin/${name} <<'END'\n#!/bin/sh\nPATH=/usr/real:$PATH\n${text}\nEND\nchmod 755 /usr/sbin/${name}`.replaceAll(
            '\\n',
            '\n',
          ),
        )
      }
      const bare = await host.snapshot()
      const people = { ci: [publicKey(lab, 'bob')], alice: [publicKey(lab, 'admin')] }
      const script = installScript(someConfig({ allow: [{ group: 'webbers' }], people }))
      await host.does(script)
      await host.does(script, '--check')
      assert.match((await sshBy(lab, 'bob', 'ci@alpine1', HELLO)).stdout, /"user":"ci"/)
      assert.match((await sshBy(lab, 'admin', 'alice@alpine1', HELLO)).stdout, /"user":"alice"/)
      await host.does(script, '--purge')
      assert.deepEqual(differenceBeyondKept(bare, await host.snapshot()), [])
    },
  )
})
