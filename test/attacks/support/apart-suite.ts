// Two apps of one host, and all that one tries on the other: by a deploy step, by a build, and by a developer with a shell.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { makeRunId } from '../../../src/protocol/request.ts'
import { git, make, root, rsync, shell } from '../../../src/recipe/steps.ts'
import { InstalledHost, installScript, publicKey, someConfig } from '../../hosts/support/install-kit.ts'
import { hostsSuite, type RunResult } from '../../hosts/support/lab.ts'
import { Project } from '../../hosts/support/project.ts'
import { SHOP, TRIES, tryAll } from './neighbours.ts'

const HOLD = '/srv/shop-hold'
const STEPS = `
  git(),
  shell('sh ./hook.sh', { name: 'hook' }),
  make('html', { in: 'doc', as: 'build' }),
`
/** Who tries: code of the repository in a step, the same in a build, and a person with a shell. */
const CALLERS = ['deploybot', 'build-codebase', 'alice'] as const
/** What an app can do to another with which it shares the account. */
const SHARED = [
  'stop a process',
  'trace a process',
  'read the mirror',
  'read the history',
  'write a log',
  'change the tree of a run',
  'publish a file',
  'take the lock',
  'use its root line',
]
const MEANS =
  /each of (?:these apps|them) can rewrite\s+(?:# +)?the others?'s? trees, history and logs,\s+and use (?:their|its) root lines/

export function apartSuite(name: string, { withShared }: { withShared: boolean }): void {
  hostsSuite(name, { hosts: 1 }, (lab) => {
    const host = new InstalledHost(lab, 'web1')
    const codebase = new Project({ lab, hosts: ['web1'], steps: STEPS })
    const sharing = new Project({ lab, hosts: ['web1'], steps: STEPS, sharedAccount: true })
    const shop = (account: string, sharedAccount = false) =>
      installScript(
        someConfig({
          ...{ app: SHOP.app, account, sharedAccount, repository: SHOP.repository },
          allow: [{ group: 'webbers' }],
          people: { carol: [`${publicKey(lab, 'admin')} carol`] },
          git: { deployKey: true },
          steps: [
            git(),
            shell(`cat secret.txt; while [ -e ${HOLD} ]; do sleep 0.2; done`, {
              name: 'hold',
              phase: 'prepare',
            }),
            make('html', { in: 'doc', as: 'build' }),
            rsync({ from: 'src/', to: `${SHOP.published}/`, delete: true }),
            root(['/usr/bin/touch', SHOP.rootMark]),
          ],
        }),
      )

    before(async () => {
      await lab.scenario('web1')
      await codebase.install('web1')
      await host.sh(`git clone -q --bare --no-hardlinks /srv/git/codebase.git ${SHOP.repository}`)
      await host.does(shop('deploy-shop'))
      await host.sh(`gpasswd -d bob deployers >/dev/null; gpasswd -a bob webbers >/dev/null
        cd "$(mktemp -d)" && git clone -q -b master ${SHOP.repository} . && echo '${SHOP.secret}' >secret.txt && git add -A &&
        git -c user.name=b -c user.email=b@c commit -qm secret && git push -q origin master && cd / && rm -rf "$OLDPWD"
        chown -R root:read-shop ${SHOP.repository} && chmod -R g+rX,o= ${SHOP.repository}`)
    })
    after(() => {
      codebase.remove()
      sharing.remove()
    })

    const deploy = (person: string, app: string, branch: string, run = makeRunId()): Promise<RunResult> =>
      lab.exec('web1', `shipit-gate deploy --run ${run} --app ${app} --branch ${branch} --back`, {
        user: person,
        timeoutMs: 590_000,
      })

    /** Has all three try while a run of the shop goes on; returns what got through, as `WHO NAME`. */
    async function attack(account: string): Promise<string[]> {
      await host.sh(`touch ${HOLD}; rm -f ${SHOP.rootMark}`)
      const run = makeRunId()
      const shopRun = deploy('bob', SHOP.app, 'master', run)
      await host.sh(
        `for i in $(seq 100); do pgrep -u ${account} -f shop-hold >/dev/null && exit 0; sleep 0.1; done; exit 1`,
      )
      const script = tryAll(account, run)
      await lab.output(
        'web1',
        [
          '/bin/sh',
          '-euc',
          `cd "$(mktemp -d)" && git clone -q -b master /srv/git/codebase.git . && { git checkout -q evil/shop 2>/dev/null || git checkout -q -b evil/shop; }
        cat >hook.sh; printf 'html:\\n\\t@sh ../hook.sh\\n' >doc/Makefile; git add -A
        git -c user.name=a -c user.email=a@b commit -qm evil && git push -q -f origin evil/shop`,
        ],
        { input: script },
      )
      const watched = await watch()
      const tried = await deploy('alice', 'codebase', 'evil/shop')
      const person = await lab.exec('web1', ['/bin/sh', '-s'], {
        user: 'alice',
        input: script,
        timeoutMs: 590_000,
      })
      const said = tried.stdout + person.stdout
      for (const caller of CALLERS)
        assert.match(
          said,
          new RegExp(`^TRIED ${caller} ${Object.keys(TRIES).length}$`, 'm'),
          said + tried.stderr,
        )
      const got = said.split('\n').flatMap((line) => (line.startsWith('GOT ') ? [line.slice(4)] : []))
      if (account !== 'deploybot') {
        assert.deepEqual(await watch(), watched, 'nothing of the shop was changed')
        assert.equal(
          (await lab.exec('web1', `test -e ${SHOP.rootMark}`)).status,
          1,
          'no root line of the shop was used',
        )
      }
      await host.sh(`rm -f ${HOLD}`)
      const { status, stdout, stderr } = await shopRun
      if (account !== 'deploybot')
        assert.equal(status, 0, `the run of the shop went on and succeeded: ${stdout}${stderr}`)
      return got
    }

    /** All that the shop keeps, but for what its run, which goes on, does not write. */
    const watch = (): Promise<string> =>
      host.sh(
        `find ${SHOP.state} ${SHOP.root} ${SHOP.published} /var/lib/shipit/build/shop ${SHOP.repository} /etc/sudoers.d/shipit-shop ! -path '*/runs/*/nap.*' \\( -type d -printf '%p %m %u %g\\n' -o -printf '%p %m %u %g %s %T@ %l\\n' \\) | LC_ALL=C sort`,
      )

    test(`of ${Object.keys(TRIES).length} tries by each of ${CALLERS.join(', ')}, none gets through to an app of another account`, async () => {
      assert.equal((await deploy('bob', SHOP.app, 'master')).status, 0)
      assert.deepEqual(await attack('deploy-shop'), [])
      assert.equal((await deploy('bob', SHOP.app, 'master')).status, 0, 'and it is as free as before')
    })

    if (!withShared) return

    test('under a shared account an app does to the other what every screen says, and people and builds still do not', async () => {
      await host.does(shop('deploy-shop'), '--purge')
      await sharing.install('web1')
      const script = shop('deploybot', true)
      assert.match(script.split('\nset -fu')[0] ?? '', MEANS)
      assert.match(await host.does(script), MEANS)
      assert.match(await host.does(script, '--check'), MEANS)
      await host.sh(`gpasswd -a bob webbers >/dev/null; chown -R root:read-shop ${SHOP.repository}`)
      assert.match((await sharing.shipit('doctor')).stdout, MEANS)
      assert.equal((await deploy('bob', SHOP.app, 'master')).status, 0)
      const got = await attack('deploybot')
      for (const each of SHARED) assert.ok(got.includes(`deploybot ${each}`), `${each}: ${got.join('\n')}`)
      assert.deepEqual(
        got.filter((each) => !each.startsWith('deploybot ')),
        [],
      )
    })
  })
}
