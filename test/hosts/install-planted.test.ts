// What root's scripts do where the deploy account has planted links, pipes and folders at the names that they use: nothing outside
// changes, nothing hangs, and nothing of a record is believed.
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, test } from 'node:test'
import { git, root, rsync } from '../../src/recipe/steps.ts'
import { shortForm } from '../support/whole.ts'
import { InstalledHost, installScript, someConfig, uninstallScript } from './support/install-kit.ts'
import { hostsSuite } from './support/lab.ts'

const STATE = '/var/lib/shipit/apps/codebase'
const PARTS = join(import.meta.dirname, '../../remote/install')

/** Names in the deploy account's state that any part of the scripts mentions, and some that it might one day. */
const NAMES = [
  ...new Set([
    ...['made-folders', 'current', 'runs', 'history', 'new', 'lock'],
    ...readdirSync(PARTS, { recursive: true, encoding: 'utf8' })
      .filter((part) => part.endsWith('.sh'))
      .flatMap((part) => [
        ...readFileSync(join(PARTS, part), 'utf8').matchAll(
          /(?:\$(?:kept|keeping|old_state)|apps\/\$APP"?)\/([a-z][a-z.-]*)/g,
        ),
      ])
      .map(([, name = '']) => name),
  ]),
]

/** What the deploy account puts at a name. */
const PLANTS = {
  'a symlink to a file of root': 'ln -s /srv/canary/file "$1"',
  'a symlink to a folder of root': 'ln -s /srv/canary/folder "$1"',
  'a hard link to a file that all may write': 'ln /srv/canary/open "$1"',
  'a named pipe': 'mkfifo "$1"',
  'a folder that is full': 'mkdir -p "$1/$1" && ln -s /srv/canary/folder "$1/$1/link"',
} as const

const CANARIES = `cd /srv/canary && find . -printf '%p %m %u:%g %y\\n' | sort && cat file folder/inside open`

/** The tasks, each with the words of the script; --purge is asked of what an uninstall has kept. */
const TASKS = [['--check'], [], ['--uninstall'], ['--purge']] as const

hostsSuite("names in the deploy account's folders", { hosts: 1 }, (lab) => {
  const host = new InstalledHost(lab, 'web1')
  const config = someConfig({
    steps: [
      git(),
      rsync({ from: 'src/', to: '/var/site/', delete: true }),
      root(['/usr/sbin/apachectl', 'restart']),
    ],
  })
  const script = installScript(config)
  const asDeploybot = (text: string) => lab.output('web1', text, { user: 'deploybot' })

  const reset = async () => {
    await host.sh(`rm -rf /srv/canary && mkdir -p /srv/canary/folder && cd /srv/canary &&
      echo precious >file && echo inside >folder/inside && echo open >open && chown alice open && chmod 666 open`)
  }
  beforeEach(reset)

  for (const [what, plant] of shortForm(PLANTS, 'a symlink to a folder of root')) {
    test(`${what}, before each task`, async () => {
      await host.does(script)
      const before = await host.sh(CANARIES)
      const put = `cd ${STATE}; for name in ${NAMES.join(' ')}; do rm -rf "$name"; set -- "$name"; ${plant}; done
        cd /var/site; for name in index.html sub; do rm -rf "$name"; set -- "$name"; ${plant}; done`
      for (const words of TASKS) {
        if (words[0] !== '--purge') await asDeploybot(put)
        // an update: a file of root's differs
        if (words.length === 0) await host.sh('chmod 600 /usr/local/libexec/shipit/gate')
        const result = await lab.exec('web1', ['timeout', '120', '/bin/sh', '/root/install.sh', ...words])
        const said = `${words.join(' ')}\n${result.stdout}${result.stderr}`
        assert.equal(result.status, 0, said)
        assert.equal(await host.sh(CANARIES), before, said)
      }
      assert.equal(
        await host.sh('ls -d /var/site /var/lib/shipit/* /etc/shipit 2>/dev/null; true'),
        '',
        'all is gone',
      )
    })
  }

  test('while a run holds the lock, what the account says of it can neither hang root nor reach its terminal raw', async () => {
    await host.does(script)
    await host.sh('chmod 600 /usr/local/libexec/shipit/gate')
    const held = lab.exec(
      'web1',
      'flock /etc/shipit/apps/codebase/lock sh -c "echo \\$\\$ >/run/held; exec sleep 300"',
    )
    await host.sh('while flock -n /etc/shipit/apps/codebase/lock true; do sleep 0.05; done')
    for (const plant of [
      'mkfifo current',
      'mkdir -p runs/x; echo x >current; printf "alice branch \\033]0;owned\\007\\n" >runs/x/by',
    ]) {
      await asDeploybot(`cd ${STATE} && rm -rf current && ${plant}`)
      const refused = await lab.exec('web1', 'timeout 120 /bin/sh /root/install.sh')
      assert.equal(refused.status, 75, refused.stderr)
      assert.doesNotMatch(refused.stderr, /[^\n -~]/)
    }
    await host.sh('kill $(cat /run/held)')
    await held
  })

  test("names of the account's files reach root's terminal without what a terminal obeys", async () => {
    // the test before has left the app installed
    await asDeploybot(`cd /var/site && touch "$(printf '\\033]0;owned\\007\\033[2J\\n+')"`)
    await host.sh('chown -h alice /var/site/*')
    const said = await host.does(script)
    assert.match(said, /^install: \/var\/site\/\?\?0\?owned\?\?\?2J does not belong to deploybot/m)
    assert.doesNotMatch(said, /[^\n -~]/)
  })

  test('a process that hides behind /proc is seen: an account at work does not go', async () => {
    // it is installed still
    await asDeploybot(
      `python3 -c "import ctypes, time; ctypes.CDLL(None).prctl(4, 0); open('/var/site/up', 'w'); time.sleep(600)" >/dev/null 2>&1 </dev/null &
       until [ -e /var/site/up ]; do sleep 0.05; done`,
    )
    const refused = await host.run(script, '--uninstall')
    assert.equal(refused.status, 1)
    assert.match(refused.stdout, /deploybot is to be removed, but processes run as it: \d+\. End them first/)
    const command = /^ {2}(setpriv .*)$/m.exec(refused.stdout)?.[1] ?? ''
    assert.match(command, /kill/)
    await host.sh(command)
    await host.does(script, '--purge')
  })

  test("a list of folders to remove is root's own, or is not read", async () => {
    await host.does(script)
    await asDeploybot(
      `touch ${STATE}/list; ln -s ${STATE}/list ${STATE}/made-folders; ln ${STATE}/list /var/site/list`,
    )
    await host.does(uninstallScript('codebase'))
    await host.sh('echo /srv/canary/folder >/var/site/list; chmod 666 /var/site/list')
    const said = await host.does(uninstallScript('codebase', true))
    assert.doesNotMatch(said, /canary/)
    assert.equal(await host.sh('cat /srv/canary/folder/inside'), 'inside')
    assert.equal(await host.sh('ls -d /var/site /var/lib/shipit/* 2>/dev/null; true'), '')
  })

  test('a published folder of another place is given back without following what is swapped in it', async () => {
    await host.does(script)
    await host.sh('mkdir -p /srv/canary/folder/deep && chown -R deploybot /srv/canary/folder/deep')
    const before = await host.sh(CANARIES)
    // folders and links change places as fast as they can, from outside and by a shell that stands in the folder
    await asDeploybot(`mkdir -p /var/site/a/deep /var/site/b && for name in 1 2 3 4 5 6 7 8 9; do mkdir -p /var/site/$name/x/deep; done
      (cd /var/site/a; while :; do mv /var/site/a /var/site/c; ln -s /srv/canary/folder /var/site/a; rm /var/site/a; mv /var/site/c /var/site/a
        for name in 1 2 3 4 5 6 7 8 9; do mv ../$name/x ../$name/y && ln -s /srv/canary/folder ../$name/x && rm ../$name/x; mv ../$name/y ../$name/x; done; done) >/dev/null 2>&1 </dev/null &
      echo $! >/var/site/b/pid`)
    const { stdout, stderr } = await lab.exec('web1', [
      ...['timeout', '300', '/bin/sh', '-c'],
      // the account is not to go, so that its processes do not stop the uninstall
      "sed -i '/^account deploybot$/d' /var/lib/shipit/install/made; exec /bin/sh /root/install.sh --uninstall",
    ])
    await host.sh(`kill -KILL $(cat /var/site/b/pid) || true`)
    assert.match(stdout, /\/var\/site stays, and belongs to root/, stderr)
    assert.equal(await host.sh(CANARIES), before)
    assert.equal(await host.sh('find /var/site ! -user root ! -type l'), '')
    await host.sh('userdel deploybot')
    await host.does(script, '--purge')
  })

  test('a folder to publish is refused where others than root may put another in its place', async () => {
    for (const [name, breaking] of [
      ['sticky', 'mkdir -m 1777 /var/open'],
      ["the account's own", 'useradd -r deploybot; mkdir /var/open; chown deploybot /var/open'],
    ] as const) {
      await host.sh(breaking)
      const result = await host.run(
        installScript(
          someConfig({ steps: [git(), rsync({ from: 'src/', to: '/var/open/site/', delete: true })] }),
        ),
      )
      assert.equal(result.status, 1, name)
      assert.match(result.stderr, /nothing was changed/, name)
      await host.sh('rm -r /var/open')
    }
    await host.sh('userdel deploybot')
  })

  test('what lies in a folder that is not root’s alone is not read as a record', async () => {
    await host.does(script)
    await host.sh('chmod 777 /var/lib/shipit/install')
    const result = await host.run(script, '--uninstall')
    assert.equal(result.status, 1)
    assert.match(result.stderr, /\/var\/lib\/shipit\/install or a folder above it/)
    await host.sh('chmod 700 /var/lib/shipit/install')
    await host.does(script, '--purge')
  })
})
