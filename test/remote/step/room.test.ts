import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { describe, it } from 'node:test'
import { makeRunId } from '../../../src/protocol/request.ts'
import { git, rsync } from '../../../src/recipe/steps.ts'
import { outcomeOf, RenderedHost, whyNotShell } from '../support/rendered-host.ts'

const isRoot = process.getuid?.() === 0
const STATE = '/var/lib/shipit/apps/codebase'
const REQUEST = () => `deploy --run ${makeRunId()} --app codebase --branch master`

describe('a step that has no room says where, and how much there is', { concurrency: true }, () => {
  for (const shell of ['dash', 'busybox ash']) {
    it(`under ${shell}`, { skip: whyNotShell(shell) || (!isRoot && 'needs root') }, async () => {
      // what git says where a quota is used up, or the disk has become read-only
      const words =
        '[ ! -e "$aside/says" ] || case " $* " in *" fetch "*) cat "$aside/says" >&2; exit 128 ;; esac; exec "$real" "$@"'
      const host = new RenderedHost({
        shell,
        steps: [git(), rsync({ from: 'src/', to: '/var/codebase/src/', delete: true })],
        before: { git: words, df: '[ ! -e "$aside/df" ] || exec cat "$aside/df"; exec "$real" "$@"' },
      })
      try {
        host.commit('master', { 'src/f': 'f' })
        assert.equal((await host.deploy()).status, 0)
        host.commit('master', { 'src/large': randomBytes(400_000).toString('hex') })
        /** In a view of its own, in which a folder of the app's state is another file system. */
        const deployOn = (folder: string, options: string, then: string) => {
          const place = host.folder(`${STATE}/${folder}`)
          const mount = `cp -a "$1" "$1.copy"; mount -t tmpfs -o ${options} x "$1"; cp -a "$1.copy/." "$1/"; rm -r "$1.copy"; cd "$1"; ${then}`
          return host.ask(REQUEST(), `exec unshare -m sh -c '${mount}; cd /; shift; "$@"' sh '${place}'`)
        }
        const filled = 'dd if=/dev/zero of=fill bs=4096 2>/dev/null'
        for (const [answer, why] of [
          [
            await deployOn('mirror.git', 'size=4m', filled),
            /cannot fetch from the repository: no space left on \/\S+\/mirror\.git, \d MB free/,
          ],
          [
            await deployOn(
              'mirror.git',
              'size=9m,nr_inodes=200',
              'n=0; while (: >f$n) 2>/dev/null; do n=$((n + 1)); done',
            ),
            /cannot fetch from the repository: no inodes left on \/\S+\/mirror\.git/,
          ],
          [
            await deployOn('tree', 'size=64k', ':'),
            /cannot export commit [0-9a-f]+: no space left on \/\S+\/tree, 0 MB free/,
          ],
        ] as const) {
          assert.deepEqual([outcomeOf(answer).step, answer.status], ['git', 1], answer.output)
          assert.match(answer.output, why)
        }
        for (const [text, why] of [
          ['error: unable to write file: Disk quota exceeded', /: the disk quota of \S+ on \/.* is used up/],
          ['fatal: cannot lock ref: Read-only file system', / is mounted read-only/],
        ] as const) {
          host.write('/aside/says', `${text}\n`)
          const answer = await host.deploy()
          assert.match(answer.output, why)
        }
        host.write(
          '/aside/df',
          'Filesystem 1024-blocks Used Available Capacity Mounted on\n//nas/web share 9999 0 8192 0% /var/my www\n',
        )
        host.write('/aside/says', 'fatal: No space left on device\n')
        assert.match((await host.deploy()).output, /: no space left on \/var\/my www, 8 MB free/)
      } finally {
        host.remove()
      }
    })
  }
})
