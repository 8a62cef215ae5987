// What a deploy and waiting cost a host: processes and CPU time, on a real host of the tests, beside a login that runs `true`.
// docs/performance.md has the figures.
import { once } from 'node:events'
import { Lab, whyNot } from '../test/hosts/support/lab.ts'
import { ORIGINAL_STEPS, Project } from '../test/hosts/support/project.ts'

const DEPLOYS = 10
const SIX_STEPS = ['one', 'two', 'three', 'four', 'five', 'six']
  .map((name) => `command(['true'], { name: '${name}' }),`)
  .join('\n')
const WAITING_STEP = `shell('sleep 600', { name: 'wait', phase: 'prepare' }),`
/** until a follower no longer looks for output by itself */
const SETTLE_MS = 5000
const WAITED_SECONDS = 30

/** Of all that ran on a host since it was booted. */
type Spent = { processes: number; cpuMs: number }

/**
 * A host has a PID namespace of its own: its numbers follow one another, so that the next one says how many there were (threads count as
 * well). A process has the time of the children that it has waited for, the first one that of all others (proc(5)); a tick is 10 ms.
 */
export async function spentOn(lab: Lab): Promise<Spent> {
  const script = 'cat /proc/[0-9]*/stat 2>/dev/null; echo "next $$"'
  const lines = (await lab.output('web1', script)).split('\n')
  const spent = { processes: 0, cpuMs: 0 }
  for (const line of lines) {
    if (line.startsWith('next ')) spent.processes = Number(line.slice(5))
    const words = line.replace(/^.*\) /s, '').split(' ')
    spent.cpuMs += [11, 12, 13, 14].reduce((sum, at) => sum + Number(words[at] ?? 0) * 10, 0)
  }
  return spent
}

/** What something cost, less what the look at it did. */
async function cost(lab: Lab, work: () => Promise<unknown>): Promise<Spent> {
  const first = await spentOn(lab)
  const before = await spentOn(lab)
  await work()
  const after = await spentOn(lab)
  const look = { processes: before.processes - first.processes, cpuMs: before.cpuMs - first.cpuMs }
  return {
    processes: after.processes - before.processes - look.processes,
    cpuMs: after.cpuMs - before.cpuMs - look.cpuMs,
  }
}

async function costOfEach(
  lab: Lab,
  work: () => Promise<{ status: number | null; stderr: string }>,
): Promise<string> {
  const { processes, cpuMs } = await cost(lab, async () => {
    for (let count = 0; count < DEPLOYS; count += 1) {
      const { status, stderr } = await work()
      if (status !== 0) throw new Error(stderr)
    }
  })
  return `${Math.round(processes / DEPLOYS)} processes, ${Math.round(cpuMs / DEPLOYS)} ms of CPU`
}

async function costOfWaiting(lab: Lab, project: Project, followers: number): Promise<string> {
  const clients = [project.spawnWith({ stdio: 'ignore' }, 'deploy', 'production')]
  await new Promise((resolve) => setTimeout(resolve, SETTLE_MS))
  while (clients.length < followers)
    clients.push(project.spawnWith({ stdio: 'ignore' }, 'attach', 'production'))
  await new Promise((resolve) => setTimeout(resolve, SETTLE_MS))
  const { processes, cpuMs } = await cost(
    lab,
    () => new Promise((resolve) => setTimeout(resolve, WAITED_SECONDS * 1000)),
  )
  const ends = clients.map((client) => once(client, 'close'))
  await project.shipit('cancel', 'production', '--now')
  await Promise.all(ends)
  return `${(processes / WAITED_SECONDS).toFixed(1)} processes a second, ${(cpuMs / WAITED_SECONDS / 10).toFixed(2)} % of a core`
}

/** Prints what it measured, or why it could not. */
export async function benchHost(shell: 'dash' | 'bash' | 'ash' = 'dash'): Promise<void> {
  const reason = whyNot()
  if (reason !== undefined) return console.log(`the cost of a host was not measured: ${reason}`)
  const lab = await Lab.start({ shell })
  const projects: Project[] = []
  const install = async (steps: string) => {
    const project = new Project({ lab, hosts: ['web1'], steps })
    projects.push(project)
    await project.install('web1')
    return project
  }
  try {
    await lab.scenario('web1')
    console.log(`on a host with ${shell}:`)
    console.log(`  a login that runs 'true': ${await costOfEach(lab, () => lab.ssh('alice@web1', 'true'))}`)
    for (const [what, steps] of [
      ['six steps that do nothing', SIX_STEPS],
      ['the original recipe, without docs', ORIGINAL_STEPS],
    ] as const) {
      const project = await install(steps)
      const deploy = () => project.shipit('deploy', 'production')
      // the first one makes what later ones find
      await deploy()
      console.log(`  ${what}: ${await costOfEach(lab, deploy)}`)
    }
    const restart = () => lab.exec('web1', ['/usr/sbin/apachectl', 'restart'])
    console.log(`  of that, 'apachectl restart' by itself: ${await costOfEach(lab, restart)}`)
    const waiting = await install(WAITING_STEP)
    for (const followers of [1, 5])
      console.log(
        `  a run that waits, followed by ${followers}: ${await costOfWaiting(lab, waiting, followers)}`,
      )
  } finally {
    for (const project of projects) project.remove()
    await lab.stop()
  }
}

if (process.argv[1] === import.meta.filename) await benchHost(process.argv[2] as 'dash' | undefined)
