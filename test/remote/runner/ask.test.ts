// A deploy that asks: it says what it would find, waits for a word, and judges all of it again then.
import assert from 'node:assert/strict'
import { chmodSync, readdirSync, renameSync } from 'node:fs'
import { describe } from 'node:test'
import { STATES } from '../../../src/install/bundle.ts'
import { makeRunId } from '../../../src/protocol/request.ts'
import { git, shell } from '../../../src/recipe/steps.ts'
import {
  type Answer,
  type Call,
  eventsOf,
  inTurn,
  outcomeOf,
  pause,
  RenderedHost,
  refusal,
  SESSION,
  SHELLS,
  WHILE_HELD,
  whyNotShell,
} from '../support/rendered-host.ts'

const STEPS = [
  git(),
  shell(WHILE_HELD, { name: 'held', phase: 'prepare' }),
  shell('true', { name: 'publish' }),
]
const STATE = `${STATES}/codebase`
const OTHER = 'b'.repeat(40)

/** The names of an answer's events. */
const names = ({ events }: Answer) => events.map(({ event }) => event)

describe('a deploy that asks', { concurrency: true }, () => {
  for (const name of Object.keys(SHELLS)) {
    describe(`under ${name}`, { skip: whyNotShell(name), concurrency: 3 }, () => {
      const it = inTurn(name)
      const onHost = async (test: (host: RenderedHost, first: string) => Promise<void>) => {
        const host = new RenderedHost({ shell: name, steps: STEPS, flags: { docs: { summary: 'the docs' } } })
        const first = host.commit('master', { version: '1' })
        try {
          await test(host, first)
        } finally {
          host.release()
          host.remove()
        }
      }
      /** Sends one, and waits until it waits. */
      const ask = async (host: RenderedHost, words = '', run = makeRunId()) => {
        const call = host.start(
          `deploy --run ${run} --app codebase --branch master${words} --session ${SESSION}`,
        )
        await call.until('"event":"ready"')
        return call
      }

      it('says what a plan says, and begins at a word, with the commit that it names', () =>
        onHost(async (host, first) => {
          const run = makeRunId()
          const call = await ask(host, ` --ask --digest ${host.digest}`, run)
          assert.equal(host.has(`${STATE}/runs/${run}`), false)
          // the branch goes on, and the hosts were asked before
          host.commit('master', { version: '2' })
          call.send(`begin ${first} now\n`)
          const answer = await call.answer
          assert.deepEqual(names(answer).slice(0, 6), ['hello', 'status', 'plan', 'ready', 'hello', 'run'])
          assert.deepEqual([answer.status, outcomeOf(answer).commit], [0, first])
          assert.equal(host.read(`${STATE}/runs/${run}/asked`), `${first}\n`)
        }))

      it('of a recipe without a commit to name begins at the word alone', () =>
        onHost(async (host, first) => {
          const call = await ask(host, ' --ask')
          call.send('begin now\n')
          assert.equal(outcomeOf(await call.answer).commit, first)
        }))

      it('whose client goes starts nothing, and holds up nobody meanwhile', () =>
        onHost(async (host) => {
          const run = makeRunId()
          const call = await ask(host, ' --ask', run)
          assert.equal((await host.deploy()).status, 0)
          call.leave()
          assert.equal((await call.answer).status, 0)
          assert.equal(host.has(`${STATE}/runs/${run}`), false)
        }))

      it('has its id for itself as long as it waits', () =>
        onHost(async (host) => {
          const asking = host.path(`${STATE}/asking`)
          const run = makeRunId()
          const call = await ask(host, ' --ask', run)
          // the same, of somebody else
          const [me = ''] = readdirSync(asking)
          renameSync(`${asking}/${me}`, `${asking}/mallory`)
          for (const words of ['--branch master', '--branch master --ask', '--branch master --wait'])
            assert.deepEqual(refusal(await host.deploy(words, run)), [76, 'used'], words)
          call.leave()
          await call.answer
          assert.equal((await host.deploy('--branch master', run)).status, 0)
          // of those that are gone few files stay, once another one asks
          host.setConstant('runner', 'MOST_ASKED', 0)
          renameSync(`${asking}/mallory`, `${asking}/${me}`)
          const other = makeRunId()
          const last = await ask(host, ' --ask', other)
          assert.deepEqual(readdirSync(`${asking}/${me}`), [other])
          last.leave()
          await last.answer
        }))

      it('takes no other word, and no commit but the one that was asked for', () =>
        onHost(async (host, first) => {
          const begins = async (word: string, words = ' --ask') => {
            const run = makeRunId()
            const call = await ask(host, words, run)
            call.send(`${word}\n`)
            const { status, stderr } = await call.answer
            assert.equal(host.has(`${STATE}/runs/${run}`), false, word)
            return [status, /not a request/.test(stderr)]
          }
          for (const word of [
            ...['go', 'now', 'begin', 'begin ', 'begin  now', 'begin HEAD now', ` begin ${first} now`],
            ...[`begin ${first}`, `begin ${first} x`, `begin ${first}0 now`, `begin ${first} now now`],
            ...[`begin ${'0'.repeat(5000)} now`, `begin\n${first} now`, `begin now ${first}`],
          ])
            assert.deepEqual(await begins(word), [77, true], word)
          assert.deepEqual(await begins(`begin ${OTHER} now`, ` --commit ${first} --ask`), [77, true])
          for (const nothing of ['', '\0']) assert.deepEqual(await begins(nothing), [0, false])
          // a word that was cut
          for (const half of ['', 'begin', `begin ${first}`, `begin ${first} no`]) {
            const run = makeRunId()
            const call = await ask(host, ' --ask', run)
            call.send(half)
            call.leave()
            assert.equal((await call.answer).status, half === '' ? 0 : 77)
            assert.equal(host.has(`${STATE}/runs/${run}`), false, half)
          }
        }))

      it('is refused by what has come meanwhile', () =>
        onHost(async (host, first) => {
          const refusals = async (call: Call) => {
            call.send(`begin ${first} now\n`)
            return eventsOf(await call.answer, 'refused').map(({ reason }) => reason)
          }
          const [frozen, drifted, locked] = await Promise.all(
            [' --ask', ` --ask --digest ${host.digest}`, ' --ask'].map((words) => ask(host, words)),
          )
          await host.ask('freeze --app codebase --reason stop')
          assert.deepEqual(await refusals(frozen as Call), ['frozen'])
          await host.ask('unfreeze --app codebase')
          const recipe = '/etc/shipit/apps/codebase/recipe'
          const before = host.read(recipe)
          host.write(recipe, before.replaceAll(host.digest, '0'.repeat(64)))
          assert.deepEqual(await refusals(drifted as Call), ['drift'])
          host.write(recipe, before)
          host.hold()
          const run = makeRunId()
          const holder = host.start(`deploy --run ${run} --app codebase --branch master --session ${SESSION}`)
          await holder.until('"name":"held"')
          assert.deepEqual(await refusals(locked as Call), ['locked'])
          host.release()
          await holder.answer
        }))

      it('begins nothing where its client is late, or other programs were installed meanwhile', () =>
        onHost(async (host) => {
          const programs = '/usr/local/libexec/shipit'
          const call = await ask(host, ' --ask')
          host.write(`${programs}/new`, host.read(`${programs}/runner`), 0o755)
          renameSync(host.path(`${programs}/new`), host.path(`${programs}/runner`))
          call.send('begin now\n')
          const { status, events } = await call.answer
          assert.deepEqual([status, events.at(-1)?.event], [0, 'ready'])
          host.setConstant('runner', 'WORD_SECONDS', 1)
          const late = await ask(host, ' --ask')
          assert.equal((await late.answer).status, 0)
          const typing = host.start(
            `deploy --run ${makeRunId()} --app codebase --branch master --ask --session ${SESSION}`,
            `exec script -qefc "stty -opost; exec ${host.gate}" /dev/null;`,
          )
          await typing.until('"event":"ready"')
          const ended = await Promise.race([typing.answer, pause(120_000)])
          if (ended === undefined) typing.kill()
          assert.equal(ended?.status, 0)
        }))

      it('is judged by the recipe of the moment: a flag that is none any more is refused', () =>
        onHost(async (host) => {
          const call = await ask(host, ' --docs --ask')
          const recipe = '/etc/shipit/apps/codebase/recipe'
          const before = host.read(recipe)
          const after = before.replace(/^RECIPE_FLAGS=.*$/m, "RECIPE_FLAGS=''")
          assert.notEqual(after, before)
          host.write(recipe, after)
          call.send('begin now\n')
          assert.equal((await call.answer).status, 77)
        }))

      it('is judged by who can write the recipe by then, if it has waited for long', () =>
        onHost(async (host) => {
          host.setConstant('runner', 'FRESH_MS', 0)
          const call = await ask(host, ' --ask')
          const recipe = host.path('/etc/shipit/apps/codebase/recipe')
          chmodSync(recipe, 0o666)
          call.send('begin now\n')
          const { status, stderr } = await call.answer
          chmodSync(recipe, 0o644)
          assert.deepEqual([status, /could have|can write this recipe/.test(stderr)], [77, true], stderr)
        }))
    })
  }
})
