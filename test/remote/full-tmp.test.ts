// A host whose /tmp is full: bash writes each here-document there (before 5.1; later those of more than 64 KiB), and where it can't, the
// command sees an empty one.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { globSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { makeRunId } from '../../src/protocol/request.ts'
import { git, releases, rsync } from '../../src/recipe/steps.ts'
import { RenderedHost, SESSION, SHELLS, whyNotShell } from './support/rendered-host.ts'

const REMOTE = join(import.meta.dirname, '../../remote')
const FILL = 'mount -t tmpfs -o size=8k x /tmp && dd if=/dev/zero of=/tmp/full bs=4k 2>/dev/null'
/** As it was before 5.1. */
const OLD_BASH = 'bash 5.0'
SHELLS[OLD_BASH] = ['env', 'BASH_COMPAT=5.0', 'bash', '--posix']

/** A host that is not in /tmp. */
function makeHost(shell: string): RenderedHost {
  const before = process.env.TMPDIR
  process.env.TMPDIR = '/var/tmp'
  try {
    const site = rsync({ from: 'src/', to: '/var/site/', delete: true })
    return new RenderedHost({
      shell,
      steps: [git(), site, releases({ root: '/var/app', from: 'src/', keep: 4 })],
    })
  } finally {
    if (before === undefined) delete process.env.TMPDIR
    else process.env.TMPDIR = before
  }
}

/** Deploys with a /tmp that has no room. */
async function deploy(host: RenderedHost): Promise<string> {
  const request = `deploy --run ${makeRunId()} --app codebase --branch master --session ${SESSION}`
  const child = spawn('unshare', ['-m', 'sh', '-c', `${FILL}; exec ${host.gate}`], {
    cwd: '/',
    env: { PATH: process.env.PATH, SSH_ORIGINAL_COMMAND: request },
  })
  let told = ''
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk) => {
      told += chunk
    })
  await once(child, 'close')
  return told
}

it('no program on a host does something else for want of a here-document', () => {
  const found = globSync('**/*.sh', { cwd: REMOTE }).filter((file) =>
    readFileSync(join(REMOTE, file), 'utf8').includes('<<'),
  )
  assert.deepEqual(found, [])
})

describe('a full /tmp', {
  concurrency: true,
  skip: process.getuid?.() !== 0 && 'needs root',
}, () => {
  for (const shell of [OLD_BASH, ...Object.keys(SHELLS).filter((name) => name !== OLD_BASH)])
    it(`keeps releases, and what a run left is removed, under ${shell}`, {
      skip: whyNotShell(shell === OLD_BASH ? 'bash --posix' : shell),
    }, async () => {
      const host = makeHost(shell)
      try {
        for (const page of ['1', '2', '3', '4']) {
          host.commit('master', { 'src/page': page })
          assert.match(await deploy(host), /"outcome":"succeeded"/)
        }
        const left = `.~shipit-${makeRunId()}~`
        host.folder(`/var/site/${left}`)
        host.write(`${host.state.slice(host.prefix.length)}/staging`, `${left} ${host.path('/var/site')}\n`)
        host.commit('master', { 'src/page': '5' })
        assert.match(await deploy(host), /"outcome":"succeeded"/)
        assert.equal(readdirSync(host.path('/var/app/releases')).length, 4)
        assert.deepEqual(readdirSync(host.path('/var/site')), ['page'])
      } finally {
        host.remove()
      }
    })
})
