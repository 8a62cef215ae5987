import assert from 'node:assert/strict'
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { describe } from 'node:test'
import { makeRunId } from '../../../src/protocol/request.ts'
import { git, releases, shell } from '../../../src/recipe/steps.ts'
import { ReleasesHost, ROOT } from '../support/releases-host.ts'
import { eventsOf, inTurn, outcomeOf, SHELLS, whyNotShell, withHost } from '../support/rendered-host.ts'

describe('releases', { concurrency: true }, () => {
  for (const name of Object.keys(SHELLS)) {
    describe(`under ${name}`, { skip: whyNotShell(name), concurrency: 3 }, () => {
      const it = inTurn(name)
      it('are folders of their own, and current is a relative link to the live one', () =>
        withHost(new ReleasesHost(name), async (host) => {
          const answer = await host.version('1', { 'bin/run': '#!/bin/sh\n', link: '-> version' })
          assert.equal(answer.status, 0, answer.output)
          const { run } = outcomeOf(answer)
          assert.equal(readlinkSync(host.path(`${ROOT}/current`)), `releases/${run}`)
          assert.equal(existsSync(host.path(`${ROOT}/previous`)), false)
          assert.deepEqual(readdirSync(host.path(`${ROOT}/current`)).sort(), [
            'bin',
            'built',
            'link',
            'version',
          ])
          assert.equal(host.read(`${ROOT}/current/built`), 'built 1\n')
          assert.equal(lstatSync(host.path(`${ROOT}/current/bin/run`)).mode & 0o777, 0o755)
          assert.equal(lstatSync(host.path(`${ROOT}/releases/${run}`)).mode & 0o777, 0o755)
          const second = await host.version('2')
          assert.equal(host.live, '2')
          assert.equal(
            readlinkSync(host.path(`${ROOT}/current`)),
            `releases/${outcomeOf(second).run}`,
            second.output,
          )
          assert.equal(readlinkSync(host.path(`${ROOT}/previous`)), `releases/${run}`)
          assert.deepEqual(readdirSync(host.path(ROOT)).sort(), ['current', 'previous', 'releases', 'shared'])
        }))

      it('may be of one folder of the tree, under names of their own, twice in a recipe', () =>
        withHost(
          new ReleasesHost(name, [
            git(),
            [releases({ root: `${ROOT}/`, from: 'dist/', name: 'app' })],
            releases({ root: '/var/admin', name: 'admin' }),
          ]),
          async (host) => {
            const answer = await host.version('1', { 'dist/version': 'of dist' })
            assert.equal(answer.status, 0, answer.output)
            assert.deepEqual(
              eventsOf(answer, 'run')[0]?.steps?.map((step) => `${step.name} ${step.phase}`),
              [
                'git prepare',
                'release app prepare',
                'switch app publish',
                'release admin prepare',
                'switch admin publish',
              ],
            )
            assert.equal(host.live, 'of dist')
            assert.equal(host.read('/var/admin/current/version'), '1')
          },
        ))

      it('keep the time of what did not change since the live one, and are made of no empty folder', () =>
        withHost(
          new ReleasesHost(name, [
            git(),
            shell('[ ! -e clear ] || rm -r src/*', { phase: 'prepare' }),
            releases({ root: ROOT, from: 'src/' }),
          ]),
          async (host) => {
            const times = (...names: string[]) =>
              names.map((each) => lstatSync(host.path(`${ROOT}/current/${each}`)).mtimeMs / 1000)
            const start = host.commitTime
            await host.version('1', {
              'src/same': 's',
              'src/d/x': 'one',
              'src/link': '-> d',
              'src/run': '#!r',
            })
            host.commitTime += 100
            const second = await host.version('2', {
              'src/d/x': 'two',
              'src/new': 'n',
              'src/link': '',
              'src/link/f': 'f',
            })
            assert.equal(second.status, 0, second.output)
            assert.deepEqual(times('same', 'run', 'd/x', 'new', 'link/f'), [
              start,
              start,
              start + 100,
              start + 100,
              start + 100,
            ])
            assert.equal(lstatSync(host.path(`${ROOT}/current/run`)).mode & 0o777, 0o755)
            const empty = await host.version('3', { clear: 'c' })
            assert.deepEqual([outcomeOf(empty).step, empty.status], ['release', 1])
            assert.match(empty.output, /'src\/' has no file in it/)
          },
        ))

      it('share paths: folders are made where they are missing, and what is there stays', () =>
        withHost(
          new ReleasesHost(name, [
            git(),
            releases({ root: ROOT, shared: ['uploads/', 'var/log/app', 'config/local.env'] }),
          ]),
          async (host) => {
            host.write(`${ROOT}/shared/config/local.env`, 'SECRET=1\n')
            const answer = await host.version('1', {
              'uploads/of-the-commit': 'x',
              'config/default.env': 'd',
              'var/keep': 'k',
            })
            assert.equal(answer.status, 0, answer.output)
            const current = `${ROOT}/current`
            assert.equal(readlinkSync(host.path(`${current}/uploads`)), '../../shared/uploads')
            assert.equal(readlinkSync(host.path(`${current}/var/log/app`)), '../../../../shared/var/log/app')
            assert.equal(host.read(`${current}/config/local.env`), 'SECRET=1\n')
            assert.equal(host.read(`${current}/config/default.env`), 'd')
            assert.deepEqual(readdirSync(host.path(`${ROOT}/shared/uploads`)), ['of-the-commit'])
            writeFileSync(host.path(`${current}/uploads/u`), 'u')
            writeFileSync(host.path(`${current}/var/log/app/l`), 'l')
            assert.equal((await host.version('2')).status, 0)
            assert.equal(host.read(`${current}/uploads/u`), 'u')
            assert.equal(host.read(`${current}/var/log/app/l`), 'l')
          },
        ))

      it('begin shared paths with what the commit has there, once, and say when that is left out', () =>
        withHost(
          new ReleasesHost(name, [git(), releases({ root: ROOT, shared: ['config/app.yml', 'storage'] })]),
          async (host) => {
            const first = await host.version('1', {
              'config/app.yml': 'first',
              'storage/logs/.keep': 'k',
              'storage/up': '-> logs',
            })
            assert.equal(first.status, 0, first.output)
            assert.doesNotMatch(first.output, /left out/)
            assert.equal(host.read(`${ROOT}/current/config/app.yml`), 'first')
            assert.equal(host.read(`${ROOT}/shared/storage/up/.keep`), 'k')
            host.write(`${ROOT}/current/storage/logs/of-users`, 'u')
            const second = await host.version('2', { 'config/app.yml': 'second', 'storage/new': 'n' })
            assert.equal(second.status, 0, second.output)
            assert.match(second.output, /the commit's 'config\/app\.yml' is left out/)
            assert.match(second.output, /the commit's 'storage' is left out/)
            assert.equal(host.read(`${ROOT}/current/config/app.yml`), 'first')
            assert.deepEqual(readdirSync(host.path(`${ROOT}/shared/storage`)).sort(), ['logs', 'up'])
            assert.equal(host.read(`${ROOT}/current/storage/logs/of-users`), 'u')
            for (const [files, said] of [
              [
                { 'config/app.yml': '', 'config/app.yml/f': 'f' },
                /a folder 'config\/app\.yml', and .* is a file/,
              ],
              [{ 'config/app.yml/f': '', 'config/app.yml': '-> x' }, /a symlink 'config\/app\.yml'/],
              [
                {
                  'config/app.yml': 'f',
                  'storage/logs/.keep': '',
                  'storage/up': '',
                  'storage/new': '',
                  storage: 'f',
                },
                /a file 'storage'/,
              ],
            ] as const) {
              const answer = await host.version('3', files)
              assert.deepEqual([outcomeOf(answer).step, answer.status], ['release', 1])
              assert.match(answer.output, said)
              assert.equal(host.live, '2')
            }
          },
        ))

      it('share what the live release has there by itself, also what is written till the switch', () =>
        withHost(
          new ReleasesHost(name, [
            git(),
            releases({ root: ROOT, shared: ['uploads', 'db/site.db', 'was-there'] }),
            shell('[ ! -e bad ]', { name: 'judge' }),
          ]),
          async (host) => {
            // as a recipe without `shared` left it
            const files = { 'uploads/.keep': 'k', 'db/site.db': 'empty', 'was-there/a': 'a' }
            const recipe = '/etc/shipit/apps/codebase/recipe'
            const today = host.read(recipe)
            host.write(recipe, today.replaceAll(" 'uploads' 'db/site.db' 'was-there'", ''))
            const first = outcomeOf(await host.version('1', files)).run
            host.write(`${ROOT}/current/uploads/of-users`, 'u')
            host.write(`${ROOT}/current/db/site.db`, 'of users')
            host.write(`${ROOT}/current/was-there/of-users`, 'u')
            host.write(`${ROOT}/shared/was-there/a`, 'of root')
            host.write(recipe, today)
            // a run that fails after its release was made: users go on writing to the old one
            host.write(`${ROOT}/previous/x`, 'no link')
            assert.equal(outcomeOf(await host.version('2', { 'uploads/.keep': 'new' })).step, 'switch')
            host.run('rm', ['-r', host.path(`${ROOT}/previous`)])
            host.write(`${ROOT}/current/uploads/later`, 'l')
            host.write(`${ROOT}/current/db/site.db`, 'of users, later')
            host.run('touch', ['-d', '+1 minute', host.path(`${ROOT}/current/db/site.db`)])
            const second = await host.version('3')
            assert.equal(second.status, 0, second.output)
            assert.match(second.output, /shared\/uploads begins as the live release has it/)
            assert.equal(readlinkSync(host.path(`${ROOT}/current/uploads`)), '../../shared/uploads')
            assert.deepEqual(readdirSync(host.path(`${ROOT}/current/uploads`)).sort(), [
              '.keep',
              'later',
              'of-users',
            ])
            assert.equal(host.read(`${ROOT}/current/uploads/.keep`), 'k')
            assert.equal(host.read(`${ROOT}/current/db/site.db`), 'of users, later')
            assert.equal(host.read(`${ROOT}/current/was-there/a`), 'of root')
            assert.equal(host.read(`${ROOT}/current/was-there/of-users`), 'u')
            // back to the release from before: what users wrote since is there, and its own is kept
            host.write(`${ROOT}/current/uploads/last`, 'l')
            const back = await host.rollback(` --to ${first}`)
            assert.equal(back.status, 0, back.output)
            assert.match(back.output, /its own is now uploads\.before-shared/)
            assert.equal(host.read(`${ROOT}/current/uploads/last`), 'l')
            assert.equal(host.read(`${ROOT}/current/uploads.before-shared/later`), 'l')
          },
        ))

      it('are not made of a commit whose symlinks lead out, or above a shared path; what is live stays', () =>
        withHost(
          new ReleasesHost(name, [git(), releases({ root: ROOT, shared: ['var/log'] })]),
          async (host) => {
            assert.equal((await host.version('1')).status, 0)
            for (const [files, said] of [
              [{ bad: '-> /etc/passwd' }, /bad leads to \/etc\/passwd/],
              [{ bad: '-> ../x' }, /bad leads to/],
              [{ bad: '', s: '-> .', e: '-> s/s/../../x' }, /\.\/e leads to .*: it has \.\. behind "s"/],
              // in the release that folder is a symlink
              [{ e: '-> var/log/../x', 'var/log/f': 'f' }, /\.\/e leads to .*: it has \.\. behind "log"/],
              [
                { e: '', 'var/log/f': '', other: 'o', 'd/f': 'f', var: '-> d' },
                /the commit has a symlink 'var'/,
              ],
            ] as const) {
              const answer = await host.version('2', files)
              assert.deepEqual([outcomeOf(answer).step, answer.status], ['release', 1])
              assert.match(answer.output, said)
              assert.equal(host.live, '1')
            }
            // what they left behind goes with the next run
            assert.equal((await host.version('3', { var: '', 'var/f': 'f' })).status, 0)
            assert.deepEqual(host.versions, ['1', '3'])
          },
        ))

      it('are not put where others may write, nor in place of what is no link of theirs', () =>
        withHost(new ReleasesHost(name), async (host) => {
          assert.equal((await host.version('1')).status, 0)
          for (const folder of ['/var', ROOT, `${ROOT}/releases`, `${ROOT}/shared`]) {
            host.run('chmod', ['777', host.path(folder)])
            const answer = await host.version('2')
            assert.deepEqual([outcomeOf(answer).step, answer.status], ['release', 1], folder)
            assert.match(answer.output, /may write/)
            host.run('chmod', ['755', host.path(folder)])
          }
          host.run('rm', [host.path(`${ROOT}/current`)])
          mkdirSync(host.path(`${ROOT}/current`))
          const answer = await host.version('2')
          assert.deepEqual([outcomeOf(answer).step, answer.status], ['switch', 1])
          assert.match(answer.output, /current is not a symlink: move it away/)
          host.run('rmdir', [host.path(`${ROOT}/current`)])
          const told = async () =>
            eventsOf(await host.ask('status --app codebase'), 'status')[0]?.current?.state
          assert.equal(await told(), 'gone')
          // a link of somebody's own is replaced, and where it led stays
          host.write(`${ROOT}/releases/by-hand/version`, '0')
          symlinkSync('releases/nowhere', host.path(`${ROOT}/current`))
          assert.equal(await told(), 'dangling')
          host.run('ln', ['-sfn', 'releases/by-hand', host.path(`${ROOT}/current`)])
          assert.equal(await told(), 'changed')
          const doctor = await host.ask('doctor --app codebase')
          assert.deepEqual(
            eventsOf(doctor, 'fact')
              .filter((fact) => fact.name === 'current')
              .map(({ value }) => value),
            [`changed ${ROOT}/current`],
          )
          const third = await host.version('3')
          assert.equal(third.status, 0)
          assert.match(
            third.output,
            /current was changed by hand since the last switch: it leads to releases\/by-hand/,
          )
          assert.equal(await told(), undefined)
          assert.equal(host.live, '3')
          assert.ok(host.names.includes('by-hand'))
        }))

      it('are not taken for those of a run that this host has forgotten', () =>
        withHost(new ReleasesHost(name), async (host) => {
          const first = outcomeOf(await host.version('1')).run
          assert.equal((await host.version('2')).status, 0)
          // as an uninstall and an install leave it
          host.run('rm', ['-rf', host.state])
          host.commit('master', { version: '3' })
          const again = await host.deploy('--branch master', first)
          assert.deepEqual([outcomeOf(again).step, again.status], ['release', 1])
          assert.match(again.output, /exists, and this run did not make it/)
          assert.equal(host.live, '2')
          assert.equal((await host.version('4')).status, 0)
          assert.equal(host.live, '4')
        }))

      it('are pruned but for the newest good ones, what is live, and what was before', () =>
        withHost(
          new ReleasesHost(name, [
            git(),
            releases({ root: ROOT, keep: 3 }),
            shell('test ! -e bad', { name: 'judge' }),
          ]),
          async (host) => {
            for (const version of ['1', '2', '3', '4', '5']) await host.version(version)
            assert.deepEqual(host.versions, ['3', '4', '5'])
            // bad ones never push good ones out, but for the one that is live
            for (const version of ['6', '7', '8']) {
              assert.equal((await host.version(version, { bad: 'x' })).status, 1)
              assert.equal(host.live, version)
            }
            assert.deepEqual(host.versions, ['4', '5', '7', '8'])
            assert.equal(readFileSync(host.path(`${ROOT}/previous/version`), 'utf8'), '7')
            const back = await host.rollback()
            assert.equal(back.status, 0, back.output)
            assert.equal(host.live, '5')
            // previous is the bad one, and stays
            assert.deepEqual(host.versions, ['4', '5', '8'])
            // half of a release is never taken for one
            host.write(`${ROOT}/releases/${makeRunId()}.new/version`, 'x')
            host.write(`${ROOT}/releases/${makeRunId()}.old/version`, 'x')
            host.write(`${ROOT}/releases/notes.old/version`, 'not ours')
            assert.equal((await host.version('9', { bad: '' })).status, 0)
            assert.deepEqual(host.versions, ['4', '5', '9', 'not ours'])
          },
        ))
    })
  }
})
