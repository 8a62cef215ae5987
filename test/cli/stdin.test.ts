// Stdin belongs to whoever runs shipit: a hook, a loop, a script. Needs 'npm run build'.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { bin, root } from '../run-node.ts'

const folder = mkdtempSync(join(tmpdir(), 'shipit-stdin-'))
after(() => rmSync(folder, { recursive: true }))
writeFileSync(
  join(folder, 'deploy.config.mjs'),
  // the config itself reads all that it can
  `import { readFileSync } from 'node:fs'
readFileSync(0)
const on = (name) => ({ hosts: [{ name, address: '127.0.0.1', port: 1, user: 'alice' }] })
export default { app: 'codebase', repository: '/srv/x', steps: [{ step: 'git', options: {} }],
  environments: { staging: { ...on('web1'), default: true }, production: on('web2') } }`,
)

/** Runs a script in which `shipit` is ours. */
function run(shell: string, script: string, input: string) {
  const head = `shipit() { '${process.execPath}' '${bin}' "$@"; }\n`
  const options = { cwd: folder, input, encoding: 'utf8', timeout: 180_000 } as const
  return spawnSync(shell, ['-c', `${head}${script}`], options)
}

test('no argument of any command is filled from stdin', async () => {
  const files = readdirSync(join(root, 'src/commands'))
  assert.ok(files.length >= 12)
  for (const file of files) {
    const { default: Command } = (await import(join(root, 'src/commands', file))) as {
      default: {
        args?: Record<string, { ignoreStdin?: boolean }>
        flags?: Record<string, { allowStdin?: unknown; env?: string }>
      }
    }
    for (const [name, arg] of Object.entries(Command.args ?? {})) {
      assert.equal(arg.ignoreStdin, true, `${file}: ${name}`)
    }
    for (const [name, flag] of Object.entries(Command.flags ?? {})) {
      assert.equal(flag.env, undefined, `${file}: ${name}`)
      assert.equal(flag.allowStdin ?? false, false, `${file}: ${name}`)
    }
  }
})

test('what stands on stdin is no environment, and is there for whoever comes next', () => {
  const { stdout, stderr } = run('sh', 'shipit deploy >&2; shipit status >&2; cat', 'production\nleft\n')
  assert.equal(stdout, 'production\nleft\n')
  assert.match(stderr, /'web1' \(127\.0\.0\.1:1\) refused the connection/)
  assert.doesNotMatch(stderr, /web2/)
})

test('a loop over lines continues, and so does a script from stdin', () => {
  const loop = 'while read -r each; do echo "$each"; shipit status >/dev/null 2>&1; done'
  assert.equal(run('sh', loop, 'a\nb\n').stdout, 'a\nb\n')
  assert.equal(
    run('sh', 'sh -s', `'${process.execPath}' '${bin}' status >/dev/null 2>&1\necho next\n`).stdout,
    'next\n',
  )
})
