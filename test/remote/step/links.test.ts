import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { lstatSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { after, describe, it } from 'node:test'
import { wholeOnly } from '../../support/whole.ts'
import { SHELLS, whyNotShell } from '../support/rendered-host.ts'

const LINKS = readFileSync(join(import.meta.dirname, '../../../remote/step/links.sh'), 'utf8')

const OUT = 'it leads out of the folder'
const behind = (name: string) => `it has .. behind "${name}", which may become a symlink`
/** Links with their targets, bytes as latin1, and why they are refused. What `stat` says of some looks like something else. */
const HOSTILE: readonly (readonly [link: string, target: string, why?: string])[] = [
  ['near', 'd/e'],
  ['d/up', '../near'],
  ['d/e/top', '..//./../x@1.0/bin/y+z_.js'],
  ['dots', '.../..a'],
  ['d/out', '../..', OUT],
  ['d/e/far', '../../../x', OUT],
  ['absolute', '/near', 'the path is absolute'],
  ['later', 'd/../near', behind('d')],
  ['d/slow', `${'./'.repeat(200)}../..`, OUT],
  // the first line is that of a link to x
  ['split', "x'\n/../..", behind("x'\n")],
  ["n' -> 'x", '..', OUT],
  ["it's", "y'/../..", behind("y'")],
  ['d/line\nbreak', "../near'\n'./near' -> '../..", behind("near' -> '..")],
  ['lines', '..\n'],
  ['one', '\x01/../\x81\xff', behind('\x01')],
  ['\xff*[\\', '\\/../..', behind('\\')],
  ['blank', '.. /..', behind('.. ')],
  // as a pattern, what is said of the first is the path of the second
  ['d/e/l', '.?/..', behind('.?')],
  ["'./d/e/l' -> '../..'", 'y'],
  ['escaped', "$'\\n'/..", behind("$'\\n'")],
]

describe('the symlinks of what is published', () => {
  const made: string[] = []
  after(() => {
    for (const folder of made) rmSync(folder, { recursive: true, force: true })
  })
  const makeFolder = () => {
    const folder = mkdtempSync(join(tmpdir(), 'shipit-links-'))
    made.push(folder)
    return folder
  }
  const makeTree = (links: typeof HOSTILE) => {
    const tree = makeFolder()
    for (const [link, target] of links) {
      mkdirSync(join(tree, dirname(link)), { recursive: true })
      symlinkSync(Buffer.from(target, 'latin1'), Buffer.from(`${tree}/${link}`, 'latin1'))
    }
    return tree
  }
  /** What is said of links, in any order, and nothing else. */
  const assertSaid = (said: string, links: typeof HOSTILE, rest = '') => {
    let length = rest.length
    for (const [link, target, why] of links) {
      if (why === undefined) continue
      const line = `./${link} leads to ${target}: ${why}\n`
      assert.ok(said.includes(line), `${JSON.stringify(line)} is not in ${JSON.stringify(said)}`)
      length += line.length
    }
    assert.ok(said.endsWith(rest), said)
    assert.equal(said.length, length, said)
  }

  for (const [name, words] of Object.entries(SHELLS)) {
    for (const tools of ['its own', "busybox's"]) {
      const skip = whyNotShell(name) || (tools !== 'its own' && whyNotShell('busybox ash'))
      describe(`under ${name}, with tools that are ${tools}`, { skip }, () => {
        const before = makeFolder()
        if (tools !== 'its own')
          for (const tool of ['find', 'xargs', 'stat', 'readlink'])
            writeFileSync(join(before, tool), `#!/bin/sh\nexec busybox ${tool} "$@"\n`, { mode: 0o755 })
        const judge = (tree: string, call: string, programs: Record<string, string> = {}) => {
          const first = makeFolder()
          for (const [program, script] of Object.entries(programs))
            writeFileSync(join(first, program), `#!/bin/sh\n${script}\n`, { mode: 0o755 })
          const script = `set -fu; export LC_ALL=C; die() { echo died; exit "$1"; }
${LINKS.replaceAll('/bin/sh', words.join(' '))}
RUN_DIR=${makeFolder()}
${call}`
          const env = { PATH: `${first}:${before}:${process.env.PATH}` }
          const [shell = '', ...options] = words
          const answer = spawnSync(shell, [...options, '-c', script], {
            cwd: tree,
            encoding: 'latin1',
            env,
            // bash reads /root/.bashrc where its stdin is a socket, as that of a child is
            stdio: ['ignore', 'pipe', 'pipe'],
          })
          return { status: answer.status, said: answer.stdout }
        }

        it('are refused if they may lead out, however they are written', () => {
          // one with a line break changes how the others are read
          for (const links of [HOSTILE, HOSTILE.filter((each) => !each.join('').includes('\n'))]) {
            const { status, said } = judge(makeTree(links), 'refuse_unsafe_links')
            assertSaid(said, links, 'died\n')
            assert.equal(status, 1)
          }
        })

        it('are dropped if they may lead out, whatever their names', () => {
          const tree = makeTree(HOSTILE)
          assertSaid(judge(tree, 'drop_unsafe_links').said, HOSTILE)
          for (const [link, , why] of HOSTILE) {
            const left = lstatSync(Buffer.from(`${tree}/${link}`, 'latin1'), { throwIfNoEntry: false })
            assert.equal(left === undefined, why !== undefined, link)
          }
        })

        it('are read by one program for all of them, where they are plain', () => {
          const bin = Array.from({ length: 300 }, (_, at) => [`m/.bin/${at}`, `../p${at}/cli.js`] as const)
          assert.deepEqual(judge(makeTree(bin), 'refuse_unsafe_links', { readlink: 'exit 1' }), {
            status: 0,
            said: '',
          })
        })

        // busybox's find says that it succeeded where it could call nothing
        const many = name === 'dash' && tools !== 'its own' ? {} : wholeOnly
        it('are all judged, if they are more than a program can be called with', many, () => {
          const links = Array.from({ length: 8000 }, (_, at) => [`m/.bin/${at}`, '../../..', OUT] as const)
          const narrow = `ulimit -s 512; export ROOM=${'x'.repeat(1500)}; refuse_unsafe_links`
          const { said } = judge(makeTree(links), narrow)
          assert.equal(said.match(/ leads to /g)?.length, links.length)
        })

        it('are safe by no word of a stat that failed, or of a readlink that did', () => {
          const links = [
            ['first', 'a/../..', behind('a')],
            ['second', '../x', OUT],
          ] as const
          const tree = makeTree(links)
          const safe = `shift 3; for each; do echo "'$each' -> 'x'"; done`
          for (const stat of [
            `${safe}; exit 1`,
            `${safe}; kill -KILL $$`,
            `${safe}; echo one more`,
            `${safe} | sed 1d`,
            `${safe} | sed 's/first/other/; s/second/other/'`,
            `${safe} | sed 's/.$//'`,
            'exit 0',
          ])
            assertSaid(judge(tree, 'refuse_unsafe_links', { stat }).said, links, 'died\n')
          for (const end of ['exit 1', 'kill -KILL $$']) {
            const half = { stat: 'exit 1', readlink: `printf a; ${end}` }
            const { said } = judge(tree, 'refuse_unsafe_links', half)
            assert.match(said, /first leads to : the target is empty\n[\s\S]*died\n$/, end)
          }
        })
      })
    }
  }
})
