import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { userInfo } from 'node:os'
import { after, before, describe } from 'node:test'
import { git, root, rsync } from '../../../src/recipe/steps.ts'
import { type Answer, eventsOf, inTurn, RenderedHost, SHELLS, whyNotShell } from '../support/rendered-host.ts'

const STEPS = [
  git(),
  rsync({ from: 'src/', to: '/var/codebase/src/', delete: true }),
  root(['/usr/sbin/apachectl', 'restart']),
]
const APP = '/etc/shipit/apps/codebase'
const ME = userInfo().username

describe('doctor and recipe, as the runner answers them', { concurrency: true }, () => {
  for (const name of Object.keys(SHELLS)) {
    describe(`under ${name}`, { skip: whyNotShell(name), concurrency: 1 }, () => {
      const it = inTurn(name)
      let host: RenderedHost
      before(() => {
        host = new RenderedHost({ shell: name, steps: STEPS })
        host.folder('/var/lib/shipit/apps/codebase')
      })
      after(() => host.remove())

      let asked: Promise<Answer> | undefined
      /** Asks anew after something was changed. */
      const facts = async (name: string, state: 'as before' | 'changed' = 'as before') => {
        if (state === 'changed') asked = undefined
        asked ??= host.ask('doctor --app codebase')
        const answer = await asked
        assert.deepEqual([answer.status, answer.stderr, answer.output], [0, '', ''])
        return eventsOf(answer, 'fact').flatMap((fact) => (fact.name === name ? [fact.value] : []))
      }

      it('answers with facts between a hello and an end, and nothing else', async () => {
        const answer = await host.ask('doctor --app codebase')
        const names = answer.events.map(({ event }) => event)
        assert.deepEqual([names[0], names.at(-1)], ['hello', 'end'])
        assert.ok(names.slice(1, -1).every((each) => each === 'fact'))
        assert.equal(eventsOf(answer, 'hello')[0]?.digest, host.digest)
        const known = new Set(eventsOf(answer, 'fact').map((fact) => fact.name))
        for (const fact of [
          'clock',
          'gate',
          'tool',
          'account',
          'groups',
          'published',
          'file',
          'space',
          'lock',
          'waiting',
          'selinux',
        ])
          assert.ok(known.has(fact), fact)
      })

      it('tells the time, the version of the gate and the space', async () => {
        const began = Date.now()
        const seconds = Number((await facts('clock', 'changed'))[0])
        assert.ok(seconds >= Math.floor(began / 1000) && seconds <= Date.now() / 1000, `${seconds}`)
        assert.deepEqual(await facts('gate'), ['0.0.0'])
        assert.match((await facts('space'))[0] ?? '', /^\d+ \d+ \//)
      })

      it('tells the programs, and those that are missing', async () => {
        const tools = await facts('tool')
        assert.match(tools.find((each) => each.startsWith('git ')) ?? '', /^git git version \d/)
        assert.equal(tools.length, 11)
        const none = new RenderedHost({ shell: name, steps: STEPS })
        const runner = '/usr/local/libexec/shipit/runner'
        none.write(
          runner,
          none.read(runner).replace('for tool in git', 'for tool in no-such-program git'),
          0o755,
        )
        const told = eventsOf(await none.ask('doctor --app codebase'), 'fact').filter(
          (each) => each.name === 'tool',
        )
        assert.equal(told[0]?.value, 'no-such-program missing')
        none.remove()
      })

      it('tells of each file checksum, mode and owner, and of each folder above it', async () => {
        const files = await facts('file')
        const sum = host.run('sha256sum', [host.path(`${APP}/recipe`)]).split(' ')[0]
        assert.ok(files.includes(`${sum} 644 ${ME}:${ME} ${APP}/recipe`), files.join('\n'))
        for (const path of [
          '/usr',
          '/usr/local/libexec',
          '/etc/shipit',
          '/var/codebase',
          '/var/codebase/src',
        ])
          assert.ok(
            files.some((each) => /^folder [0-7]+ \S+ /.test(each) && each.endsWith(` ${path}`)),
            path,
          )
        assert.ok(files.includes('missing - - /etc/sudoers.d/shipit-codebase'))
        assert.deepEqual(await facts('published'), ['/var/codebase/src'])
      })

      it('tells a symlink and a file of an odd name without a character that a terminal obeys', async () => {
        const stranger = host.path('/usr/local/libexec/shipit/\u001b[31m"\\é x')
        writeFileSync(stranger, '')
        symlinkSync('/bin/sh', host.path('/usr/local/libexec/shipit/link'))
        const files = await facts('file', 'changed')
        assert.ok(
          files.some((each) => /^link:\/bin\/sh [0-7]+ \S+ \/usr\/local\/libexec\/shipit\/link$/.test(each)),
        )
        assert.ok(
          files.some((each) => /libexec\/shipit\/__31m____ x$/.test(each)),
          files.join('\n'),
        )
        rmSync(stranger)
        rmSync(host.path('/usr/local/libexec/shipit/link'))
      })

      it('tells of files that releases share whether they are there, and nothing of what is in them', async () => {
        const shared = ['there', 'odd', 'missing', 'of-live', 'd/hidden'].map(
          (each) => `shared-file /srv/a ${each}\n`,
        )
        host.write(`${APP}/grants`, shared.join(''))
        host.write('/srv/a/shared/there', 'secret')
        host.folder('/srv/a/shared/odd')
        host.write('/srv/a/current/of-live', 'l')
        assert.deepEqual(await facts('shared-file', 'changed'), [
          'there /srv/a/shared/there',
          'odd /srv/a/shared/odd',
          'missing /srv/a/shared/missing',
          'missing /srv/a/shared/d/hidden',
        ])
        rmSync(host.path(`${APP}/grants`))
      })

      it('tells the lines of the manifests, and takes the published folders from the grants', async () => {
        host.write('/etc/shipit/manifest', '# shipit 0.0.0\nfolder 0755 root:root /etc/shipit\n')
        host.write(`${APP}/manifest`, `# shipit 0.0.0\n${'a'.repeat(64)} 0644 root:root ${APP}/else\n`)
        host.write(`${APP}/grants`, 'group deployers\npublished /var/www/site\n')
        assert.deepEqual(await facts('manifest', 'changed'), [
          'folder 0755 root:root /etc/shipit',
          `${'a'.repeat(64)} 0644 root:root ${APP}/else`,
        ])
        assert.deepEqual(await facts('published'), ['/var/www/site'])
        assert.ok((await facts('file')).includes(`missing - - ${APP}/else`))
        for (const path of ['/etc/shipit/manifest', `${APP}/manifest`, `${APP}/grants`])
          rmSync(host.path(path))
      })

      it('tells the lock: free, held, missing', async () => {
        assert.deepEqual(await facts('lock', 'changed'), ['free'])
        const holder = spawn('flock', [host.path(`${APP}/lock`), 'sh', '-c', 'echo; exec sleep 600'], {
          detached: true,
        })
        await once(holder.stdout, 'data')
        assert.deepEqual(await facts('lock', 'changed'), ['held'])
        process.kill(-(holder.pid as number))
        await once(holder, 'close')
        rmSync(host.path(`${APP}/lock`))
        assert.deepEqual(await facts('lock', 'changed'), ['missing'])
        host.write(`${APP}/lock`, '')
      })

      it('tells what logind does: the last drop-in counts, and a commented line where none says', async () => {
        const logind = '/etc/systemd/logind.conf'
        host.write(logind, '[Login]\n#KillUserProcesses=no\n#KillExcludeUsers=root\n')
        assert.deepEqual(await facts('logind', 'changed'), [
          'KillUserProcesses no',
          'KillOnlyUsers',
          'KillExcludeUsers root',
        ])
        host.write(`${logind}.d/10-a.conf`, 'KillUserProcesses=no\n')
        host.write(`/usr/lib/systemd/logind.conf.d/10-a.conf`, 'KillUserProcesses=no\nKillOnlyUsers=masked\n')
        host.write(
          `/usr/lib/systemd/logind.conf.d/20-b.conf`,
          'KillUserProcesses=yes\nKillExcludeUsers=root alice\n',
        )
        assert.deepEqual(await facts('logind', 'changed'), [
          'KillUserProcesses yes',
          'KillOnlyUsers',
          'KillExcludeUsers root alice',
        ])
      })

      it('gives out the recipe as it stands', async () => {
        const answer = await host.ask('recipe --app codebase')
        assert.equal(answer.status, 0)
        assert.equal(answer.output, host.read(`${APP}/recipe`))
        assert.deepEqual(
          answer.events.map(({ event }) => event),
          ['hello', 'end'],
        )
      })

      it('says nothing of an app that somebody else could have changed', async () => {
        chmodSync(host.path(`${APP}/recipe`), 0o666)
        for (const verb of ['doctor', 'recipe']) {
          const answer = await host.ask(`${verb} --app codebase`)
          assert.deepEqual([answer.status, answer.events], [77, []])
        }
        chmodSync(host.path(`${APP}/recipe`), 0o644)
      })
    })
  }
})
