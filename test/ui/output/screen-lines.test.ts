import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { screenLines } from '../../../src/ui/output/screen-lines.ts'
import { textWidth } from '../../../src/ui/output/text-width.ts'

const style = { colour: false, paint: (_: string, text: string) => text }
const at = (columns: number | undefined, ...lines: string[]) => screenLines(lines, { style, columns })

const ID = '20261122T120000Z-0123456789abcdef'

describe('lines of ours on a terminal', () => {
  it('break between words and hang below the text', () => {
    assert.deepEqual(at(40, '→ Ask somebody who may deploy that branch or tag, or deploy your own.'), [
      '→ Ask somebody who may deploy that',
      '  branch or tag, or deploy your own.',
    ])
    assert.deepEqual(at(40, '  web1 | cannot compile the file that was named in line 12'), [
      '  web1 | cannot compile the file that',
      '         was named in line 12',
    ])
    assert.deepEqual(at(40, "last run  ✔ succeeded: branch 'x', by alice, 3 minutes ago"), [
      "last run  ✔ succeeded: branch 'x', by",
      '          alice, 3 minutes ago',
    ])
  })

  it('keep a number and its unit together', () => {
    assert.deepEqual(at(40, 'is live on the hosts of production after 1.6 s'), [
      'is live on the hosts of production after',
      '  1.6 s',
    ])
  })

  it('keep a run and its id together, and a time', () => {
    assert.deepEqual(at(40, '✖ codebase: it failed on web1  ·  run 0123456'), [
      '✖ codebase: it failed on web1',
      '  run 0123456',
    ])
    assert.deepEqual(at(40, 'last run  succeeded, by alice, 12 minutes ago (2026-11-22 12:00:00 UTC)'), [
      'last run  succeeded, by alice,',
      '          12 minutes ago',
      '          (2026-11-22 12:00:00 UTC)',
    ])
  })

  it('have no separator where they break', () => {
    const line = '✔ shop: it is live  ·  11.5 s  ·  run 0123456'
    assert.deepEqual(at(32, line), ['✔ shop: it is live  ·  11.5 s', '  run 0123456'])
    assert.deepEqual(at(33, line), ['✔ shop: it is live  ·  11.5 s', '  run 0123456'])
  })

  it('never break within a word, a command or a path, however long', () => {
    const path = `/srv/${'long/'.repeat(20)}file`
    assert.deepEqual(at(40, `cannot read ${path} there`), ['cannot read', `  ${path}`, '  there'])
    const command = `shipit deploy production --branch ${'x'.repeat(60)} --wait 15m`
    assert.deepEqual(at(40, `→ Deploy when it is done: ${command}`), ['→ Deploy when it is done:', command])
  })

  it('put a command on a line of its own, in a pipe as well', () => {
    const lines = ['→ Watch it:', '    shipit attach production']
    assert.deepEqual(at(80, '→ Watch it: shipit attach production'), lines)
    assert.deepEqual(at(undefined, '→ Watch it: shipit attach production'), lines)
    assert.deepEqual(at(undefined, '→ Rename it first: mv a a.old'), ['→ Rename it first:', '    mv a a.old'])
    assert.deepEqual(at(undefined, "error: there is no command 'x: git y'"), [
      "error: there is no command 'x: git y'",
    ])
  })

  it('stay as long as they are where there is no terminal', () => {
    const line = 'word '.repeat(100).trimEnd()
    assert.deepEqual(at(undefined, line), [line])
  })

  it('show the first digits of an id, and keep a path whole', () => {
    assert.deepEqual(at(80, `run ${ID}, see /var/lib/shipit/${ID}/log`), [
      `run 0123456, see /var/lib/shipit/${ID}/log`,
    ])
  })

  it('keep their colours, which take no room', () => {
    const red = `\x1b[31m✖ web1\x1b[39m: ${'word '.repeat(8).trimEnd()}`
    assert.equal(textWidth(red), 8 + 39)
    const lines = screenLines([red], { style: { ...style, colour: true }, columns: 40 })
    assert.deepEqual(lines.map(textWidth), [37, 11])
    assert.match(lines[1] ?? '', /^ {2}word/)
  })

  it('count what is wide twice', () => {
    assert.equal(textWidth('日本 é e\u0301 🚀'), 4 + 1 + 1 + 1 + 1 + 1 + 2)
  })

  it('have a command in backticks whole on a line of its own, where it is the only one', () => {
    assert.deepEqual(
      at(40, '  → To see where it fails: `ssh -v -i /home/alice/.ssh/id alice@web1`.'),
      ['  → To see where it fails:', '      ssh -v -i /home/alice/.ssh/id alice@web1'].map((line) =>
        line.length > 40 ? line.trimStart() : line,
      ),
    )
    assert.deepEqual(at(80, '→ See what it has: `ssh-add -l`. Unlock it: `ssh-add -X`.'), [
      '→ See what it has: `ssh-add -l`. Unlock it: `ssh-add -X`.',
    ])
    // what a host said
    assert.deepEqual(at(80, '→ web1 says: `rm -rf x`'), ['→ web1 says: `rm -rf x`'])
  })
})
