import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Live } from '../../../src/protocol/event.ts'
import type { Progress } from '../../../src/results/progress.ts'
import { chooseStyle } from '../../../src/ui/output/style.ts'
import { DeployHeader } from '../../../src/ui/record/deploy-header.ts'
import { HostRecord } from '../../../src/ui/record/host-record.ts'
import { planFor } from '../support/recorded.ts'
import { Sink } from '../support/sink.ts'

const [OLD, NEW] = ['a'.repeat(40), 'b'.repeat(40)] as const
const style = chooseStyle(new Sink(), { LANG: 'C.UTF-8' })
const live: Live = {
  ...{ commit: OLD, ref: { kind: 'branch', name: 'x' }, run: '20261122T120000Z-0123456789abcdef' },
  how: 'complete',
}
const planned = (host: string, more: object): Progress => ({
  ...{ host, type: 'planned', isReady: true, live, commit: NEW },
  ...more,
})

/** The header of a deploy with --changed, once all hosts have been asked. */
async function headerOf(...all: Progress[]): Promise<DeployHeader> {
  const plan = planFor(...all.map(({ host }) => host))
  const records = new Map(all.map(({ host }) => [host, new HostRecord(host, plan, { colour: false })]))
  const about = async ({ from }: { from: string | undefined }) =>
    from === undefined ? { subject: 'four' } : { subject: 'four', comes: 1, goes: 2 }
  const header = new DeployHeader(plan, { notes: [], about }, records)
  for (const progress of all) {
    records.get(progress.host)?.take(progress)
    await header.look(progress)
  }
  return header
}

describe('the header of a deploy with --changed', () => {
  const unchanged = { paths: 'same', isUnchanged: true }

  test('does not say that something comes where nothing changed', async () => {
    const header = await headerOf(planned('web1', unchanged), planned('web2', unchanged))
    assert.equal(header.words(style), 'x  bbbbbbb  "four" · no changes for this app')
    assert.doesNotMatch(header.lines(style).join(), /would go away/)
  })

  test('is about the hosts that it deploys to', async () => {
    const other = { ...live, commit: 'c'.repeat(40) }
    const header = await headerOf(
      planned('web1', unchanged),
      planned('web2', { paths: 'changed', live: other }),
    )
    assert.equal(header.words(style), 'x  ccccccc → bbbbbbb  "four" · 1 commit')
  })

  test('says on a terminal why hosts deploy that could have been left out', async () => {
    const header = await headerOf(
      planned('web1', { paths: 'flags' }),
      planned('web2', { paths: 'changed' }),
      planned('web3', { paths: 'flags' }),
      planned('web4', { paths: 'missing', isReady: false }),
    )
    const [line = ''] = header.linesWithReasons(style)
    assert.match(line, /! web\[1,3\]: the live deploy used different flags, so --changed deploys$/)
    assert.doesNotMatch(line, /neither/)
    assert.doesNotMatch(header.lines(style).join(), /--changed/)
  })
})
