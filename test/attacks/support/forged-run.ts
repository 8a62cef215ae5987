// A run whose steps print forgeries: through the host's own gate, runner and run, over SSH, and to the client's verdict and faces.
import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { finished } from 'node:stream/promises'
import type { ServerChannel } from 'ssh2'
import { deploy } from '../../../src/operations/fleet/deploy.ts'
import type { Event } from '../../../src/protocol/event.ts'
import { parseEvent } from '../../../src/protocol/parse-event.ts'
import { makeRunId } from '../../../src/protocol/request.ts'
import { planSteps } from '../../../src/recipe/planned-steps.ts'
import { git, make, rsync, shell } from '../../../src/recipe/steps.ts'
import { createIdentities } from '../../../src/ssh/keys/identities.ts'
import { openConnection } from '../../../src/ssh/open-connection.ts'
import { JsonFace } from '../../../src/ui/faces/json-face.ts'
import { PlainFace } from '../../../src/ui/faces/plain-face.ts'
import { layOutRows } from '../../../src/ui/faces/rows/row-layout.ts'
import { connectRow, stepRow } from '../../../src/ui/faces/rows/step-rows.ts'
import { summarize } from '../../../src/ui/faces/summary.ts'
import { chooseStyle } from '../../../src/ui/output/style.ts'
import { HostRecord } from '../../../src/ui/record/host-record.ts'
import { RenderedHost, SHELLS } from '../../remote/support/rendered-host.ts'
import { makeFolder } from '../../ssh/support/connect.ts'
import { makeKey, settingsFor, startHost } from '../../ssh/support/loopback-host.ts'
import { pipedOptions, Sink } from '../../ui/support/sink.ts'
import type { Forgery, Known } from './forgeries.ts'

/** How a step brings its bytes to the log; each run has all of them. git prints the first. */
const WAYS = {
  'by a step': shell('cat "$HOME/../../../bytes/2"', { name: 'say 2', phase: 'prepare' }),
  'to stderr': shell('cat "$HOME/../../../bytes/3" >&2', { name: 'say 3', phase: 'prepare' }),
  'by a build': make('html', { name: 'say 4', as: 'build' }),
  'in pieces': shell(
    'exec 5<"$HOME/../../../bytes/5"; while dd bs=37 count=1 <&5 2>/dev/null | grep -q .; do :; done; cat "$HOME/../../../bytes/5"',
    { name: 'say 5', phase: 'prepare' },
  ),
  'by what is left behind': shell(
    '(sleep 0.05; cat "$HOME/../../../bytes/6"; true >"$HOME/../../../left") & sleep 0.02',
    {
      name: 'say 6',
      phase: 'prepare',
    },
  ),
  // the step after it, which is to say nothing, begins when what was left has written
  'by a step that publishes': shell(
    'for i in 1 2 3; do cat "$HOME/../../../bytes/7"; done; until [ -e "$HOME/../../../left" ]; do sleep 0.01; done; rm "$HOME/../../../left"',
    { name: 'say 7', phase: 'publish' },
  ),
}

/** Tries that one run makes. */
export const TRIES = 1 + Object.keys(WAYS).length

const STEPS = [
  git(),
  ...Object.values(WAYS),
  // it names each link that leads out, and fails
  rsync({ from: 'src/', to: '/var/codebase/', delete: false, name: 'names', when: 'names' }),
  shell('exit "$(cat "$HOME/../../../status")"', { name: 'end', phase: 'publish' }),
]
const FLAGS = { names: { summary: 'publish links that lead out' } }

/** The longest name of a file. */
const MAX_NAME_BYTES = 255

/** What a run came to. */
export type ForgedRun = {
  /** the exit code that the client would have, and the host's own word */
  exit: number
  truth: { outcome: string; exit: number }
  /** events as the host keeps them, and as `--json` has them */
  kept: Event[]
  shown: object[]
  /** all output of the run, as it is in the log and as it came */
  log: Buffer
  output: Buffer
  /** lines of shipit itself on the plain face, without what differs from run to run */
  plain: string[]
  /** what a terminal would have at the end: its rows and the summary */
  terminal: string[]
}

export type Forging = Awaited<ReturnType<typeof startForging>>

/**
 * Starts a host; close it.
 * @param blockBytes of the follower: where it cuts what it copies into frames
 */
