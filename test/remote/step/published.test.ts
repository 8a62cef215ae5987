import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import { makeRunId } from '../../../src/protocol/request.ts'
import { git, releases, rsync } from '../../../src/recipe/steps.ts'
import {
  type HostOptions,
  inTurn,
  outcomeOf,
  RenderedHost,
  SHELLS,
  whyNotShell,
  withHost,
} from '../support/rendered-host.ts'

const PUBLISHED = readFileSync(join(import.meta.dirname, '../../../remote/step/published.sh'), 'utf8')

/** What differs from the folder that has the file `page`, the folder `in`, the file `in/it` and the links `to` and `into`. */
const LIVE: Record<string, string> = {
  'a file more': ': >more',
  'a file less': 'rm page',
  'a file in place of a link': 'rm to; : >to',
  'a folder in place of a link to one': 'rm into; mkdir into',
  'a link in place of a folder': 'rm -r in; ln -s . in',
  // one name of two lines, and two names
  'a name with a line break': ": >more; : >'f more'; mv page 'page\nf more'",
  'a folder that nobody may read': 'mkdir -m 000 shut',
}

/** As busybox has it: a find that says that it knows no -printf. */
const FIND_WITHOUT_PRINTF = 'find() { case "$*" in *-printf*) return 1 ;; esac; command find "$@"; }'

describe('names of what is live', () => {
  const folder = mkdtempSync(join(tmpdir(), 'shipit-published-'))
  after(() => rmSync(folder, { recursive: true, force: true }))
  for (const place of ['commit', 'live']) {
    mkdirSync(join(folder, place, 'in'), { recursive: true })
    writeFileSync(join(folder, place, 'page'), place)
    writeFileSync(join(folder, place, 'in/it'), place)
    symlinkSync(place, join(folder, place, 'to'))
    symlinkSync('in', join(folder, place, 'into'))
  }

  for (const [name, [program = '', ...words]] of Object.entries(SHELLS)) {
    const isSame = (change: string, override = '') => {
      const script = `set -fu; export LC_ALL=C
die() { echo "$2"; exit "$1"; }
read_line() { read -r LINE <"$1"; }
${PUBLISHED.replaceAll('/bin/sh', [program, ...words].join(' '))}
rm -rf changed run; cp -a live changed; (cd changed && ${change})
mkdir run; RUN_DIR=$PWD/run; to=$PWD/changed; cd commit; forget_names
${override}
if same_names "$to"; then echo same; else echo other; fi
[ ! -e "$RUN_DIR/plain-find" ] || echo by a plain find`
      return spawnSync(program, [...words, '-c', script], { cwd: folder, encoding: 'utf8' }).stdout
    }
    it(`are the same, or it is no, under ${name}`, { skip: whyNotShell(name) }, () => {
      for (const [override, how] of [
        ['', ''],
        [FIND_WITHOUT_PRINTF, 'by a plain find\n'],
      ]) {
        assert.equal(isSame(':', override), `same\n${how}`)
        for (const [what, change] of Object.entries(LIVE))
          assert.equal(isSame(change, override), `other\n${how}`, what)
      }
      // as if it could not read a folder
      const fails = 'find() { command find "$@"; case "$*" in ". -printf"*) return 1 ;; esac; }'
      assert.equal(isSame(': >more', fails), 'other\n')
    })

    it(`are not the same for a program that can't be had, under ${name}`, { skip: whyNotShell(name) }, () => {
      const lacks = (program: string) => `${program}() { return 127; }`
      for (const each of ['uniq', 'cmp']) assert.equal(isSame(':', lacks(each)), 'other\n', each)
      assert.match(isSame(':', `${FIND_WITHOUT_PRINTF}\n${lacks('cmp')}`), /^other\n/)
      assert.match(isSame(':', lacks('find')), /^cannot list all names/)
      assert.equal(isSame(':', lacks('sort')), '')
    })
  }
})

const SITE = '/var/site'
const DELETING = rsync({ from: 'src/', to: `${SITE}/`, delete: true })
const TWICE = rsync({ from: 'src/', to: `${SITE}/`, delete: true, retries: 1 })
const KEEPING = rsync({ from: 'src/', to: `${SITE}/`, delete: false })
const EXCLUDING = rsync({ from: 'src/', to: `${SITE}/`, delete: true, exclude: ['/mine'] })
/** A program that is killed where its words are like this, once there is the mark. */
const killedAt = (words: string) =>
  `case "$*" in ${words}) [ ! -e "$aside/broken" ] || exit 137 ;; esac\nexec "$real" "$@"`
/** As busybox has it. */
const PLAIN_FIND = 'case "$*" in *-printf*) exit 1 ;; esac'

