// Not a test: a program that shows a recorded deploy, for the tests of the faces to run in a terminal.
// play-deploy.ts SCENARIO

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { setImmediate, setTimeout } from 'node:timers/promises'
import type { HostOutcome, Progress } from '../../../src/results/progress.ts'
import { chooseFace } from '../../../src/ui/faces/choose-face.ts'
import type { Face } from '../../../src/ui/faces/face.ts'
import type { DeployPlan } from '../../../src/ui/record/deploy-plan.ts'
import {
  begun,
  failedInRsync,
  lines,
  planFor,
  printed,
  ran,
  succeeded,
  told,
  unreachable,
} from './recorded.ts'

type Recorded = { progress: Progress[]; outcome: HostOutcome }

function faceFor(plan: DeployPlan): Promise<Face> {
  return chooseFace({ ...plan, stdout: process.stdout, stderr: process.stderr, env: process.env })
}

/** Waits until a text was painted, on a busy machine as well; to be called before there is a face. */
function untilPainted(text: string): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  const write = process.stdout.write.bind(process.stdout)
  process.stdout.write = ((...words: Parameters<typeof write>) => {
    if (String(words[0]).includes(text)) resolve()
    return write(...words)
  }) as typeof process.stdout.write
  return Promise.race([promise, setTimeout(60_000, undefined, { ref: false })])
}

/** Plays what hosts tell at the same time, event by event. */
async function play(recorded: Recorded[], options: { plan?: DeployPlan; paceMs: number }): Promise<void> {
  const hosts = recorded.map(({ outcome }) => outcome.host)
  const face = await faceFor(options.plan ?? planFor(...hosts))
  const longest = Math.max(...recorded.map(({ progress }) => progress.length))
  for (let at = 0; at < longest; at += 1) {
    for (const { progress } of recorded) {
      const event = progress[at]
      if (event) void face.show(event)
    }
    await (options.paceMs > 0 ? setTimeout(options.paceMs) : setImmediate())
  }
  await face.end(recorded.map(({ outcome }) => outcome))
}

/** As a shell's job control does, and `script`, which stops with what it runs: to go on before it has stopped would leave it so. */
const STOP_PARENT = `kill -TSTP $PPID
script=$(ps -o ppid= -p $PPID | tr -d ' ')
for each in $PPID $script; do
  until grep -q '^State:.T' /proc/$each/status; do sleep 0.02; done
done
echo stopped
kill -CONT $PPID
# it may hear late that what it runs has stopped, and stop once more
for each in 1 2 3 4 5 6 7 8 9 10; do kill -CONT $script; sleep 0.05; done`

const web = (count: number) =>
  Array.from({ length: count }, (_, index) => `web${String(index + 1).padStart(2, '0')}`)

const many = {
  ...planFor(...web(300)),
  steps: Array.from({ length: 8 }, (_, index) => ({ name: `step ${index}`, phase: 'prepare' as const })),
}

const SCENARIOS: Record<string, () => Promise<void>> = {
  success: () => play([succeeded('web1')], { paceMs: 30 }),
  failure: () => play([failedInRsync('web1')], { paceMs: 30 }),
  unreachable: () => play([unreachable('web1')], { paceMs: 30 }),
  fleet: () =>
    play(
      web(48).map((host, index) =>
        index === 6 ? failedInRsync(host) : index > 44 ? unreachable(host) : succeeded(host),
      ),
      { paceMs: 20 },
    ),
  /** stops in the middle, for a look at it */
  async middle() {
    const painted = untilPainted('two')
    const face = await faceFor(planFor('web1'))
    for (const event of [...begun('web1'), ...ran('web1', 'git', {})]) void face.show(event)
    void face.show(told('web1', { event: 'step', number: 2, name: 'rsync src', state: 'started' }))
    void face.show(printed('web1', `\x1b[2J\x1b]0;title\x07\x1b[31mone\ntwo\t${'wide '.repeat(40)}`))
    await painted
    process.stderr.write('said meanwhile\n')
    process.exit(0)
  },
  /** a step that the local recipe does not have, and nobody who waits for its end */
  async left() {
    const face = await faceFor(planFor('web1'))
    for (const event of [...begun('web1'), ...ran('web1', 'git', {})]) void face.show(event)
    void face.show(told('web1', { event: 'step', number: 2, name: 'migrate', state: 'started' }))
    await setTimeout(200)
    await face.end([])
    process.stderr.write('left\n')
  },
  /** a question in the middle */
  async paused() {
    const { progress, outcome } = succeeded('web1')
    const face = await faceFor(planFor('web1'))
    for (const event of progress.slice(0, 6)) void face.show(event)
    await setTimeout(200)
    await face.pause()
    process.stderr.write('\nleave or go on? go on\n')
    for (const event of progress.slice(6)) void face.show(event)
    await setTimeout(200)
    face.resume()
    await face.end([outcome])
  },
  /** Ctrl-Z in the middle, and fg */
  async stopped() {
    const { progress, outcome } = succeeded('web1')
    const painted = untilPainted('rsync src')
    const face = await faceFor(planFor('web1'))
    for (const event of progress.slice(0, 6)) void face.show(event)
    await painted
    const shell = spawn('sh', ['-c', STOP_PARENT], { stdio: 'inherit' })
    await once(shell, 'close')
    for (const event of progress.slice(6)) void face.show(event)
    await face.end([outcome])
  },
  /** a deploy that takes long, by the clock of this process */
  async long() {
    const { progress, outcome } = succeeded('web1')
    const face = await faceFor(planFor('web1'))
    for (const event of progress) void face.show(event)
    const now = performance.now.bind(performance)
    performance.now = () => now() + 30_000
    await face.end([outcome])
  },
  /** more steps than the terminal has rows */
  async low() {
    const steps = Array.from({ length: 40 }, (_, index) => ({
      name: `step ${index}`,
      phase: 'prepare' as const,
    }))
    const painted = untilPainted(' step 19')
    const face = await faceFor({ ...planFor('web1'), steps })
    for (const event of begun('web1').slice(0, 2)) void face.show(event)
    for (const { name } of steps.slice(0, 20)) {
      void face.show(told('web1', { event: 'step', number: 1, name, state: 'started' }))
      if (name !== 'step 19')
        void face.show(told('web1', { event: 'step', number: 1, name, state: 'ended', status: 0, ms: 100 }))
    }
    await painted
    process.stdout.cork()
    process.kill(process.pid, 'SIGKILL')
  },
  /** 300 hosts x 8 steps x 20 lines; says at the end how much processor time it took */
  async many() {
    const recorded = many.hosts.map((host) => ({
      progress: [
        ...begun(host).map((event) =>
          event.type === 'event' && event.event.event === 'run'
            ? told(host, { ...event.event, steps: many.steps })
            : event,
        ),
        ...many.steps.flatMap(({ name }) => {
          const [started, ended] = ran(host, name, {}) as [Progress, Progress]
          return [
            started,
            ...lines(20)
              .split(/(?<=\n)/)
              .map((line) => printed(host, line)),
            ended,
          ]
        }),
      ],
      outcome: { host },
    }))
    await play(recorded, { plan: many, paceMs: 5 })
    const { user, system } = process.cpuUsage()
    process.stdout.write(`took ${Math.round((user + system) / 1000)} ms\n`)
  },
}

await SCENARIOS[process.argv[2] ?? '']?.()