export async function startForging(shellName: string, blockBytes?: number) {
  const host = new RenderedHost({
    shell: shellName,
    steps: STEPS,
    flags: FLAGS,
    // as a git server speaks through git (its sideband), and what git says itself
    before: {
      git: 'case " $* " in *" fetch "*) cat "$HOME/../../../bytes/1" >&2 ;; esac; exec "$real" "$@"',
    },
  })
  const states = '/var/lib/shipit/apps'
  if (blockBytes !== undefined) host.setConstant('runner', 'BLOCK_BYTES', blockBytes)
  host.commit('master', { Makefile: `html:\n\t@cat ${host.path(`${states}/bytes/4`)}\n` })
  const folder = makeFolder()
  const [hostKey, user] = [makeKey(), folder.writeKey('id')]
  let write: (session: string) => void = () => {}
  const sshd = await startHost({
    hostKeys: [hostKey.text],
    allow: [user.blob],
    onExec(channel, command) {
      // the build knows the token before its run has begun
      write(/--session ([0-9a-f]{32})$/.exec(command)?.[1] ?? '')
      runGate(channel, host, shellName, command)
    },
  })
  const settings = settingsFor(sshd, { hostKeys: [hostKey.line], identityFiles: [user.file] })

  /**
   * Deploys while each step prints one of the forgeries; the last step ends with a status.
   * @param names of links in the commit, which a step prints as it fails; the first is the commit's subject as well
   */
  async function run(
    forgeries: readonly Forgery[],
    status: number,
    names: readonly Forgery[] = [],
  ): Promise<ForgedRun> {
    const id = makeRunId()
    const flags = names.length > 0 ? [{ name: 'names' }] : []
    const steps = planSteps(host.recipe, flags, 'sandbox')
    write = (session) => {
      for (let step = 1; step <= TRIES; step += 1) {
        const known: Known = { session, run: id, step, name: steps[step - 1]?.name ?? '' }
        host.writeBytes(`${states}/bytes/${step}`, forgeries[step - 1]?.bytes(known) ?? Buffer.alloc(0))
      }
      const step = steps.findIndex(({ name }) => name === 'names') + 1
      const links = names.map(({ bytes }) => bytes({ session, run: id, step, name: 'names' }))
      if (links.length > 0) commitLinks(host, links)
    }
    host.write(`${states}/status`, `${status}\n`)
    const request = {
      verb: 'deploy',
      run: id,
      app: 'codebase',
      ref: { kind: 'branch', name: names.length > 0 ? 'names' : 'master' },
      flags,
      digest: host.digest,
    } as const
    const plan = {
      app: 'codebase',
      ref: request.ref,
      steps,
      hosts: ['web1'],
      cancel: { rootSteps: new Set<string>(), lastStep: undefined, command: 'shipit cancel --now' },
    }
    const sinks = { json: new Sink(), plain: new Sink() }
    const faces = [
      new JsonFace(pipedOptions(plan, sinks.json)),
      new PlainFace(pipedOptions(plan, sinks.plain)),
    ]
    const record = new HostRecord('web1', plan, { colour: true })
    const output: Uint8Array[] = []
    const target = {
      host: 'web1',
      user: 'alice',
      open: () => openConnection(settings, createIdentities()),
    }
    const outcomes = await deploy([target], { request, steps }, (progress) => {
      if (progress.type === 'output') output.push(Uint8Array.from(progress.bytes))
      for (const face of faces) void face.show(progress)
      record.take(progress)
      return undefined
    })
    for (const face of faces) await face.end(outcomes)
    const style = chooseStyle(sinks.plain as unknown as NodeJS.WriteStream, { LANG: 'C.UTF-8' })
    const source = { records: [record], latest: record, nowMs: performance.now(), style }
    const rows = [connectRow(source), ...steps.map(({ name }) => stepRow(name, source))]
    const terminal = [
      ...layOutRows(rows, { style }).map(({ text }) => text),
      ...summarize({ plan, records: [record], ms: 0, style }),
    ]
    const at = (file: string) => host.read(`${states}/codebase/runs/${id}/${file}`)
    return {
      exit: outcomes[0]?.error?.exitCode ?? 0,
      truth: JSON.parse(at('outcome')),
      kept: at('events')
        .split('\n')
        .flatMap((line) => parseEvent(line.replace(/^\d+ /, '')) ?? []),
      shown: sinks.json.lines.flatMap(eventOfRun),
      log: host.readBytes(`${states}/codebase/runs/${id}/log`),
      output: Buffer.concat(output),
      plain: ownLines(sinks.plain.lines),
      terminal: ownLines(terminal),
    }
  }

  return {
    run,
    async close() {
      await sshd.close()
      folder.remove()
      host.remove()
    },
  }
}

