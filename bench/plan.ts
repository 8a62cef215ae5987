// What a plan costs beside a deploy: `node bench/plan.ts [COMMITS] [FILES]`, as root; 100,000 and 50,000 by default. It boots a host of the
// tests, and measures each with shipit from start to end: of a small repository, and of one of that size.
import { Lab } from '../test/hosts/support/lab.ts'
import { Project } from '../test/hosts/support/project.ts'

const [commits = 100_000, files = 50_000] = process.argv.slice(2).map(Number)
const ROUNDS = 3
const LIMIT_MS = 600_000
const GIT = 'git --git-dir /srv/git/codebase.git'
const STEPS = `git(), rsync({ from: 'src/', to: '/var/codebase/src/', delete: true }),`
/** A stream for git fast-import: the first commit has all files, each other one changes one of them. */
const HISTORY = `awk -v commits="$1" -v files="$2" 'BEGIN {
  for (at = 1; at <= commits; at++) {
    print "commit refs/heads/master\\ncommitter Alice <alice@localhost> " 1600000000 + at * 60 " +0000"
    subject = "change number " at
    print "data " length(subject) "\\n" subject
    for (file = at == 1 ? 1 : files; file <= files; file++) {
      name = "src/" int((at + file) / 256) % 256 "/" (at == 1 ? file : at % files)
      print "M 100644 inline " name "\\ndata " length(subject) "\\n" subject
    }
  }
}' | git --git-dir /srv/git/codebase.git fast-import --quiet --force`

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN
}

async function time(...words: string[]): Promise<number> {
  const argv = [process.execPath, project.program, ...words, 'production']
  const began = performance.now()
  const { status, stdout, stderr } = await lab.ctl(argv, { cwd: project.folder, timeoutMs: LIMIT_MS })
  if (status !== 0) throw new Error(`${words.join(' ')} ended with ${status}:\n${stdout}${stderr}`)
  if (process.env.SHIPIT_BENCH_SAYS) console.log(stdout)
  return performance.now() - began
}

async function measure(what: string, work: () => Promise<number>, rounds = ROUNDS): Promise<void> {
  const took: number[] = []
  for (let round = 0; round < rounds; round += 1) took.push(await work())
  console.log(
    `  ${what}: ${(median(took) / 1000).toFixed(2)} s${rounds > 1 ? `, the median of ${rounds}` : ''}`,
  )
}

const lab = await Lab.start({ diskSize: '4g' })
const project = new Project({ lab, hosts: ['web1'], steps: STEPS })
try {
  await lab.scenario('web1')
  await project.install('web1')
  await time('deploy')
  console.log('of a small repository:')
  await measure('a plan of what is live', () => time('plan'))
  await measure('a deploy of what is live', () => time('deploy'))

  const began = performance.now()
  await lab.output('web1', ['/bin/sh', '-c', HISTORY, 'sh', String(commits), String(files)], {
    timeoutMs: LIMIT_MS,
  })
  const size = await lab.output('web1', 'du -sh /srv/git/codebase.git | cut -f 1')
  console.log(
    `of one with ${commits} commits and ${files} files (${size}, made in ${((performance.now() - began) / 1000).toFixed(0)} s):`,
  )
  await lab.output('web1', `rm -rf /var/lib/shipit/apps/codebase/mirror.git`)
  await measure('a plan of a host that has nothing of it', () => time('plan'), 1)
  await measure('the first deploy', () => time('deploy'), 1)
  await measure('a plan of what is live', () => time('plan'))
  await measure('a deploy of what is live', () => time('deploy'))
  await lab.output('web1', `${GIT} update-ref refs/heads/older master~1000`)
  await time('deploy', '--branch', 'older', '--back')
  await measure('a plan of 1000 commits more', () => time('plan', '--files'))
  await measure('a deploy of 1000 commits more', () => time('deploy'), 1)
} finally {
  project.remove()
  await lab.stop()
}
