import assert from 'node:assert/strict'
import { chmodSync, lstatSync, readdirSync, readlinkSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { after, describe } from 'node:test'
import { makeRunId } from '../../src/protocol/request.ts'
import { command, git, make, restorecon, root, rsync, shell } from '../../src/recipe/steps.ts'
import { patient } from '../support/patience.ts'
import {
  type Answer,
  eventsOf,
  type HostOptions,
  inTurn,
  outcomeOf,
  RenderedHost,
  SHELLS,
  whyNotShell,
} from './support/rendered-host.ts'

const SITE = '/var/codebase/src'
const PUBLISH = rsync({ from: 'src/', to: `${SITE}/`, delete: true })

// the shells beside each other: most of a deploy is waiting
describe('the steps', { concurrency: true }, () => {
  for (const name of Object.keys(SHELLS)) {
    describe(`under ${name}`, { skip: whyNotShell(name), concurrency: 2 }, () => {
      const it = inTurn(name)
      const hosts: RenderedHost[] = []
      after(() => {
        for (const host of hosts) host.remove()
      })
      const makeHost = (steps: HostOptions['steps'] = [git(), PUBLISH], flags: HostOptions['flags'] = {}) => {
        const host = new RenderedHost({ shell: name, steps, flags })
        hosts.push(host)
        return host
      }
      const failure = (answer: Answer) => {
        const { outcome, step, status, exit } = outcomeOf(answer)
        return { outcome, step, status, exit }
      }

      it('make the folder equal to the commit: dot files, modes, symlinks, deletions', async () => {
        const host = makeHost()
        host.commit('master', {
          'src/.hidden': 'h',
          'src/run': '#!/bin/sh\n',
          'src/plain': 'p',
          'src/link': '-> plain',
          'src/dir/f': 'f',
          'src/old': 'o',
        })
        assert.equal((await host.deploy()).status, 0)
        assert.deepEqual(readdirSync(host.path(SITE)).sort(), [
          '.hidden',
          'dir',
          'link',
          'old',
          'plain',
          'run',
        ])
        assert.equal(statSync(host.path(`${SITE}/run`)).mode & 0o777, 0o755)
        assert.equal(statSync(host.path(`${SITE}/plain`)).mode & 0o777, 0o644)
        assert.equal(readlinkSync(host.path(`${SITE}/link`)), 'plain')
        host.commit('master', { 'src/old': '', 'src/plain': '#!/bin/sh\n', 'src/link': '-> dir' })
        assert.equal((await host.deploy()).status, 0)
        assert.equal(host.has(`${SITE}/old`), false)
        assert.equal(statSync(host.path(`${SITE}/plain`)).mode & 0o777, 0o755)
        assert.equal(readlinkSync(host.path(`${SITE}/link`)), 'dir')
      })

      it('replace a folder by a file and a symlink by a folder, and the other way round', async () => {
        const host = makeHost()
        host.commit('master', { 'src/a/b/c': 'c', 'src/l': '-> a' })
        host.commit(
          'swap',
          { 'src/a/b/c': '', 'src/a': 'now a file', 'src/l': '', 'src/l/f': 'now a folder' },
          'master',
        )
        for (const [branch, isFolder] of [
          ['master', true],
          ['swap', false],
          ['master --back', true],
        ] as const) {
          const answer = await host.deploy(`--branch ${branch}`)
          assert.equal(answer.status, 0, answer.output)
          assert.equal(lstatSync(host.path(`${SITE}/a`)).isDirectory(), isFolder)
          assert.equal(lstatSync(host.path(`${SITE}/l`)).isSymbolicLink(), isFolder)
        }
      })

      it('keep what the commit does not have where delete is false, and what is excluded always', async () => {
        const host = makeHost([
          git(),
          rsync({ from: 'src/', to: `${SITE}/`, delete: true, exclude: ['/uploads/', '*.log'] }),
          rsync({ name: 'keep', from: 'src/', to: '/var/codebase/kept/', delete: false }),
        ])
        host.commit('master', { 'src/a': 'a' })
        host.write(`${SITE}/uploads/u`, 'u')
        host.write(`${SITE}/x.log`, 'l')
        host.write(`${SITE}/stale`, 's')
        host.write('/var/codebase/kept/stale', 's')
        assert.equal((await host.deploy()).status, 0)
        assert.deepEqual(readdirSync(host.path(SITE)).sort(), ['a', 'uploads', 'x.log'])
        assert.deepEqual(readdirSync(host.path('/var/codebase/kept')).sort(), ['a', 'stale'])
      })

      it('export the commit byte for byte, whatever its attributes say', async () => {
        const host = makeHost()
        host.commit('master', {
          '.gitattributes':
            'src/ignored export-ignore\nsrc/subst export-subst\nsrc/crlf text eol=crlf\nsrc/ident ident\n',
          'src/ignored': 'i',
          'src/subst': '$Format:%H$\n',
          'src/crlf': 'a\nb\n',
          'src/ident': '$Id$\n',
        })
        assert.equal((await host.deploy()).status, 0)
        assert.equal(host.read(`${SITE}/ignored`), 'i')
        assert.equal(host.read(`${SITE}/subst`), '$Format:%H$\n')
        assert.equal(host.read(`${SITE}/crlf`), 'a\nb\n')
        assert.equal(host.read(`${SITE}/ident`), '$Id$\n')
      })

      it('do not know a branch or tag that is not there, and touch nothing', async () => {
        const host = makeHost()
        host.commit('master', { 'src/a': 'a' })
        for (const words of ['--branch nope', '--tag master', '--branch master --docs']) {
          const answer = await host.deploy(words)
          assert.equal(answer.status, words.includes('docs') ? 77 : 66, words)
        }
        assert.equal(outcomeOf(await host.deploy('--branch nope')).reason, 'ref-not-found')
        assert.deepEqual(readdirSync(host.path(SITE)), [])
      })

      it('deploy a tag, and a commit only if it is on the asked branch', async () => {
        const host = makeHost()
        const first = host.commit('master', { 'src/a': '1' })
        host.run('git', ['tag', 'v1'], '/srv/git/codebase.git')
        host.commit('master', { 'src/a': '2' })
        const elsewhere = host.commit('x', { 'src/a': '3' }, 'master')
        assert.equal(eventsOf(await host.deploy('--tag v1'), 'commit')[0]?.commit, first)
        assert.equal(host.read(`${SITE}/a`), '1')
        const newest = await host.deploy('--branch master')
        assert.match(newest.output, /^branch 'master' is at [0-9a-f]{40}$/m)
        const older = await host.deploy(`--branch master --commit ${first} --back`)
        assert.equal(older.status, 0)
        assert.match(older.output, new RegExp(`^${first} is on branch 'master'$`, 'm'))
        assert.equal(host.read(`${SITE}/a`), '1')
        assert.equal((await host.deploy(`--branch master --commit ${elsewhere}`)).status, 66)
        assert.equal((await host.deploy(`--branch master --commit ${'e'.repeat(40)}`)).status, 66)
        assert.equal((await host.deploy()).status, 0)
        assert.equal(host.read(`${SITE}/a`), '2')
      })

      it('deploy commits only: no tag object, tree or file by its id, and no tag that leads to one', async () => {
        const host = makeHost()
        const origin = '/srv/git/codebase.git'
        const commit = host.commit('master', { 'src/a': '1' })
        host.run('git', ['-c', 'user.name=t', '-c', 'user.email=t@t', 'tag', '-a', '-m', 't', 'v1'], origin)
        const idOf = (name: string) => host.run('git', ['rev-parse', name], origin).trim()
        host.run('git', ['tag', 'tree', idOf('master:src')], origin)
        host.run('git', ['tag', 'file', idOf('master:src/a')], origin)
        const peeled = await host.deploy('--tag v1')
        assert.equal(eventsOf(peeled, 'commit')[0]?.commit, commit)
        for (const name of ['v1', 'master:', 'master:src/a']) {
          const answer = await host.deploy(`--tag v1 --commit ${idOf(name)}`)
          assert.deepEqual([answer.status, outcomeOf(answer).reason], [66, 'ref-not-found'], name)
          assert.match(answer.output, /is not a commit on tag 'v1'/)
        }
        for (const name of ['tree', 'file']) {
          const answer = await host.deploy(`--tag ${name}`)
          assert.deepEqual([answer.status, outcomeOf(answer).reason], [66, 'ref-not-found'], name)
          assert.match(answer.output, new RegExp(`tag '${name}' does not lead to a commit`))
        }
        const kept = host.run(
          'git',
          ['for-each-ref', '--format=%(objectname)', 'refs/shipit/run'],
          '/var/lib/shipit/apps/codebase/mirror.git',
        )
        assert.equal(kept, `${commit}\n`)
      })

      it('do not take what an earlier run fetched for the answer of a repository that sends nothing', async () => {
        const host = makeHost()
        host.commit('master', { 'src/a': '1' })
        host.commit('x', { 'src/a': '2' })
        host.commit('x', { 'src/a': '3' })
        assert.equal((await host.deploy()).status, 0)
        const [origin, full] = ['codebase.git', 'full.git'].map((each) => host.path(`/srv/git/${each}`))
        host.run('mv', [origin as string, full as string])
        const clone = ['clone', '-q', '--mirror', '--depth', '1', '--no-single-branch']
        host.run('git', [...clone, `file://${full}`, origin as string])
        const answer = await host.deploy('--branch x')
        assert.deepEqual(failure(answer), { outcome: 'failed', step: 'git', status: 1, exit: 1 })
        assert.match(answer.output, /git fetched nothing: is the repository a shallow clone\?/)
        assert.equal(host.read(`${SITE}/a`), '1')
      })

      it('follow a branch that was rewritten, and branches whose names begin alike', async () => {
        const host = makeHost()
        host.commit('a', { 'src/a': '1' })
        assert.equal((await host.deploy('--branch a')).status, 0)
        host.run('git', ['update-ref', '-d', 'refs/heads/a'], '/srv/git/codebase.git')
        host.commit('a/b', { 'src/a': '2' })
        assert.equal((await host.deploy('--branch a/b')).status, 0)
        assert.equal(host.read(`${SITE}/a`), '2')
      })

      it('keep what they fetch as packs, and make one of many, without what no run needs', async () => {
        const host = makeHost()
        host.setConstant('step', 'MOST_PACKS', 3)
        const mirror = '/var/lib/shipit/apps/codebase/mirror.git'
        const packs = () =>
          readdirSync(host.path(`${mirror}/objects/pack`)).filter((each) => each.endsWith('.pack')).length
        const has = (object: string) =>
          host.run('sh', ['-c', `git cat-file -e ${object} 2>/dev/null && echo yes || :`], mirror) !== ''
        const deployNew = async (branch: string) => {
          const run = makeRunId()
          const commit = host.commit(branch, { 'src/a': branch })
          assert.equal((await host.deploy(`--branch ${branch}`, run)).status, 0)
          return { run, commit }
        }
        const forgotten = await deployNew('a')
        const kept = await deployNew('b')
        await deployNew('c')
        assert.equal(packs(), 3)
        assert.match(host.run('git', ['count-objects'], mirror), /^0 objects/)
        host.run('git', ['update-ref', '-d', `refs/shipit/run/${forgotten.run}`], mirror)
        const left = `${mirror}/objects/pack/.tmp-1-pack-x`
        host.write(left, '')
        await deployNew('d')
        assert.deepEqual([packs(), host.has(left)], [2, false])
        assert.deepEqual([has(forgotten.commit), has(kept.commit)], [false, true])
        const back = await host.ask(`rollback --run ${makeRunId()} --app codebase --to ${kept.run}`)
        assert.equal(back.status, 0)
        assert.equal(host.read(`${SITE}/a`), 'b')
      })

      it('take no ref for another whose whole name ends like it', async () => {
        const host = makeHost()
        host.commit('refs/tags/v10', { 'src/a': 'forged' })
        host.commit('refs/heads/gone', { 'src/a': 'forged' })
        for (const words of ['--tag v10', '--branch gone']) {
          const answer = await host.deploy(words)
          assert.equal(answer.status, 66, answer.output)
          assert.equal(outcomeOf(answer).reason, 'ref-not-found')
        }
        assert.equal(host.has(`${SITE}/a`), false)
      })

      it('refuse submodules', async () => {
        const host = makeHost()
        host.commit('module', { 'src/a': 'a', 'src/m': `module ${'a'.repeat(40)}` })
        const answer = await host.deploy('--branch module')
        assert.deepEqual(failure(answer), { outcome: 'failed', step: 'git', status: 1, exit: 1 })
        assert.match(answer.output, /submodules/)
      })

      it('publish no file as a filter of git stores it, whatever filter that is and however it is named', async () => {
        const host = makeHost([
          git(),
          shell('[ ! -e src/unlock ] || for f in src/*.env; do echo plain >"$f"; done', { phase: 'prepare' }),
          rsync({ from: 'src/', to: `${SITE}/`, delete: true, exclude: ['/kept/', '*.psd'] }),
        ])
        const files = {
          'src/a': 'a',
          'src/b.env': 'b',
          'src/d/c.bin': 'c',
          'src/kept/k.env': 'k',
          'doc/d.env': 'd',
        }
        host.commit('fine', {
          ...files,
          // of what is published all is excluded, or has no filter after all; a comment and a symlink carry none
          '.gitattributes':
            '# *.bin filter=lfs\n*.env filter=git-crypt\nsrc/*.env -filter\n*.psd filter=lfs\n* -text\n',
          'src/kept/.gitattributes': 'k.env filter=git-crypt\n',
          'src/deep/x.psd': 'x',
          'src/link.env': '-> a',
          'src/.gitattributes': 'link.env filter=git-crypt\n',
        })
        const fine = await host.deploy('--branch fine')
        assert.equal(fine.status, 0, fine.output)
        assert.match(fine.output, /doc\/d\.env needs the filter git-crypt/)
        assert.deepEqual(readdirSync(host.path(SITE)).sort(), [
          '.gitattributes',
          'a',
          'b.env',
          'd',
          'deep',
          'link.env',
        ])
        for (const [branch, attributes, said] of [
          ['crypt', { '.gitattributes': '*.env filter=git-crypt diff=git-crypt\n' }, 'b.env'],
          ['lfs', { 'src/d/.gitattributes': 'c.bin filter=lfs\n' }, 'd/c.bin'],
          [
            'macro',
            { '.gitattributes': '[attr]secret filter=our-own\n*.odd secret\n', 'src/n\new .odd': 'n' },
            'n\\#012ew .odd',
          ],
        ] as const) {
          host.commit(branch, { ...files, 'src/new': 'n', ...attributes })
          const answer = await host.deploy(`--branch ${branch}`)
          assert.deepEqual(
            failure(answer),
            { outcome: 'failed', step: 'rsync src', status: undefined, exit: 1 },
            answer.output,
          )
          assert.ok(answer.output.includes(`\n${said}\n`), answer.output)
          assert.equal(host.has(`${SITE}/new`), false)
        }
        // what a prepare step put in its place is no more what the repository stores
        host.commit('crypt', { 'src/unlock': 'u' })
        const unlocked = await host.deploy('--branch crypt')
        assert.equal(unlocked.status, 0, unlocked.output)
        assert.equal(host.read(`${SITE}/b.env`), 'plain\n')
      })

      it('say that a repository cannot be reached', async () => {
        const host = makeHost()
        const answer = await host.deploy()
        assert.deepEqual(failure(answer), { outcome: 'failed', step: 'git', status: 1, exit: 1 })
        assert.match(answer.output, /cannot fetch from the repository/)
      })

      it('name what an exclude keeps out of the commit, and fail where something else is missing', async () => {
        const steps = [
          git(),
          rsync({ from: 'src/', to: `${SITE}/`, delete: true, exclude: ['cache/'] }),
          rsync({ from: 'src/', to: '/var/codebase/doc/', delete: true, name: 'copy' }),
        ]
        // an rsync that leaves something out without a word
        const careless =
          '"$real" "$@"; status=$?; [ ! -e "$aside/lose" ] || rm -f "$aside/../var/codebase/doc/a"; exit "$status"'
        const host = new RenderedHost({ shell: name, steps, before: { rsync: careless } })
        hosts.push(host)
        host.commit('master', { 'src/a': 'a', 'src/lib/cache/store.py': 's' })
        const kept = await host.deploy()
        assert.equal(kept.status, 0, kept.output)
        for (const name of ['lib/cache', 'lib/cache/store.py'])
          assert.ok(kept.output.includes(`in the commit, but left out by exclude: ${name}\n`), kept.output)
        host.write('/aside/lose', '')
        const lost = await host.deploy()
        assert.deepEqual(failure(lost), { outcome: 'failed', step: 'copy', status: 1, exit: 1 }, lost.output)
        assert.match(lost.output, /in the commit, but not live: a\n[\s\S]*not all of the commit is live in/)
      })

      it('copy nothing when symlinks lead out of the folder, however they are spelled', async () => {
        const host = makeHost()
        host.commit('fine', {
          'src/a': 'a',
          'src/d/up': '-> ../a',
          'src/d/e/top': '-> ..//../',
          'src/here': '-> ./d//f',
          'src/dangling': '-> nowhere',
          'src/odd': '-> ...',
          'src/lines': '-> a\n..\n',
          'src/dir': '-> d',
          'src/by': '-> dir/e/f',
        })
        assert.equal((await host.deploy('--branch fine')).status, 0)
        assert.deepEqual(readdirSync(host.path(SITE)).sort(), [
          'a',
          'by',
          'd',
          'dangling',
          'dir',
          'here',
          'lines',
          'odd',
        ])
        assert.deepEqual(readdirSync(host.path(`${SITE}/d`)).sort(), ['e', 'up'])
        const targets = [
          ...['/etc/passwd', '/', '../doc', '..', '../', './../x', './..', '..//../x'],
          // behind a name .. leads where nobody knows: the name may be a symlink here (CVE-2024-12088), or become one
          ...[
            'd/../a',
            'd/..',
            'd/../../x',
            'a//../../x',
            's/s/s/../../../etc/passwd',
            's/../x',
            'a/../x',
            'no/../x',
            'a\n/../x',
          ],
          ...['n\n/../../x', 'out/../a', 'loop/../a', 'root/../a'],
        ]
        const bad = Object.fromEntries(targets.map((target, index) => [`src/bad${index}`, `-> ${target}`]))
        host.commit('out', {
          ...{ 'src/d/f': 'f', 'src/new': 'n', 'src/s': '-> .', 'src/n/f': 'f', 'src/n\n': '-> .' },
          ...{ 'src/out': '-> d/../..', 'src/loop': '-> loop', 'src/root': '-> /' },
          ...bad,
        })
        const answer = await host.deploy('--branch out')
        assert.deepEqual(failure(answer), {
          outcome: 'failed',
          step: 'rsync src',
          status: undefined,
          exit: 1,
        })
        for (const [index, target] of targets.entries())
          assert.match(answer.output, new RegExp(`^\\./bad${index} leads to [^:]*: (it|the) `, 'm'), target)
        assert.doesNotMatch(answer.output, /\/s leads to/)
        assert.equal(host.has(`${SITE}/new`), false)
      })

      it('publish a folder whose name rsync has for its own, and leave nothing of a publish that was ended', async () => {
        // ended with nothing tidied up, as by a power cut: 'kill' is for rsync alone, 'head' for the run as well
        const ended = 'case "$*" in *--itemize-changes*) if [ -e "$aside/stop" ]; then'
        const host = new RenderedHost({
          shell: name,
          steps: [git(), rsync({ from: 'src/', to: `${SITE}/`, delete: false })],
          before: {
            rsync: `${ended}
for staging; do case "$staging" in --partial-dir=*) staging=\${staging#*=} ;; esac; last=$staging; done
for word; do case "$word" in --partial-dir=*) name=\${word#*=} ;; esac; done
mkdir -p "$last/d/$name" && echo half >"$last/d/$name/big" && (umask 077; echo half >"$last/d/.big.Ab12Cd")
[ "$(cat "$aside/stop")" = rsync ] || kill -KILL $(ps -o sid= -p $$)
kill -KILL $$; fi ;; esac
exec "$real" "$@"`,
          },
        })
        hosts.push(host)
        host.commit('master', { 'src/d/.~tmp~/keep': 'k', 'src/d/big': 'b' })
        assert.equal((await host.deploy()).status, 0)
        host.write(`${SITE}/d/.env.backup`, 'of somebody', 0o600)
        const all = ['.env.backup', '.~tmp~', 'big']
        assert.deepEqual(readdirSync(host.path(`${SITE}/d`)).sort(), all)
        for (const who of ['rsync', 'head']) {
          host.write('/aside/stop', who)
          await host.deploy()
          if (who === 'head') assert.equal(readdirSync(host.path(`${SITE}/d`)).length, 5)
          else assert.deepEqual(readdirSync(host.path(`${SITE}/d`)).sort(), all)
          rmSync(host.path('/aside/stop'))
          const next = await host.deploy()
          assert.equal(next.status, 0, next.output)
          assert.deepEqual(readdirSync(host.path(`${SITE}/d`)).sort(), all)
        }
        assert.equal(host.read('/var/lib/shipit/apps/codebase/staging'), '')
      })

      it('do not follow a folder of the commit that is a symlink out of it', async () => {
        const host = makeHost([git(), PUBLISH, make('html', { in: 'doc', as: 'build', out: 'html' })])
        host.commit('src', { src: '-> /etc', a: 'a' })
        host.commit('doc', { 'src/a': 'a', doc: '-> /tmp' })
        assert.match((await host.deploy('--branch src')).output, /'src\/' leads out of the commit/)
        assert.match((await host.deploy('--branch doc')).output, /'doc' leads out of the commit/)
      })

      it('do not write where others may, or above which others may', async () => {
        const host = makeHost()
        host.commit('master', { 'src/a': 'a' })
        for (const folder of [SITE, '/var/codebase', '/var']) {
          chmodSync(host.path(folder), 0o777)
          const answer = await host.deploy()
          assert.deepEqual(
            failure(answer),
            { outcome: 'failed', step: 'rsync src', status: undefined, exit: 1 },
            folder,
          )
          chmodSync(host.path(folder), 0o755)
        }
        assert.deepEqual(readdirSync(host.path(SITE)), [])
      })

      it('stop at the first that fails, with its status; later ones do not run', async () => {
        const host = makeHost([
          shell('echo about to fail; exit 3', { name: 'bad', phase: 'prepare' }),
          shell('echo should not run', { name: 'later' }),
        ])
        const answer = await host.deploy()
        assert.equal(answer.status, 1)
        assert.equal(answer.output, 'about to fail\n')
        assert.deepEqual(failure(answer), { outcome: 'failed', step: 'bad', status: 3, exit: 1 })
        assert.equal(
          eventsOf(answer, 'step').some((step) => step.name === 'later'),
          false,
        )
        assert.equal(host.has('/var/lib/shipit/apps/codebase/live'), false)
      })

      it('end with their time, even if they ignore TERM', async () => {
        const host = makeHost([command(['sleep', '20'], { name: 'long', timeout: 1 })])
        const answer = await host.deploy()
        assert.deepEqual(failure(answer), {
          outcome: 'timed-out',
          step: 'long',
          status: outcomeOf(answer).status,
          exit: 1,
        })
        assert.equal(outcomeOf(answer).limitSeconds, 1)
        const deaf = makeHost([shell("trap '' TERM; sleep 20; sleep 20", { name: 'deaf', timeout: 1 })])
        const began = Date.now()
        assert.equal(outcomeOf(await deaf.deploy()).outcome, 'timed-out')
        assert.ok(Date.now() - began < patient(15_000))
      })

      it('are left out where their flag is not given, and root steps where there is no root', async () => {
        const host = makeHost(
          [
            shell('echo docs', { name: 'docs', when: 'docs' }),
            shell('echo plain', { name: 'plain', when: '!docs' }),
            shell('echo red', { name: 'red', when: 'colour=red' }),
            root(['/usr/sbin/apachectl', 'restart']),
          ],
          { docs: { summary: '' }, colour: { summary: '', choices: ['red', 'blue'] } },
        )
        const told = (answer: Answer) =>
          eventsOf(answer, 'step').flatMap((step) =>
            step.state === 'skipped' ? `${step.name}: ${step.reason}` : [],
          )
        const without = await host.deploy()
        assert.equal(without.output, 'plain\n')
        assert.deepEqual(told(without), ['docs: flag', 'red: flag', 'apachectl restart: sandbox'])
        const withAll = await host.deploy('--branch master --docs --colour red')
        assert.equal(withAll.output, 'docs\nred\n')
        assert.deepEqual(eventsOf(withAll, 'run')[0]?.flags, ['docs', 'colour=red'])
      })

      it('see no variable but PATH, HOME, LC_ALL, their own and what shipit tells them', async () => {
        const host = makeHost([git(), command(['env'], { env: { COLOUR: "it's $HOME `red`" } })])
        const commit = host.commit('master', { a: 'a' })
        const answer = await host.deploy()
        const variables = Object.fromEntries(
          answer.output
            .split('\n')
            .filter((line) => /^[A-Z_]+=/.test(line))
            .map((line) => line.split(/=(.*)/s)),
        )
        // this host has a prefix, as the sandbox has one
        assert.equal(
          variables.GIT_CEILING_DIRECTORIES,
          `${host.prefix}:${host.prefix}/var/lib/shipit/build/..`,
        )
        assert.deepEqual(
          Object.keys(variables)
            .filter((key) => !['PWD', 'OLDPWD', 'SHLVL', '_', 'GIT_CEILING_DIRECTORIES'].includes(key))
            .sort(),
          [
            'COLOUR',
            'HOME',
            'LC_ALL',
            'PATH',
            'SHIPIT_APP',
            'SHIPIT_BACK_TO',
            'SHIPIT_COMMIT',
            'SHIPIT_FLAGS',
            'SHIPIT_REF',
            'SHIPIT_REF_KIND',
            'SHIPIT_RUN',
          ],
        )
        assert.equal(variables.COLOUR, "it's $HOME `red`")
        assert.equal(variables.SHIPIT_COMMIT, commit)
      })

      it('have no stdin and no descriptor but of their output', async () => {
        const host = makeHost([shell('cat; ls -l /proc/self/fd | sed -n "s/.* -> //p"', { name: 'fds' })])
        const answer = await host.deploy()
        const targets = answer.output
          .trim()
          .split('\n')
          .filter((target) => !/^(pipe:|\/proc\/)/.test(target))
        assert.deepEqual([...new Set(targets)], ['/dev/null'])
      })

      it('end with a pipe whose reader has ended, as in any shell', async () => {
        const host = makeHost([
          shell('while :; do echo x; done | head -n 1; yes | head -n 1', { name: 'pipes', timeout: 20 }),
        ])
        const answer = await host.deploy()
        assert.deepEqual([answer.status, answer.output], [0, 'x\ny\n'])
      })

      it('tell a build what it builds, and find programs where administrators put them', async () => {
        const tell =
          'echo "$SHIPIT_APP $SHIPIT_COMMIT $SHIPIT_REF_KIND $SHIPIT_REF $SHIPIT_RUN,$SHIPIT_FLAGS,"; case "$PATH" in *:/usr/local/bin) echo found ;; esac'
        const host = makeHost(
          [git(), shell(tell, { name: 'own' }), shell(tell, { as: 'build', name: 'build' })],
          { docs: { summary: 'x' } },
        )
        const commit = host.commit('a/b', { a: 'a' })
        const answer = await host.deploy('--branch a/b --docs')
        const told = `codebase ${commit} branch a/b ${outcomeOf(answer).run}, docs ,\nfound\n`
        assert.equal(answer.output.replace(/^branch .*\n/, ''), told + told)
      })

      it('have a home of their own, which goes with the run', async () => {
        const host = makeHost([
          git(),
          shell('echo x >"$HOME/f"; cat "$HOME/f"; chmod 0500 "$HOME"', { name: 'home' }),
        ])
        host.commit('master', { a: 'a' })
        for (let round = 0; round < 2; round += 1) assert.match((await host.deploy()).output, /x\n$/)
        assert.deepEqual(readdirSync(host.path('/var/lib/shipit/apps/codebase/tree')), [])
      })

      it('say at the end why rsync failed, after the names of what it copied', async () => {
        // biome-ignore lint/suspicious/noTemplateCurlyInString: the shell's
        const inTheWay = 'mkdir -p "${PWD%/var/lib/*}/var/codebase/src/a/full"'
        const many = Object.fromEntries(Array.from({ length: 30 }, (_, index) => [`src/z${index}`, 'z']))
        const host = makeHost([
          git(),
          shell(inTheWay, { name: 'in the way' }),
          rsync({ from: 'src/', to: `${SITE}/`, delete: false }),
        ])
        host.commit('master', { 'src/a': 'a', ...many })
        const answer = await host.deploy()
        assert.equal(answer.status, 1)
        assert.match(
          answer.output,
          /shipit: rsync failed:\n(?:.*\n)?could not make way for new regular file: a\n$/,
        )
      })

      it('build in a copy of their own, and bring back files, folders and symlinks that stay inside', async () => {
        const makefile =
          'html:\n\tmkdir -p out/sub; echo page >out/sub/page; ln -s /etc/passwd out/link; mkfifo out/fifo; echo spoiled >../src/a; ln out/sub/page out/hard; ln -s ../sub out/sub/in; ln -s ../../Makefile out/up\n'
        const host = makeHost([
          git(),
          make('html', { in: 'doc', as: 'build', out: 'out', env: { WHO: 'me' } }),
          PUBLISH,
          rsync({ from: 'doc/out/', to: '/var/codebase/doc/', delete: true }),
        ])
        host.commit('master', { 'src/a': 'a', 'doc/Makefile': makefile, 'doc/out/stale': 's' })
        const answer = await host.deploy()
        assert.equal(answer.status, 0, answer.output)
        assert.deepEqual(readdirSync(host.path('/var/codebase/doc')).sort(), ['hard', 'stale', 'sub'])
        assert.equal(readlinkSync(host.path('/var/codebase/doc/sub/in')), '../sub')
        for (const left of ['link leads to /etc/passwd: ', 'up leads to ../../Makefile: ', 'fifo is neither'])
          assert.ok(answer.output.includes(`made by the build, and left out: ./${left}`), answer.output)
        assert.equal(host.read(`${SITE}/a`), 'a')
        assert.deepEqual(readdirSync(host.path('/var/lib/shipit/build/codebase')), [])
      })

      it('tell the status of a build that fails, and of one that makes nothing', async () => {
        const makeWithin = (seconds: number) =>
          makeHost([git(), make('html', { in: 'doc', as: 'build', out: 'out', timeout: seconds })])
        const host = makeWithin(600)
        host.commit('fails', { 'doc/Makefile': 'html:\n\techo no; exit 4\n' })
        host.commit('nothing', { 'doc/Makefile': 'html:\n\ttrue\n' })
        assert.deepEqual(failure(await host.deploy('--branch fails')), {
          outcome: 'failed',
          step: 'make html',
          status: 2,
          exit: 1,
        })
        assert.match((await host.deploy('--branch nothing')).output, /made no folder 'out'/)
        const hasty = makeWithin(1)
        hasty.commit('slow', { 'doc/Makefile': 'html:\n\tsleep 9\n' })
        assert.equal(outcomeOf(await hasty.deploy('--branch slow')).outcome, 'timed-out')
      })

      it('do nothing for SELinux where it is off', async () => {
        const host = makeHost([restorecon('/var/codebase/src/app.py', { type: 'httpd_sys_script_exec_t' })])
        const answer = await host.deploy()
        assert.equal(answer.status, 0, answer.output)
      })

      it('put hard links and times in place as they are', async () => {
        const host = makeHost([
          shell('mkdir src && echo one >src/one && ln src/one src/two && touch -d 2001-02-03 src/one', {
            name: 'make',
            phase: 'prepare',
          }),
          PUBLISH,
        ])
        assert.equal((await host.deploy()).status, 0)
        assert.equal(statSync(host.path(`${SITE}/one`)).ino, statSync(host.path(`${SITE}/two`)).ino)
        assert.equal(statSync(host.path(`${SITE}/one`)).mtime.getFullYear(), 2001)
        // a file that was changed by hand, without its time or size, is mended
        writeFileSync(host.path(`${SITE}/one`), 'two\n')
        assert.equal((await host.deploy()).status, 0)
        assert.equal(host.read(`${SITE}/one`), 'one\n')
      })
    })
  }
})
