// Where the trees of a sandbox lie, and what becomes of a place.
import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import {
  chmodSync,
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  realpathSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, test } from 'node:test'
import { BARRIERS } from '../../src/sandbox/barriers.ts'
import { placeTrees } from '../../src/sandbox/tree-place.ts'

const BUILD = 'var/lib/shipit/build'
const TREE = 'var/lib/shipit/apps/shop/tree'

const MODULE = new URL('../../src/sandbox/tree-place.ts', import.meta.url).href
const whyNoMount = spawnSync('unshare', ['-m', 'true']).status !== 0 && 'nothing can be mounted here'
/** An account without rights. */
const NOBODY = 65534

describe('the trees of a sandbox', () => {
  let top: string
  let places: string
  let prefix: string
  beforeEach(() => {
    top = realpathSync(mkdtempSync(join(tmpdir(), 'shipit-trees-')))
    places = join(top, 'places')
    prefix = join(top, 'checkout/.shipit/sandbox')
    mkdirSync(places)
  })
  afterEach(() => rmSync(top, { recursive: true }))

  test('lie in a place of their own, which is private and ends the search for a project', () => {
    placeTrees(prefix, 'shop', places)
    placeTrees(prefix, 'blog', places)
    const [name = '', ...others] = readdirSync(places)
    assert.deepEqual(others, [])
    const place = join(places, name)
    assert.equal(statSync(place).mode & 0o777, 0o700)
    assert.equal(realpathSync(join(prefix, BUILD)), join(place, 'build'))
    assert.equal(realpathSync(join(prefix, TREE)), join(place, 'tree/shop'))
    assert.equal(realpathSync(join(prefix, TREE.replace('shop', 'blog'))), join(place, 'tree/blog'))
    assert.ok(Object.keys(BARRIERS).every((each) => existsSync(join(place, each))))
  })

  test('take the place of empty folders, and leave those that have something in them', () => {
    mkdirSync(join(prefix, BUILD, 'shop'), { recursive: true })
    mkdirSync(join(prefix, TREE, 'run/src'), { recursive: true })
    placeTrees(prefix, 'shop', places)
    assert.ok(lstatSync(join(prefix, BUILD)).isSymbolicLink())
    assert.ok(existsSync(join(prefix, TREE, 'run/src')))
    assert.ok(!lstatSync(join(prefix, TREE)).isSymbolicLink())
  })

  test('stay where they are while other commands know other places, or none', () => {
    placeTrees(prefix, 'shop', places)
    const before = realpathSync(join(prefix, TREE))
    placeTrees(prefix, 'shop', join(top, 'elsewhere'))
    placeTrees(prefix, 'shop', undefined)
    assert.equal(realpathSync(join(prefix, TREE)), before)
    // nor does a command that cannot write there take it from another one's run
    const manifest = join(dirname(realpathSync(join(prefix, BUILD))), 'package.json')
    rmSync(manifest)
    mkdirSync(manifest)
    placeTrees(prefix, 'shop', places)
    assert.equal(realpathSync(join(prefix, TREE)), before)
  })

  test('are in the sandbox where there is no place, and where one cannot be made', () => {
    placeTrees(prefix, 'shop', undefined)
    assert.equal(existsSync(join(prefix, TREE)), false)
    writeFileSync(join(top, 'file'), '')
    placeTrees(prefix, 'shop', join(top, 'file'))
    assert.equal(existsSync(join(prefix, TREE)), false)
    placeTrees(prefix, 'shop', places)
    rmSync(places, { recursive: true })
    // what led there leads nowhere
    placeTrees(prefix, 'shop', undefined)
    assert.equal(lstatSync(join(prefix, TREE), { throwIfNoEntry: false }), undefined)
  })

  test('of a copied checkout are not those of the first one', () => {
    placeTrees(prefix, 'shop', places)
    const copy = join(top, 'copy/.shipit/sandbox')
    cpSync(prefix, copy, { recursive: true, verbatimSymlinks: true })
    placeTrees(copy, 'shop', places)
    assert.equal(readdirSync(places).length, 2)
    assert.notEqual(realpathSync(join(copy, TREE)), realpathSync(join(prefix, TREE)))
  })

  test('of a checkout that has been gone for a day are removed by another command', () => {
    const other = join(top, 'other/.shipit/sandbox')
    placeTrees(prefix, 'shop', places)
    placeTrees(other, 'shop', places)
    const place = dirname(realpathSync(join(prefix, BUILD)))
    mkdirSync(join(places, 'not-ours'))
    rmSync(join(top, 'checkout'), { recursive: true })
    placeTrees(other, 'shop', places)
    assert.ok(existsSync(place))
    const longAgo = Date.now() / 1000 - 25 * 60 * 60
    utimesSync(join(place, 'sandbox'), longAgo, longAgo)
    // as Go leaves its cache
    const locked = join(place, 'tree/shop/locked')
    mkdirSync(locked)
    writeFileSync(join(locked, 'file'), '')
    chmodSync(locked, 0o555)
    asNobody(top, () => placeTrees(other, 'shop', places))
    assert.equal(existsSync(place), false)
    assert.ok(existsSync(join(places, 'not-ours')))
    assert.ok(existsSync(join(other, TREE)))
  })

  test('are kept where something is mounted in them', { skip: whyNoMount }, () => {
    placeTrees(prefix, 'shop', places)
    const place = dirname(realpathSync(join(prefix, BUILD)))
    const mounted = join(place, 'tree/shop/a b')
    const data = join(top, 'data')
    for (const each of [mounted, data]) mkdirSync(each)
    writeFileSync(join(data, 'file'), '')
    rmSync(join(top, 'checkout'), { recursive: true })
    utimesSync(join(place, 'sandbox'), 0, 0)
    const program = `import { placeTrees } from ${JSON.stringify(MODULE)}
      placeTrees(${JSON.stringify(join(top, 'other'))}, 'shop', ${JSON.stringify(places)})`
    const script = 'mount --bind "$1" "$2" && exec "$3" --input-type=module -e "$4"'
    execFileSync('unshare', ['-m', 'sh', '-c', script, 'sh', data, mounted, process.execPath, program])
    assert.deepEqual(readdirSync(data), ['file'])
    assert.ok(existsSync(join(place, 'sandbox')))
  })
})

/** Does it without the rights of root, who can write everywhere; the files become nobody's. */
function asNobody(folder: string, work: () => void): void {
  const isRoot = process.getuid?.() === 0
  if (isRoot) {
    execFileSync('chown', ['-R', `${NOBODY}`, folder])
    process.seteuid?.(NOBODY)
  }
  try {
    work()
  } finally {
    if (isRoot) process.seteuid?.(0)
  }
}
