import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import { SHELLS, whyNotShell } from '../support/rendered-host.ts'

const PUBLISHED = readFileSync(join(import.meta.dirname, '../../../remote/step/published.sh'), 'utf8')

/** What differs from the folder that has the file `page`, the folder `in`, the file `in/it` and the link `to`. */
const LIVE: Record<string, string> = {
  'a file more': ': >more',
  'a file less': 'rm page',
  'a file in place of a link': 'rm to; : >to',
  'a link in place of a folder': 'rm -r in; ln -s . in',
  // one name of two lines, and two names
  'a name with a line break': ": >more; : >'f more'; mv page 'page\nf more'",
  'a folder that nobody may read': 'mkdir -m 000 shut',
}

describe('names of what is live', () => {
  const folder = mkdtempSync(join(tmpdir(), 'shipit-published-'))
  after(() => rmSync(folder, { recursive: true, force: true }))
  for (const place of ['commit', 'live']) {
    mkdirSync(join(folder, place, 'in'), { recursive: true })
    writeFileSync(join(folder, place, 'page'), place)
    writeFileSync(join(folder, place, 'in/it'), place)
    symlinkSync(place, join(folder, place, 'to'))
  }

  for (const [name, [program = '', ...words]] of Object.entries(SHELLS)) {
    const isSame = (change: string, lacks = '') => {
      const script = `set -fu; export LC_ALL=C; RUN_DIR=.
${PUBLISHED}
rm -rf changed; cp -a live changed; (cd changed && ${change})
for each in ${lacks}; do eval "$each() { return 127; }"; done
mkdir -p run; RUN_DIR=$PWD/run; to=$PWD/changed; cd commit; if same_names "$to"; then echo same; else echo other; fi`
      return spawnSync(program, [...words, '-c', script], { cwd: folder, encoding: 'utf8' }).stdout
    }

    it(`are the same, or it is no, under ${name}`, { skip: whyNotShell(name) }, () => {
      assert.equal(isSame(':'), 'same\n')
      for (const [what, change] of Object.entries(LIVE)) assert.equal(isSame(change), 'other\n', what)
    })

    it(`are not the same for a program that can't be had, under ${name}`, { skip: whyNotShell(name) }, () => {
      for (const lacks of ['find', 'sort', 'uniq', 'cmp']) assert.equal(isSame(':', lacks), 'other\n', lacks)
    })
  }
})
