// One person fails to deploy again and again, another one cancels what never was, on a real host: what others have there stays whole.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { makeRunId } from '../../../src/protocol/request.ts'
import { hostsSuite, type Lab, type Person } from '../../hosts/support/lab.ts'
import { Project } from '../../hosts/support/project.ts'

const STATE = '/var/lib/shipit/apps/codebase'
const LIMIT_MS = 10 * 60_000

/**
 * How many requests of each kind, and how many failing runs and cancels of one person the host keeps; the long form is more than the
 * history keeps of one person, with the limits of every host.
 */
export type Flood = { deploys: number; cancels: number; keeps?: { early: number; cancels: number } }

/** With lower limits, so that few are as many as erased everybody's records once. */
export const SHORT: Flood = { deploys: 20, cancels: 20, keeps: { early: 6, cancels: 8 } }
const KEEPS = { early: 20 }

// alice may deploy x and tags v*, of which there is none; bob may do all; admin may look
const ALLOW = `[
  { group: 'deployers', branches: ['x'], tags: ['v*'], verbs: ['deploy', 'rollback'] },
  { group: 'leads', verbs: ['deploy', 'rollback', 'freeze', 'cancel', 'unfreeze'] },
  { group: 'readers', branches: ['none'], tags: [], verbs: ['deploy'] },
]`
const STEPS = `
    shell('case "$SHIPIT_REF" in v*) exit 1 ;; esac', { name: 'look', phase: 'prepare' }),
    git(),
    rsync({ from: 'src/', to: '/var/codebase/src/', delete: true }),
`

export function floodSuite(name: string, { deploys, cancels, keeps }: Flood): void {
  hostsSuite(name, { hosts: 1 }, (lab) => {
    let project: Project
    const bobs: string[] = []
    const cancelled = [makeRunId(), makeRunId(), makeRunId()]
    before(async () => {
      project = new Project({ lab, hosts: ['web1'], steps: STEPS, allow: ALLOW })
      await lab.scenario('web1')
      await lab.output(
        'web1',
        'groupadd leads; groupadd readers; gpasswd -d bob deployers; gpasswd -a bob leads; gpasswd -a admin readers',
      )
      await project.install('web1')
      if (keeps)
        await lab.output(
          'web1',
          `sed -i 's/^PRUNE_EVERY=8$/PRUNE_EVERY=1/; s/^KEPT_EARLY=20$/KEPT_EARLY=${keeps.early}/; s/^KEPT_ANYWAY=10$/KEPT_ANYWAY=3/; s/^KEPT_WITHDRAWN=200$/KEPT_WITHDRAWN=${keeps.cancels}/' /usr/local/libexec/shipit/runner; grep -qx KEPT_EARLY=${keeps.early} /usr/local/libexec/shipit/runner && grep -qx KEPT_WITHDRAWN=${keeps.cancels} /usr/local/libexec/shipit/runner`,
        )
      for (const words of [
        '--branch master',
        '--branch master',
        '--tag v0',
        '--branch x',
        '--branch master',
      ]) {
        const run = makeRunId()
        await ask(lab, 'bob', `deploy --run ${run} --app codebase ${words} --back`)
        bobs.push(run)
      }
      for (const run of cancelled)
        assert.match(await ask(lab, 'bob', `cancel --run ${run} --app codebase`), /"unknown-run"/)
    })
    after(() => project.remove())

    const records = () =>
      lab.output(
        'web1',
        `cd ${STATE}; for run in ${bobs.join(' ')}; do
          find runs/$run -type f -exec sha256sum {} +; git --git-dir mirror.git rev-parse -q --verify refs/shipit/run/$run || echo none
          grep -F $run history; done`,
      )
    const ways = async () => {
      const told = await ask(lab, 'bob', 'history --app codebase --limit 1000')
      return [/"target":"[^"]*"/, /"live":\{[^}]*\}/].map((what) => what.exec(told)?.[0])
    }

    test(`${deploys} failing deploys and ${cancels} cancels leave the logs, ways back, cancels and history of others whole`, async (t) => {
      const before = [await records(), await ways()]
      assert.match(String(before[0]), /"outcome":"succeeded"/)
      const began = Date.now()
      await flood(lab, 'alice', deploys, 'deploy --run $run --app codebase --tag v$count --back')
      const deployed = Date.now()
      await flood(lab, 'admin', cancels, 'cancel --run $run --app codebase')
      t.diagnostic(
        `${deploys} deploys in ${Math.round((deployed - began) / 1000)} s, ${cancels} cancels in ${Math.round((Date.now() - deployed) / 1000)} s`,
      )
      assert.deepEqual([await records(), await ways()], before)
      for (const run of cancelled)
        assert.match(
          await ask(lab, 'bob', `deploy --run ${run} --app codebase --branch master --back`),
          /"reason":"cancelled"/,
        )
      const first = bobs[0] as string
      assert.match(await ask(lab, 'bob', `log --run ${first} --app codebase`), /is at [0-9a-f]{40}/)
      const back = await ask(lab, 'bob', `rollback --run ${makeRunId()} --app codebase --to ${first}`)
      assert.match(back, /"outcome":"succeeded"/)
    })

    test('the one who floods loses the oldest of her own, whose ids are not taken again', async () => {
      const kept = Number(await lab.output('web1', `cat ${STATE}/runs/*/by | grep -c '^alice '`))
      const { early } = keeps ?? KEEPS
      // what is too much is forgotten at every eighth run, but where the host was told otherwise above
      const most = early + (keeps ? 1 : 8)
      assert.ok(kept >= early && kept <= most, `${kept} of alice's runs are kept`)
      const lines = Number(await lab.output('web1', `grep -c '"user":"alice"' ${STATE}/history`))
      // it is trimmed when it has grown by 2000 lines
      assert.ok(lines <= 2000, `${lines} of alice's starts in the history`)
      const forgotten = (await lab.output('web1', `head -n 1 ${STATE}/used/*`)).trim()
      const again = await ask(lab, 'alice', `deploy --run ${forgotten} --app codebase --branch x --back`)
      assert.match(again, /"reason":"used"/)
      // another person's is no way to start anything
      const order = await lab.output('web1', `cat ${STATE}/order`)
      assert.match(
        await ask(lab, 'alice', `deploy --run ${bobs[0]} --app codebase --branch x --back`),
        /"reason":"used"/,
      )
      assert.equal(await lab.output('web1', `cat ${STATE}/order`), order)
    })
  })
}

/** One request from a person's own shell on the host; what comes back. */
async function ask(lab: Lab, user: Person, request: string): Promise<string> {
  return (await lab.exec('web1', `shipit-gate ${request}`, { user })).stdout
}

/** Sends a request over and over, each with an id of its own. */
async function flood(lab: Lab, user: Person, count: number, request: string): Promise<void> {
  const { status, stderr } = await lab.exec(
    'web1',
    `count=0; while [ $count -lt ${count} ]; do
      count=$((count + 1)); run=$(date -u +%Y%m%dT%H%M%SZ)-$(printf %016x $count)
      shipit-gate ${request} >/dev/null 2>&1; done; true`,
    { user, timeoutMs: LIMIT_MS },
  )
  assert.equal(status, 0, stderr)
}
