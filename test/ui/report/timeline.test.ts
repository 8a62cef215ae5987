import assert from 'node:assert/strict'
import { afterEach, describe, test } from 'node:test'
import { hideSecrets } from '../../../src/safe-text/secrets.ts'
import { drawTimeline } from '../../../src/ui/report/timeline.ts'
import { exampleRun } from './example-runs.ts'

describe('in a timeline', () => {
  // of this suite alone: other files of the same process have secrets of their own
  afterEach(() => hideSecrets([]))

  test('the name of a host is cut once what is secret in it is hidden', () => {
    const { hosts } = exampleRun(1)
    const named = hosts.map((each) => ({ ...each, host: 'a-machine-of-our-customer-fabrikam-gmbh' }))
    assert.match(drawTimeline(named, 1000).markup, />a-machine-of-our-customer-fab…</)
    hideSecrets(['fabrikam-gmbh'])
    const { markup } = drawTimeline(named, 1000)
    assert.match(markup, />a-machine-of-our-customer-\*\*\*</)
    assert.doesNotMatch(markup, /fab/)
  })
})
