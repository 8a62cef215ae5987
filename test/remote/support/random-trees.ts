// Random trees, by a seed: deployed, changed and deployed once more by `rsync` and `releases`. What is live must be the commit, name by
// name, or the run must have failed before it changed anything.
import assert from 'node:assert/strict'
import { lstatSync, readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { join } from 'node:path'
import { git, releases, rsync } from '../../../src/recipe/steps.ts'
import { RenderedHost } from './rendered-host.ts'

const SITE = '/var/codebase/src'
const ROOT = '/var/app'
const NAMES = [
  ...[
    'a',
    'b',
    'd',
    'e',
    '.hidden',
    '.~tmp~',
    '.rsync-filter',
    '.cvsignore',
    'core',
    'x.o',
    'CVS',
    '-r',
    '--delete',
  ],
  ...[
    'with blank',
    ' first',
    "it's",
    'a:b',
    '[x]',
    '*',
    '?',
    '\\',
    '\\#012',
    'ä',
    'line\nbreak',
    '.a.Ab12Cd',
    '...',
    '~',
    '#',
    '%s',
    '$x',
  ],
]
const TARGETS = ['a', 'b', './d', 'd/e', '.', '...', 'nowhere', '.~tmp~', '../a', 'd/../a']
const UNSAFE = ['/etc/passwd', '../../../../..', 'd/../../../../../x']
const MOST_ENTRIES = 14
const MOST_DEPTH = 3
/** One in so many trees has a symlink that leads out. */
const UNSAFE_SHARE = 8

/** A tree as commit() takes it: by path, what must be live of it. */
type Tree = Map<string, string>

/** xorshift: the same numbers for the same seed, on every machine. */
function randomNumbers(seed: number): (below: number) => number {
  let state = (seed * 2654435761) >>> 0 || 1
  return (below) => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    state >>>= 0
    return state % below
  }
}

function change(tree: Tree, random: (below: number) => number): Tree {
  const pick = (list: readonly string[]) => list[random(list.length)] as string
  const next = new Map(tree)
  for (const path of tree.keys()) if (random(3) === 0) next.delete(path)
  const count = 1 + random(MOST_ENTRIES)
  for (let index = 0; index < count; index += 1) {
    const path = Array.from({ length: 1 + random(MOST_DEPTH) }, () => pick(NAMES)).join('/')
    // what was a file may become a folder, and the other way round
    for (const other of [...next.keys()])
      if (other.startsWith(`${path}/`) || path.startsWith(`${other}/`)) next.delete(other)
    const kind = random(16)
    next.set(path, kind === 0 ? `-> ${pick(TARGETS)}` : `${kind < 5 ? '#!' : 'f'}${random(1e6)}`)
  }
  if (random(UNSAFE_SHARE) === 0) next.set('out', `-> ${pick(UNSAFE)}`)
  if (next.size === 0) next.set('a', 'f')
  return next
}

/** All below a folder, as a Tree has it. */
function readTree(folder: string, within = ''): Tree {
  const found: Tree = new Map()
  for (const name of readdirSync(folder)) {
    const path = join(folder, name)
    const info = lstatSync(path)
    if (info.isSymbolicLink()) found.set(within + name, `-> ${readlinkSync(path)}`)
    else if (info.isDirectory()) {
      const below = readTree(path, `${within}${name}/`)
      if (below.size === 0) found.set(within + name, 'an empty folder')
      for (const [each, text] of below) found.set(each, text)
    } else {
      const text = readFileSync(path, 'utf8')
      assert.equal((info.mode & 0o100) !== 0, text.startsWith('#!'), name)
      found.set(within + name, text)
    }
  }
  return found
}

const sorted = (tree: Tree) => [...tree].sort(([one], [other]) => (one < other ? -1 : 1))

/** A symlink with `..` in it: where it leads depends on what else is there. */
const GOES_UP = /^-> (?:.*\/)?\.\.(?:\/|$)/

/** Deploys trees, two for each seed. Returns how many were live and how many refused. */
export async function deployTrees(seeds: readonly number[], shell: string) {
  const host = new RenderedHost({
    shell,
    steps: [
      git(),
      releases({ root: ROOT, from: 'src/' }),
      rsync({ from: 'src/', to: `${SITE}/`, delete: true }),
    ],
  })
  const counts = { live: 0, refused: 0 }
  try {
    let site: Tree = new Map()
    let release: Tree = new Map()
    for (const seed of seeds) {
      const random = randomNumbers(seed)
      let tree: Tree = new Map()
      for (const turn of [1, 2]) {
        const before = tree
        tree = change(before, random)
        const branch = `b${seed}`
        const files: Record<string, string> = {}
        for (const path of before.keys()) if (!tree.has(path)) files[`src/${path}`] = ''
        for (const [path, text] of tree) files[`src/${path}`] = text
        host.commit(branch, files)
        const answer = await host.deploy(`--branch ${branch}`)
        const words = `seed ${seed}, turn ${turn}: ${answer.output}`
        if (answer.status === 0) {
          counts.live += 1
          site = tree
          release = tree
        } else {
          counts.refused += 1
          assert.match(answer.output, / leads to /, words)
          assert.ok(
            [...tree.values()].some((text) => text === '-> /etc/passwd' || GOES_UP.test(text)),
            words,
          )
        }
        assert.deepEqual(sorted(readTree(host.path(SITE))), sorted(site), words)
        if (release.size > 0)
          assert.deepEqual(sorted(readTree(host.path(`${ROOT}/current`))), sorted(release), words)
      }
    }
    return counts
  } finally {
    host.remove()
  }
}
