// The install script on real hosts: a bare one, a second time, failures in the middle, several apps, people, and what is left
// when it goes. The long tables are in test/attacks/install.test.ts.
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { git, root, rsync } from '../../src/recipe/steps.ts'
import { isWhole, wholeOnly } from '../support/whole.ts'
import {
  difference,
  differenceBeyondKept,
  InstalledHost,
  installScript,
  type Snapshot,
  someConfig,
  uninstallScript,
} from './support/install-kit.ts'
import { KILL_STUB, KILLED_TOOLS, killAt, wasKilled } from './support/kill-stub.ts'
import { hostsSuite } from './support/lab.ts'
import { Project } from './support/project.ts'

hostsSuite('shipit install on a bare host', { hosts: 1 }, (lab) => {
  const host = new InstalledHost(lab, 'web1')
  let bare: Snapshot
  let project: Project
  before(async () => {
    await lab.scenario('web1')
    await host.sh('rm -rf /var/codebase')
    bare = await host.snapshot()
    project = new Project({ lab, hosts: ['web1'] })
  })
  after(() => project.remove())

  test('the steps of the administrator: write it, check it, run it as root, --check is clean, alice deploys', async () => {
    const file = join(project.folder, 'install.sh')
    assert.equal((await project.shipit('install', 'production', '--out', file)).status, 0)
    const script = readFileSync(file, 'utf8')
    const alone = await host.run(script, '--check')
    assert.equal(alone.status, 1)
    assert.match(alone.stderr, /^install: this script needs shipit-\S+-installer\.sh, and it is not here/)
    const name = readdirSync(project.folder).find((each) => each.endsWith('-installer.sh')) ?? ''
    await host.write(`/root/${name}`, readFileSync(join(project.folder, name), 'utf8'))
    const before = await host.run(script, '--check')
    assert.equal(before.status, 1)
    assert.match(before.stdout, /^check: \+ \/etc\/sudoers\.d\/shipit-codebase$/m)
    assert.match(before.stdout, /^check: \+ account deploybot \(no password, no shell\)$/m)
    assert.deepEqual(difference(bare, await host.snapshot()), [], '--check changes nothing')
    assert.match(await host.does(script), /install: done\n$/)
    await host.sh(`rm /root/${name}`)
    // from here on the host's own copy will do, also where the script has no folder
    assert.equal(await host.does(script, '--check'), 'check: nothing differs\n')
    const piped = await lab.exec('web1', ['/bin/sh', '-s', '--', '--check'], { input: script })
    assert.equal(piped.stdout, 'check: nothing differs\n')
    const deployed = await project.shipit('deploy', 'production')
    assert.equal(deployed.status, 0, deployed.stdout)
  })

  test('a second run changes nothing: content, owner, mode, times and inode of every file are the same', async () => {
    const before = await host.snapshot({ times: true })
    assert.match(await host.does(project.installScript()), /^install: nothing to change\n/)
    assert.deepEqual(difference(before, await host.snapshot({ times: true })), [])
  })

  test('--check shows which rights a change takes and gives, and how sudoers and recipe differ', async () => {
    const changed = installScript(
      someConfig({
        steps: [
          git(),
          rsync({ from: 'src/', to: '/var/codebase/src/', delete: true }),
          root(['/usr/bin/python3', '/var/codebase/src/webcode.py'], { unsafe: 'a test' }),
        ],
      }),
    )
    const { status, stdout } = await host.run(changed, '--check')
    assert.equal(status, 1)
    assert.match(
      stdout,
      /^ {2}- deploybot as root: \/usr\/sbin\/apachectl restart$[\s\S]*^ {2}\+ deploybot as root: \/usr\/bin\/python3 \/var\/codebase\/src\/webcode\.py\n.*\n {6}! takes '\/var\/codebase\/src\/webcode\.py' as root, and deploys fill it/m,
    )
    assert.match(
      stdout,
      /^\+\+\+ \/etc\/sudoers\.d\/shipit-codebase[\s\S]*^\+deploybot ALL=\(root\) (?:NOSETENV: )?NOPASSWD: .*webcode\.py$/m,
    )
    assert.match(stdout, /^\+\+\+ \/etc\/shipit\/apps\/codebase\/recipe/m)
    assert.doesNotMatch(stdout, /^ {2}[-+] \/var\/codebase\/src$/m, 'what stays is not shown')
  })

  test('--check names each thing that somebody changed, with the reason, and the next run mends it', async () => {
    await host.sh(
      `echo id >>/usr/local/libexec/shipit/installer; chmod 666 /etc/shipit/apps/codebase/recipe; echo >>/usr/local/libexec/shipit/gate; rm /usr/local/bin/shipit-gate
       chown alice /usr/local/libexec/shipit; chmod 777 /var/codebase/src; rm /etc/sudoers.d/shipit-codebase`,
    )
    const found = await host.run(project.installScript(), '--check')
    assert.equal(found.status, 1)
    for (const line of [
      '~ /usr/local/libexec/shipit: owner alice:root -> root:root',
      '~ /usr/local/libexec/shipit/gate: other content',
      '~ /usr/local/libexec/shipit/installer: other content',
      '+ /usr/local/bin/shipit-gate',
      '~ /var/codebase/src: mode 0777 -> 0755',
      '~ /etc/shipit/apps/codebase/recipe: mode 0666 -> 0644',
      '+ /etc/sudoers.d/shipit-codebase',
    ]) {
      assert.ok(found.stdout.includes(`check: ${line}\n`), `${line}\n${found.stdout}`)
    }
    await host.does(project.installScript())
    await host.does(project.installScript(), '--check')
  })

  test('while a deploy runs it refuses, names who deploys, and waits where it is told to', async () => {
    await host.sh('chmod 600 /usr/local/libexec/shipit/gate')
    const held = lab.exec(
      'web1',
      ': >/run/held; flock /etc/shipit/apps/codebase/lock sh -c "while [ -e /run/held ]; do sleep 0.1; done"',
    )
    await host.sh('while flock -n /etc/shipit/apps/codebase/lock true; do sleep 0.05; done')
    const refused = await host.run(project.installScript())
    assert.equal(refused.status, 75)
    assert.match(
      refused.stderr,
      /a run of 'codebase' is in progress \(alice branch master\): nothing was changed/,
    )
    const waiting = host.does(project.installScript(), '--wait', '60')
    await host.sh('sleep 1; rm /run/held')
    await waiting
    await held
  })

  test('--uninstall takes all away but what it says: what is published, for root, and the history, for root', async () => {
    // a file with another name, in a folder of somebody else's; and setfacl fails, as on a file system that knows no access lists
    await host.sh(
      `mkdir -m 777 /srv/theirs && chown alice /srv/theirs && mv /usr/bin/setfacl /usr/bin/setfacl-x && ln -s false /usr/bin/setfacl
       su -s /bin/sh deploybot -c "cd /var/codebase/src && echo x >open && chmod 666 open && echo x >two && chmod 4666 two && ln two /srv/theirs/two && mkdir -m 777 wide && echo x >wide/open && chmod 666 wide/open"
       mkdir -p /var/codebase/src/sub/hers && chown alice /var/codebase/src/sub/hers`,
    )
    const said = await host.does(project.installScript(), '--uninstall')
    assert.match(
      said,
      /\/var\/codebase\/src stays, and belongs to root\n.*: except for \/var\/codebase\/src\/two, .* have more than one name/,
    )
    assert.match(
      said,
      /may still change \/var\/codebase\/src\/sub\/hers, .*\n {2}find \/var\/codebase\/src ! -user root/,
    )
    assert.match(
      await host.sh('stat -c "%a %U" /srv/theirs/two && rm -r /srv/theirs/two /var/codebase/src/sub'),
      /^644 shipit-\d+$/,
      'no file of root in the folder of somebody else, and nobody may write it',
    )
    await host.sh('rmdir /srv/theirs; rm /var/codebase/src/two; mv /usr/bin/setfacl-x /usr/bin/setfacl')
    assert.equal(
      await host.sh('cd /var/codebase/src && stat -c "%a %U" wide wide/open'),
      '755 root\n644 root',
    )
    assert.match(said, /history and logs are kept for root in \/var\/lib\/shipit\/uninstalled\/codebase/)
    const left = differenceBeyondKept(bare, await host.snapshot())
    const expected = /^var\/(codebase|lib\/shipit(\/uninstalled(\/.*)?)?)(:|\/.*:) not there -> /
    assert.deepEqual(
      left.filter((line) => !expected.test(line)),
      [],
    )
    assert.equal(await host.sh('stat -c "%a %U" /var/lib/shipit/uninstalled/codebase'), '700 root')
    assert.match(await host.sh('cat /var/lib/shipit/uninstalled/codebase/history'), /"outcome":"succeeded"/)
    assert.equal(await host.sh('find /var/codebase /var/lib/shipit ! -user root'), '')
    assert.equal(
      await host.sh('find /var/codebase -type f -perm /022'),
      '',
      "root alone may write what is root's",
    )
  })

  test('--purge leaves nothing but locked accounts and groups: the listing is else the one of the bare host', async () => {
    await host.does(project.installScript(), '--purge')
    assert.deepEqual(differenceBeyondKept(bare, await host.snapshot()), [])
    assert.match(await host.does(uninstallScript('codebase')), /'codebase' is not installed on this host/)
  })

  test('a failure before the change leaves the host as it was, and says what to do', async () => {
    const breakings = [
      [
        'the disk is full',
        'cat /dev/zero >/var/lab-ballast 2>/dev/null; true',
        'rm /var/lab-ballast',
        /nothing was changed|as it was before/,
      ],
      [
        "the host's own sudoers is broken",
        'echo nonsense here >/etc/sudoers.d/zz',
        'rm /etc/sudoers.d/zz',
        /the sudoers of this host has an error/,
      ],
      [
        'a published folder is a symlink',
        'mkdir /var/codebase; ln -s /etc /var/codebase/src',
        'rm -r /var/codebase',
        /\/var\/codebase\/src is a symlink/,
      ],
      [
        'sudo is missing',
        'mv /usr/bin/sudo /usr/bin/sudo-x',
        'mv /usr/bin/sudo-x /usr/bin/sudo',
        /install these first: sudo/,
      ],
      [
        'sudo does not read its folder',
        'cp /etc/sudoers /etc/sudoers-x; sed -i /includedir/d /etc/sudoers',
        'mv /etc/sudoers-x /etc/sudoers',
        /sudo does not read \/etc\/sudoers\.d here/,
      ],
      [
        'a published folder lies where others may write',
        'mkdir -m 777 /var/codebase',
        'rmdir /var/codebase',
        /\/var\/codebase is writable by others/,
      ],
    ] as const
    for (const [name, breaking, mending, said] of isWhole ? breakings : breakings.slice(0, 3)) {
      // put there beforehand: the disk may be full
      await host.run(installScript(someConfig()), '--check')
      await host.sh(breaking)
      const broken = await host.snapshot()
      const result = await lab.exec('web1', ['/bin/sh', '/root/install.sh'])
      assert.equal(result.status, 1, name)
      assert.match(result.stderr, said, name)
      assert.deepEqual(difference(broken, await host.snapshot()), [], name)
      await host.sh(mending)
    }
    assert.deepEqual(differenceBeyondKept(bare, await host.snapshot()), [])
  })

  test('a failure in the middle takes back what was done', async () => {
    // the second look at the host's own file is the one after all is in place
    for (const [tool, call, words = '*'] of [
      ['mv', 10],
      ['install', 9],
      ...(isWhole ? ([['chown', 3]] as const) : []),
      ['useradd', 1],
      ['visudo', 2, '*" /etc/sudoers"'],
    ] as const) {
      const before = await host.snapshot()
      const stub = await host.replace(
        [tool],
        `#!/bin/bash\n[[ "$*" == ${words} ]] || exec /usr/real/${tool} "$@"\nn=$(cat /run/calls 2>/dev/null || echo 0); echo $((n + 1)) >/run/calls\n[ "$n" -ne ${call - 1} ] || exit 1\nexec /usr/real/${tool} "$@"`,
      )
      const result = await host.run(installScript(someConfig()))
      await host.sh('rm /run/calls')
      await stub.undo()
      assert.equal(result.status, 1, tool)
      assert.match(result.stderr, /the host is as it was before/, tool)
      // once it is in sudoers, somebody may have been the account: it is not deleted
      const since = tool === 'visudo' ? differenceBeyondKept : difference
      assert.deepEqual(since(before, await host.snapshot()), [], tool)
    }
  })

  test(
    'killed in the middle, --check names what is half done, and the next run finishes it',
    wholeOnly,
    async () => {
      const script = installScript(someConfig())
      await host.does(script)
      const complete = await host.snapshot()
      await host.does(script, '--purge')
      const stub = await host.replace(KILLED_TOOLS, KILL_STUB)
      for (const call of [38, 58, 80]) {
        await killAt(host, call)
        assert.ok(wasKilled(await host.runAlone(script)), `call ${call}`)
        await killAt(host, 0)
        const check = await host.run(script, '--check')
        assert.equal(check.status, 1)
        assert.match(
          check.stdout,
          /an install of 'codebase' by shipit 0\.1\.0 began at .* and did not end/,
          `call ${call}`,
        )
        assert.match(await host.does(script), /was interrupted: undoing it[\s\S]*install: done/)
        assert.deepEqual(differenceBeyondKept(complete, await host.snapshot()), [], `call ${call}`)
        await host.does(script, '--purge')
        assert.deepEqual(differenceBeyondKept(bare, await host.snapshot()), [], `call ${call}`)
      }
      await stub.undo()
    },
  )
})
