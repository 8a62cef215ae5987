import assert from 'node:assert/strict'
import { rmSync } from 'node:fs'
import { after, describe } from 'node:test'
import { makeRunId } from '../../../src/protocol/request.ts'
import { command, git, make, releases, rsync, shell } from '../../../src/recipe/steps.ts'
import {
  eventsOf,
  type HostOptions,
  inTurn,
  outcomeOf,
  RenderedHost,
  SHELLS,
  whyNotShell,
} from '../support/rendered-host.ts'

const isRoot = process.getuid?.() === 0
const FIRST = rsync({ from: 'src/', to: '/var/a/', delete: true, name: 'first' })
const SECOND = rsync({ from: 'src/', to: '/var/b/', delete: false, name: 'second' })

describe('a run looks ahead before it publishes', { concurrency: true }, () => {
  for (const name of Object.keys(SHELLS)) {
    describe(`under ${name}`, { skip: whyNotShell(name) }, () => {
      const it = inTurn(name)
      const hosts: RenderedHost[] = []
      after(() => {
        for (const host of hosts) host.remove()
      })
      const makeHost = (steps: NonNullable<HostOptions['steps']>, before: Record<string, string> = {}) => {
        const host = new RenderedHost({ shell: name, steps, before })
        hosts.push(host)
        host.commit('master', { 'src/f': '1', 'src/d/g': '1', 'src/large': 'x'.repeat(9000) })
        for (const file of ['f', 'd/g', 'large'])
          host.write(`/origin/${file}`, file === 'large' ? 'x'.repeat(9000) : '1')
        return host
      }
      /** The run ends before it publishes, says which step and why, and nothing was changed. */
      const isImpossible = async (host: RenderedHost, step: string, why: RegExp) => {
        const answer = await host.deploy()
        assert.equal(answer.status, 1, answer.output)
        const outcome = outcomeOf(answer)
        assert.deepEqual(
          [outcome.outcome, outcome.step, outcome.reason],
          ['failed', step, 'impossible'],
          answer.output,
        )
        assert.match(answer.output, why)
        assert.equal(
          eventsOf(answer, 'step').some(
            (event) => event.state === 'started' && !/^(?:git|release app)$/.test(event.name),
          ),
          false,
        )
        assert.equal(host.has('/var/a/f'), false)
        assert.equal(host.has(`/var/lib/shipit/apps/codebase/runs/${outcome.run}/published`), false)
        assert.equal(host.has('/var/lib/shipit/apps/codebase/live'), false)
      }

      it('for a target that is missing, or no folder', async () => {
        const host = makeHost([git(), FIRST, shell('true', { name: 'restart' }), SECOND])
        rmSync(host.path('/var/b'), { recursive: true })
        await isImpossible(
          host,
          'second',
          /the folder .*\/var\/b\/ does not exist on this host: run the install script/,
        )
        host.write('/var/b', 'a file')
        await isImpossible(host, 'second', /the folder .* does not exist on this host/)
      })

      it('for a full folder where a file is to be, which rsync without delete, or with an exclude, does not remove', async () => {
        const host = makeHost([git(), FIRST, SECOND])
        host.write('/var/b/f/full', 'theirs')
        await isImpossible(host, 'second', /could not make way for new regular file: f\n/)
        const excluding = makeHost([
          git(),
          FIRST,
          rsync({ from: 'src/', to: '/var/b/', delete: true, exclude: ['full'], name: 'second' }),
        ])
        excluding.write('/var/b/f/full', 'theirs')
        await isImpossible(excluding, 'second', /could not make way for new regular file: f\n/)
        // an empty one, or one that may be deleted, is none
        const deleting = makeHost([
          git(),
          FIRST,
          rsync({ from: 'src/', to: '/var/b/', delete: true, name: 'second' }),
        ])
        deleting.write('/var/b/f/full', 'theirs')
        assert.equal((await deleting.deploy()).status, 0)
        rmSync(host.path('/var/b/f/full'))
        assert.equal((await host.deploy()).status, 0)
      })

      it('for a file system that is read-only, or has no room for what has to be copied', {
        skip: !isRoot && 'needs root',
      }, async () => {
        const host = makeHost([git(), FIRST, SECOND])
        const second = host.path('/var/b')
        /** In a view of its own, in which the second target is another file system. */
        const deployOn = (options: string, then = ':') =>
          host.ask(
            `deploy --run ${makeRunId()} --app codebase --branch master`,
            `exec unshare -m sh -c 'mount -t tmpfs -o ${options} x ${second}; ${then}; "$@"' sh`,
          )
        for (const [answer, why] of [
          [await deployOn('ro'), /read-only/],
          [
            await deployOn('size=64k', `head -c 61440 /dev/zero >${second}/full`),
            /not enough space in .*: \d+ KiB are needed, \d+ KiB are free/,
          ],
        ] as const) {
          assert.deepEqual(
            [outcomeOf(answer).step, outcomeOf(answer).reason],
            ['second', 'impossible'],
            answer.output,
          )
          assert.match(answer.output, why)
          assert.equal(host.has('/var/a/f'), false)
        }
        // almost full, and nothing to be copied
        const same = await deployOn(
          'size=64k',
          `cp -a ${host.path('/origin')}/. ${second}; head -c 99999 /dev/zero >${second}/full`,
        )
        assert.equal(same.status, 0, same.output)
      })

      it('and counts what is free where the source of a file system and its place have blanks', async () => {
        const share = (free: string) =>
          `printf '%s\\n' 'Filesystem 1024-blocks Used Available Capacity Mounted on' '//nas/web 1 share 1000000 1200 ${free} /var/my www'`
        for (const [free, status] of [
          ['998800 1%', 0],
          // a file system that tells nothing
          ['0 -', 0],
          ['1 100%', 1],
        ] as const) {
          const answer = await makeHost([git(), FIRST], { df: share(free) }).deploy()
          assert.equal(answer.status, status, answer.output)
          if (status === 1) assert.match(answer.output, /not enough space in .*: \d+ KiB are needed, 1 KiB/)
        }
      })

      it('for programs that the host does not have, of the commit or by a path, and folders that the commit does not have', async () => {
        for (const [step, why] of [
          [command(['no-such-program'], { name: 'x' }), /this host has no program 'no-such-program'/],
          [
            command(['/opt/none/x'], { name: 'x', env: { A: 'b' } }),
            /this host has no program \/opt\/none\/x/,
          ],
          [command(['bin/x'], { name: 'x' }), /the commit has no program 'bin\/x'/],
          [shell('true', { name: 'x', in: 'none/' }), /the commit has no folder 'none/],
          [
            rsync({ from: 'none/', to: '/var/b/', delete: true, name: 'x' }),
            /the commit has no folder 'none\/'/,
          ],
        ] as const)
          await isImpossible(makeHost([git(), FIRST, step]), 'x', why)
      })

      it('for links of releases that are none', async () => {
        const host = makeHost([git(), FIRST, releases({ root: '/var/app', name: 'app' })])
        host.write('/var/app/current/f', 'a folder')
        await isImpossible(host, 'switch app', /current is not a symlink: move it away/)
      })

      it('and judges nothing that an earlier step may make', async () => {
        const host = makeHost([
          git(),
          FIRST,
          shell('mkdir -p out bin; echo o >out/o; printf "#!/bin/sh\\n" >bin/made; chmod +x bin/made', {
            name: 'makes',
          }),
          rsync({ from: 'out/', to: '/var/b/', delete: true, name: 'second' }),
          command(['bin/made'], { name: 'made' }),
        ])
        const answer = await host.deploy()
        assert.equal(answer.status, 0, answer.output)
        // and nothing at all behind what may prepare the target
        // biome-ignore lint/suspicious/noTemplateCurlyInString: the shell's
        const prepare = 'mkdir -p "${PWD%/var/lib/*}/var/b"'
        const prepared = makeHost([git(), shell(prepare, { name: 'prepares' }), SECOND])
        rmSync(prepared.path('/var/b'), { recursive: true })
        assert.equal((await prepared.deploy()).status, 0)
        const built = makeHost([
          git(),
          FIRST,
          make('x', { in: 'src', out: 'o', as: 'build' }),
          rsync({ from: 'src/o/', to: '/var/b/', delete: true }),
        ])
        built.commit('master', { 'src/Makefile': 'x:\n\tmkdir -p o; echo o >o/o\n' })
        const made = await built.deploy()
        assert.equal(made.status, 0, made.output)
      })
    })
  }
})
