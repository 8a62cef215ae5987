// A sandbox lies in a person's checkout, whose folder may be called anything: its name is a name, and never a pattern.
import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe } from 'node:test'
import { git, rsync } from '../../src/recipe/steps.ts'
import {
  eventsOf,
  inTurn,
  outcomeOf,
  RenderedHost,
  SHELLS,
  whyNotShell,
  withHost,
} from './support/rendered-host.ts'

const top = realpathSync(mkdtempSync(join(tmpdir(), 'shipit-odd-')))
// RenderedHost takes its folder from here
process.env.TMPDIR = join(top, 'R&D, [ab]*?')
mkdirSync(process.env.TMPDIR)
after(() => rmSync(top, { recursive: true }))

const SITE = '/var/site'
const STEPS = [git(), rsync({ from: 'src/', to: `${SITE}/`, delete: true, exclude: ['/data/kept'] })]

describe('in a folder whose name has letters of patterns', { concurrency: true }, () => {
  for (const shell of Object.keys(SHELLS)) {
    describe(`under ${shell}`, { skip: whyNotShell(shell) }, () => {
      const it = inTurn(shell)
      const inPlace = (test: (host: RenderedHost) => Promise<void>) => () =>
        withHost(new RenderedHost({ shell, steps: STEPS }), async (host) => {
          host.commit('master', { 'src/f': 'f' })
          await test(host)
        })

      it(
        'a symlink on the way to what an exclude keeps is found',
        inPlace(async (host) => {
          host.write('/elsewhere/kept', 'theirs')
          host.folder(SITE)
          symlinkSync(host.path('/elsewhere'), host.path(`${SITE}/data`))
          const answer = await host.deploy()
          assert.equal(outcomeOf(answer).outcome, 'failed', answer.output)
          assert.ok(
            answer.output.includes(
              `'/data/kept' of exclude is reached by the symlink ${host.path(`${SITE}/data`)}, `,
            ),
            answer.output,
          )
          assert.equal(host.read(`${SITE}/data/kept`), 'theirs')
        }),
      )

      it(
        'a ref of the mirror that a power cut has left empty is removed, and the mirror stays',
        inPlace(async (host) => {
          assert.equal(outcomeOf(await host.deploy()).outcome, 'succeeded')
          const ref = `${host.state}/mirror.git/refs/cut`.slice(host.prefix.length)
          host.write(ref, '')
          const answer = await host.deploy()
          assert.equal(outcomeOf(answer).outcome, 'succeeded')
          // else the mirror would be made anew
          assert.doesNotMatch(answer.output, /mirror/)
          assert.equal(host.has(ref), false)
        }),
      )

      it(
        'doctor is told of all files of the manifest',
        inPlace(async (host) => {
          host.write('/etc/shipit/manifest', '# shipit 0.0.0\nfolder 0755 root:root /srv/of-the-manifest\n')
          host.folder('/srv/of-the-manifest')
          const files = eventsOf(await host.ask('doctor --app codebase'), 'fact').flatMap(
            ({ name, value }) => (name === 'file' ? [value] : []),
          )
          assert.ok(
            files.some((each) => each?.endsWith('/srv/of-the-manifest')),
            files.join('\n'),
          )
        }),
      )
    })
  }
})