describe('what is live is compared with the commit', { concurrency: true }, () => {
  for (const name of Object.keys(SHELLS)) {
    describe(`under ${name}`, { skip: whyNotShell(name), concurrency: 3 }, () => {
      const shellIt = inTurn(name)
      const onHost = (
        options: Pick<HostOptions, 'steps' | 'before'>,
        test: (host: RenderedHost) => Promise<void>,
      ) =>
        withHost(new RenderedHost({ shell: name, ...options }), async (host) => {
          host.commit('master', { 'src/a': 'a', 'src/old': 'o', 'src/mine': 'm' })
          assert.equal((await host.deploy()).status, 0)
          host.commit('master', { 'src/a': 'b', 'src/old': '', 'src/new': 'n' })
          await test(host)
        })
      const isWhole = async (host: RenderedHost) => {
        const answer = await host.deploy()
        assert.deepEqual([answer.status, outcomeOf(answer).outcome], [0, 'succeeded'], answer.output)
        assert.doesNotMatch(answer.output, /^comm: /m)
        assert.deepEqual(
          ['a', 'new', 'old'].filter((file) => host.has(`${SITE}/${file}`)),
          ['a', 'new'],
        )
      }

      shellIt('in the second try of a step that was ended before it had the names', () =>
        onHost(
          {
            steps: [git(), TWICE],
            before: {
              find: `case "$*" in ". -type d ! -perm 0755"*) [ ! -e "$aside/broken" ] || { rm "$aside/broken"; kill -KILL "$PPID"; } ;; esac
exec "$real" "$@"`,
            },
          },
          async (host) => {
            host.write('/aside/broken', '')
            await isWhole(host)
            assert.equal(host.has('/aside/broken'), false)
          },
        ),
      )

      shellIt('by a find without -printf, which is not asked for it again and again', () =>
        onHost(
          {
            steps: [git(), DELETING],
            before: {
              find: `case "$*" in *-printf*) echo >>"$aside/asked"; exit 1 ;; *"type=l"*) echo >>"$aside/lists" ;; esac
exec "$real" "$@"`,
            },
          },
          async (host) => {
            const deploy = async () => {
              for (const mark of ['asked', 'lists']) host.write(`/aside/${mark}`, '')
              await isWhole(host)
              return { asked: host.read('/aside/asked').length, lists: host.read('/aside/lists').length }
            }
            // the pair of names, and two lists at once, which ask what that means
            const changed = await deploy()
            assert.ok(changed.asked <= 5, `${changed.asked}`)
            assert.equal(changed.lists, 3)
            // the same names: nothing is compared a second time
            assert.equal((await deploy()).lists, 2)
          },
        ),
      )

      shellIt('where files that an earlier run left cannot be removed', () =>
        onHost({ steps: [git(), DELETING], before: { rm: killedAt('*"~shipit-"*') } }, async (host) => {
          const left = `.~shipit-${makeRunId()}~`
          host.folder(`${SITE}/${left}`)
          host.write(`${host.state.slice(host.prefix.length)}/staging`, `${left} ${host.path(SITE)}\n`)
          host.write('/aside/broken', '')
          await isWhole(host)
        }),
      )

      for (const [what, step, program, script, why] of [
        ['comm', DELETING, 'comm', killedAt('*'), /'comm' gave no answer \(exit status 137\)/],
        [
          'comm, at releases',
          releases({ root: '/var/app', from: 'src/' }),
          'comm',
          killedAt('*'),
          /'comm' gave/,
        ],
        ['the find of names', DELETING, 'find', killedAt('". -printf "*'), /cannot list all names/],
        [
          'a find without -printf',
          DELETING,
          'find',
          `${PLAIN_FIND}\n${killedAt('*"type=l"*')}`,
          /cannot list all names/,
        ],
        [
          'the find of what is missing',
          KEEPING,
          'find',
          killedAt('*"live="*'),
          /cannot compare .* with what was/,
        ],
        [
          'the rsync that says what an exclude leaves out',
          EXCLUDING,
          'rsync',
          killedAt('"-rln --out-format"*'),
          /the step ended/,
        ],
        ['tee', DELETING, 'tee', killedAt('*/rsync-changes'), /cannot write down what rsync changed/],
        ['the sed of what was copied', DELETING, 'sed', killedAt('*">f"*'), /the step ended/],
      ] as const)
        shellIt(`and a run fails that could not do so for want of ${what}`, () =>
          onHost({ steps: [git(), step], before: { [program]: script } }, async (host) => {
            host.write('/aside/broken', '')
            const answer = await host.deploy()
            assert.equal(outcomeOf(answer).outcome, 'failed', answer.output)
            if (why.source !== 'the step ended') assert.match(answer.output, why)
            assert.deepEqual(readdirSync(host.path('/aside')), ['broken'])
          }),
        )
    })
  }
})
