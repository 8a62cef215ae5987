// The boundary of a real host: what both the short form (npm test) and the long form (npm run attacks) show.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { makeRunId } from '../../../src/protocol/request.ts'
import { hostsSuite } from '../../hosts/support/lab.ts'
import { shortForm } from '../../support/whole.ts'
import { AttackedHost, GATE, GATED, isRefusal, JUDGING, type Reply, RUNNER, STATE } from './attacked-host.ts'
import { NOT_FOR_GATED, OTHER_WAYS, READS_AND_WRITES } from './boundary-attacks.ts'
import { type HostileRequest, sampleCorpus } from './corpus.ts'
import { SESSION } from './grammar-table.ts'
import { NOT_ALLOWED, NOT_FOR_RUNNER } from './hostile-lines.ts'

export type BoundaryOptions = {
  /** through the gate and the runner on the host */
  requests: readonly HostileRequest[]
  /** over real connections */
  overSsh: readonly HostileRequest[]
  /** what else a client may ask sshd for; all of it by default */
  clients?: readonly (readonly [what: string, command: string])[]
}

export function boundarySuite(
  name: string,
  { requests, overSsh, clients = Object.entries(NOT_FOR_GATED) }: BoundaryOptions,
): void {
  hostsSuite(name, { hosts: 1, syslog: true }, (lab) => {
    const host = new AttackedHost(lab)
    before(() => host.prepare())
    after(() => host.remove())

    /** Holds around what may do nothing: no file made or changed, no history, nobody but the judge ran. */
    const changesNothing = async (attack: () => Promise<void>): Promise<void> => {
      const [listing, history] = [await host.listing(), await host.history()]
      await host.account()
      await attack()
      const ran = await host.ranAs('deploybot')
      assert.deepEqual(
        [...ran.keys()].filter((each) => !JUDGING.includes(each)),
        [],
        'ran as deploybot',
      )
      assert.equal((await host.ranAs('build-codebase')).size, 0)
      assert.equal(await host.history(), history)
      assert.deepEqual(difference(listing, await host.listing()), [])
    }
    const lines = requests.map(({ line }) => line)

    test('a first deploy works, and process accounting sees it', async () => {
      await host.account()
      const run = await host.alice(
        `sudo -n -u deploybot ${RUNNER} 'deploy --run ${makeRunId()} --app codebase --branch master'`,
      )
      assert.equal(run.status, 0, run.stdout + run.stderr)
      const ran = await host.ranAs('deploybot')
      for (const program of ['runner', 'git', 'rsync', 'tar'])
        assert.ok(ran.has(program), `${[...ran.keys()]}`)
    })

    test('hostile requests to the gate, from an ordinary shell', () =>
      changesNothing(async () => {
        assert.deepEqual(notRefused(await host.bulk(lines, `SSH_ORIGINAL_COMMAND=$2 ${GATE}`)), [])
        // sudo was never asked
        assert.equal((await host.ranAs('deploybot')).size, 0)
      }))

    test('hostile requests to the runner, by sudo from an ordinary shell', () =>
      changesNothing(async () => {
        const all = [...lines, ...NOT_FOR_RUNNER.map((line) => Buffer.from(line))]
        assert.deepEqual(notRefused(await host.bulk(all, `sudo -n -u deploybot -- ${RUNNER} "$2"`)), [])
        assert.ok(((await host.ranAs('deploybot')).get('runner') ?? 0) >= all.length)
      }))

    test('well-formed requests that the policy forbids', () =>
      changesNothing(async () => {
        const forbidden = NOT_ALLOWED.map((line) => Buffer.from(line))
        for (const command of [
          `sudo -n -u deploybot -- ${RUNNER} "$2"`,
          `SSH_ORIGINAL_COMMAND="$2 --session ${SESSION}" ${GATE}`,
        ]) {
          for (const { line, status, said } of await host.bulk(forbidden, command)) {
            assert.equal(status, 77, line.toString())
            assert.match(said, /"event":"refused",.*"reason":"policy"/, line.toString())
          }
        }
      }))

    for (const [way, user] of Object.entries(GATED)) {
      test(`hostile requests over ssh, as ${way}`, () =>
        changesNothing(async () => {
          assert.ok(overSsh.length >= 30)
          assert.deepEqual(
            notRefused(
              await host.overSsh(
                user,
                overSsh.map(({ line }) => line),
              ),
            ),
            [],
          )
          assert.equal((await host.ranAs('deploybot')).size, 0)
        }))

      test(`no shell, terminal, file transfer or forwarding, as ${way}`, () =>
        changesNothing(async () => {
          for (const [what, command] of clients) {
            const { status, stdout } = await host.client(command.replace('USER', user))
            assert.notEqual(status, 0, what)
            assert.doesNotMatch(stdout, /uid=|root:|refs\/heads/, what)
          }
        }))

      test(`a well-formed request is answered, as ${way}`, async () => {
        const { status, stdout } = await host.client(
          `ssh -T % ${user}@web1 shipit-gate hello --session ${SESSION}`,
        )
        assert.equal(status, 0)
        assert.match(stdout, new RegExp(`^\\x1e${SESSION} .*"user":"${user}"`))
      })
    }

    test('alice has no other way to become deploybot, the build account or root', () =>
      changesNothing(async () => {
        assert.deepEqual(await succeeding(host, OTHER_WAYS), [])
      }))

    test('alice cannot read or change what the host keeps or runs', () =>
      changesNothing(async () => {
        assert.deepEqual(await succeeding(host, READS_AND_WRITES), [])
      }))

    test("bob, who is in no group of the policy, can't even ask", () =>
      changesNothing(async () => {
        const { status } = await lab.exec('web1', `sudo -n -u deploybot ${RUNNER} hello`, { user: 'bob' })
        assert.equal(status, 1)
      }))

    test("sudo's own log has every call, and no other command as deploybot", async () => {
      const log = await host.root(
        "grep -a ' sudo: .*COMMAND=' /var/log/syslog | grep -a 'USER=deploybot ;' | grep -av 'command not allowed' || true",
      )
      const calls = log.split('\n')
      assert.ok(calls.length >= lines.length, `${calls.length} calls`)
      const others = calls.filter(
        (call) =>
          !/ alice : .*(?:COMMAND=\/usr\/local\/libexec\/shipit\/(?:\.\.\/shipit\/)?runner\b)/.test(call),
      )
      assert.deepEqual(
        others.filter(
          (call) =>
            !/ (?:dana|erin) : .*shipit\/runner (?:hello|'hello --session [0-9a-f]{32}')$| : (?:a password is required|sorry)/.test(
              call,
            ),
        ),
        [],
      )
      assert.equal(await host.root(`ls ${STATE}/runs | wc -l`), '1')
    })
  })
}

