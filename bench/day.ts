// `npm run bench:day [DEPLOYS]`: a day of nothing: 1,000 deploys of the same commit in a row, on one real host of the tests. Prints, for each
// tenth of them, what a deploy cost and what the host keeps: none of it may grow without end. Twenty minutes.
import { performance } from 'node:perf_hooks'
import { Lab, whyNot } from '../test/hosts/support/lab.ts'
import { Project } from '../test/hosts/support/project.ts'
import { spentOn } from './host.ts'

const STEPS = `git(), rsync({ from: 'src/', to: '/var/codebase/src/', delete: true }), command(['true'], { name: 'nothing' }),`
/** What stands of the host in each row, as sh finds it. */
const KEPT = {
  processes: 'ls -d /proc/[0-9]* | wc -l',
  'KiB of state': 'du -sk /var/lib/shipit/apps/codebase | cut -f 1',
  files: 'find /var/lib/shipit/apps/codebase | wc -l',
  'history lines': 'wc -l </var/lib/shipit/apps/codebase/history',
  runs: 'ls /var/lib/shipit/apps/codebase/runs | wc -l',
  packs: 'ls /var/lib/shipit/apps/codebase/mirror.git/objects/pack/*.pack 2>/dev/null | wc -l',
} as const

async function main(deploys: number): Promise<void> {
  const reason = whyNot()
  if (reason !== undefined) throw new Error(reason)
  const lab = await Lab.start({ diskSize: '2g' })
  const project = new Project({ lab, hosts: ['web1'], steps: STEPS })
  try {
    await lab.scenario('web1')
    await project.install('web1')
    console.log(['deploys', 'median s', 'host cpu ms', 'processes each', ...Object.keys(KEPT)].join('  '))
    const tenth = Math.ceil(deploys / 10)
    for (let done = 0; done < deploys; done += tenth) {
      const seconds: number[] = []
      const before = await spentOn(lab)
      for (let count = 0; count < tenth; count += 1) seconds.push(await deploy(project))
      const after = await spentOn(lab)
      const kept = await lab.output('web1', Object.values(KEPT).join('; '))
      const cells = [
        done + tenth,
        seconds.sort((one, other) => one - other)[Math.floor(tenth / 2)]?.toFixed(2),
        Math.round((after.cpuMs - before.cpuMs) / tenth),
        Math.round((after.processes - before.processes) / tenth),
        ...kept.split('\n'),
      ]
      console.log(cells.join('  '))
    }
  } finally {
    project.remove()
    await lab.stop()
  }
}

/** @returns how long it took, in seconds */
async function deploy(project: Project): Promise<number> {
  const began = performance.now()
  const { status, stdout, stderr } = await project.shipit('deploy', 'production')
  if (status !== 0) throw new Error(`a deploy ended with ${status}: ${stdout}${stderr}`)
  return (performance.now() - began) / 1000
}

await main(Number(process.argv[2] ?? 1000))
