import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Live } from '../../../src/protocol/event.ts'
import { chooseStyle } from '../../../src/ui/output/style.ts'
import { textWidth } from '../../../src/ui/output/text-width.ts'
import { type HeaderFacts, headerLines } from '../../../src/ui/record/header-words.ts'
import { Sink } from '../support/sink.ts'

const NEW = 'c663af0e12aa3b4c5d6e7f8091a2b3c4d5e6f708'
const OLD = '9f66a49d0c1b2a3948576655443322110ffeeddc'
const plainStyle = chooseStyle(new Sink(), { LANG: 'C.UTF-8' })
const ref = { kind: 'branch', name: 'master' } as const
const live = (commit: string, how: Live['how'] = 'complete'): Live => ({
  ...{ commit, ref, run: '20261122T120000Z-0123456789abcdef', how },
})
const HOSTS = ['web1', 'web2', 'web3']
const facts = (changes: Partial<HeaderFacts> = {}): HeaderFacts => ({
  ...{ app: 'codebase', environment: 'production', hosts: HOSTS, ref },
  lives: new Map(HOSTS.map((host) => [host, live(OLD)])),
  commit: NEW,
  known: { subject: 'fix the cart', comes: 3, goes: 0 },
  notes: [],
  ...changes,
})
const line = (changes: Partial<HeaderFacts>) => headerLines(facts(changes), plainStyle).join('\n')

describe('the header of a deploy', () => {
  test('says what goes where, from which commit to which, and what is not pushed', () => {
    assert.equal(
      line({ notes: ['HEAD (a1b2c3d) is not pushed'] }),
      'codebase → production (web[1-3])   master  9f66a49 → c663af0  "fix the cart" · 3 commits   ! HEAD (a1b2c3d) is not pushed',
    )
  })

  test('says as much as is known', () => {
    const start = 'codebase → production (web[1-3])   '
    assert.equal(line({ commit: undefined, known: undefined }), `${start}master`)
    assert.equal(line({ lives: new Map(), known: undefined }), `${start}master  c663af0`)
    assert.equal(line({ known: {} }), `${start}master  9f66a49 → c663af0`)
    assert.equal(line({ known: { subject: 'x' } }), `${start}master  9f66a49 → c663af0  "x"`)
    assert.equal(line({ ref: { kind: 'tag', name: 'v1' }, known: {} }), `${start}tag v1  9f66a49 → c663af0`)
    assert.equal(
      line({ ref: undefined, environment: undefined, known: {} }),
      'codebase → web[1-3]   9f66a49 → c663af0',
    )
  })

  test('says what is not as usual', () => {
    const end = (changes: Partial<HeaderFacts>) => line({ known: {}, ...changes }).split('master  ')[1]
    const lives = (...all: (Live | undefined)[]) => ({
      lives: new Map(all.map((each, index) => [`web${index + 1}`, each])),
    })
    const here = live(NEW)
    assert.equal(end(lives(here, here, here)), 'c663af0 · live already')
    const partly = live(NEW, 'partial')
    assert.equal(end(lives(partly, partly, partly)), 'c663af0 · live already, but only partly')
    // the third has not told
    assert.equal(end(lives(here, here)), 'c663af0')
    assert.equal(end(lives(live(OLD, 'partial'))), '9f66a49, only partly → c663af0')
    assert.equal(end(lives(undefined)), 'c663af0')
    assert.equal(end(lives(live('-'))), 'c663af0')
    assert.equal(end(lives(live(OLD), live(NEW), live(OLD))), '9f66a49 (web[1,3]), c663af0 (web2) → c663af0')
    assert.equal(end(lives(live(OLD), undefined)), '9f66a49 (web1), nothing (web2) → c663af0')
    assert.equal(end(lives(live(OLD), live(NEW), live('1'.repeat(40)))), '3 different commits → c663af0')
    assert.equal(end({ known: { comes: 0, goes: 2 } }), '9f66a49 → c663af0 · older by 2 commits')
    assert.equal(
      end({ known: { comes: 1, goes: 2 } }),
      '9f66a49 → c663af0 · 1 commit   ! 2 commits of what is live would go away',
    )
    assert.match(
      line({ hosts: Array.from({ length: 48 }, (_, at) => `${'x'.repeat(at + 1)}.example.com`) }),
      /\(48 hosts\)/,
    )
    assert.match(line({ environment: 'web1', hosts: ['web1'] }), /^codebase → web1 {3}master/)
  })

  test('fits the terminal: a remark or the commits begin a line, and a long subject is cut', () => {
    const notes = ['HEAD (a1b2c3d) is not pushed', '2 changed files are not committed']
    const known = { subject: 'a subject that is '.repeat(6), comes: 3, goes: 0 }
    assert.deepEqual(headerLines(facts({ notes }), plainStyle, 80), [
      'codebase → production (web[1-3])',
      '  master  9f66a49 → c663af0  "fix the cart" · 3 commits',
      '  ! HEAD (a1b2c3d) is not pushed   ! 2 changed files are not committed',
    ])
    assert.equal(
      headerLines(facts({ known }), plainStyle, 80)[1],
      '  master  9f66a49 → c663af0  "a subject that is a subject that is…" · 3 commits',
    )
    const long = { ref: { kind: 'branch', name: 'a-branch/'.repeat(5) } as const, known, notes }
    for (const columns of [40, 60, 80, 120])
      for (const each of [{}, long, { notes: [`${'word '.repeat(30)}`] }])
        for (const shown of headerLines(facts(each), plainStyle, columns))
          assert.ok(textWidth(shown) <= Math.max(columns, 50), `${columns}: ${shown}`)
  })

  test('shows nothing that a commit says as a command to a terminal', () => {
    assert.equal(line({ known: { subject: 'a\x1b[2J\u202eb\nc' } }).split('  "')[1], 'ab c"')
  })
})