/** The short form's part of the corpus, some of each kind, and one client for each thing that sshd could give. */
export const SHORT: BoundaryOptions = {
  requests: sampleCorpus(4),
  overSsh: sampleCorpus(2),
  clients: shortForm(
    NOT_FOR_GATED,
    ...['a shell with input', 'a terminal', 'scp to the host', 'sftp', 'git push'],
    ...['a tunnel from here', 'a tunnel from there', 'a socket there', 'a tun device'],
  ),
}

/** The lines that only one of two texts has. */
function difference(before: string, after: string): string[] {
  const [old, now] = [new Set(before.split('\n')), new Set(after.split('\n'))]
  return [...old].filter((row) => !now.has(row)).concat([...now].filter((row) => !old.has(row)))
}

function notRefused(replies: readonly Reply[]): string[] {
  return replies
    .filter((reply) => !isRefusal(reply))
    .map(
      ({ line, status, said }) =>
        `${JSON.stringify(line.toString('latin1').slice(0, 120))}: ${status} ${said.slice(0, 120)}`,
    )
}

/** Runs each as alice with a clock; which of them succeeded. */
async function succeeding(host: AttackedHost, commands: readonly string[]): Promise<string[]> {
  const replies = await host.bulk(
    commands.map((command) => Buffer.from(command)),
    'timeout 30 bash -c "$2"',
  )
  return replies
    .filter(({ status }) => status === 0 || status === 124)
    .map(({ line, said }) => `${line}: ${said.slice(0, 200)}`)
}