/** Commits links of such names to the branch `names`. */
function commitLinks(host: RenderedHost, links: readonly Buffer[]): void {
  const data = (bytes: Buffer) =>
    Buffer.concat([Buffer.from(`data ${bytes.length}\n`), bytes, Buffer.from('\n')])
  const target = data(Buffer.from('/etc/passwd'))
  const changes = links.map((bytes) => {
    // as fast-import wants a path with odd bytes in it: quoted, in octal
    const name = [...bytes.subarray(0, MAX_NAME_BYTES)].map(
      (byte) => `\\${byte.toString(8).padStart(3, '0')}`,
    )
    return Buffer.concat([Buffer.from(`M 120000 inline "src/${name.join('')}"\n`), target])
  })
  const head = 'reset refs/heads/names\ncommit refs/heads/names\ncommitter t <t@localhost> 1700000000 +0000\n'
  const stream = [Buffer.from(head), data(links[0] ?? Buffer.alloc(0)), ...changes, Buffer.from('done\n')]
  const args = [
    '--git-dir',
    host.path('/srv/git/codebase.git'),
    'fast-import',
    '--quiet',
    '--force',
    '--done',
  ]
  const made = spawnSync('git', args, { input: Buffer.concat(stream), encoding: 'utf8' })
  assert.equal(made.status, 0, made.stderr)
}

/** As sshd does. */
function runGate(channel: ServerChannel, host: RenderedHost, shellName: string, request: string): void {
  const [program = '', ...words] = SHELLS[shellName] ?? []
  const child = spawn(program, [...words, host.path('/usr/local/libexec/shipit/gate')], {
    cwd: '/',
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: process.env.PATH, SSH_ORIGINAL_COMMAND: request },
  })
  channel.on('error', () => {})
  child.stdout.pipe(channel, { end: false })
  child.stderr.pipe(channel.stderr, { end: false })
  child.on('close', async (code) => {
    channel.stderr.end()
    await finished(channel.stderr).catch(() => {})
    channel.exit(code ?? 70)
    channel.end()
  })
}

/** The event of a run in a line of `--json`, if it has one. */
function eventOfRun(line: string): object[] {
  const { schema: _, host: __, ...event } = JSON.parse(line)
  return 'time' in event && event.event !== 'hello' ? [event] : []
}

/** Lines that no step's output stands in, with times, ids and durations left out. */
function ownLines(lines: readonly string[]): string[] {
  return lines
    .filter((line) => !/^\[web1\] (?:[^|]* )?\| |^ {4}/.test(line))
    .map((line) =>
      line
        .replaceAll(/\d{8}T\d{6}Z-[0-9a-f]{16}/g, 'ID')
        .replaceAll(/\b[0-9a-f]{12,40}\b/g, 'COMMIT')
        .replaceAll(/(?<=\brun )[0-9a-f]{7}\b/g, 'ID')
        .replaceAll(/\b\d+(?:\.\d+)? s\b/g, 'N s'),
    )
}

/** Says that nothing differs from the truth, or from what another run had that ended so and in which nothing was forged. */
export function checkForged(run: ForgedRun, innocent: ForgedRun, what: string): void {
  assert.deepEqual([run.exit, run.truth], [innocent.exit, { ...run.truth, exit: innocent.exit }], what)
  assert.ok(run.output.equals(run.log), `${what}: the output is not the log`)
  const names = ({ kept }: ForgedRun) => kept.map(({ event }) => event)
  assert.deepEqual(names(run), names(innocent), what)
  assert.deepEqual(run.shown, JSON.parse(JSON.stringify(run.kept)), what)
  assert.deepEqual(run.plain, innocent.plain, what)
  assert.deepEqual(run.terminal, innocent.terminal, what)
}
