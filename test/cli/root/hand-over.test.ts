// What becomes of the script for root. Needs 'npm run build'.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { runShipit } from '../../run-node.ts'

const cwd = mkdtempSync(join(tmpdir(), 'shipit-hand-over-'))

before(() => {
  writeFileSync(
    join(cwd, 'deploy.config.mjs'),
    `export default {
  app: 'codebase',
  repository: 'git@git.example.com:codebase.git',
  environments: { production: { hosts: ['web1.example.com'] } },
  steps: [{ step: 'git', options: {} }],
}
`,
  )
})
after(() => rmSync(cwd, { recursive: true }))

test('the script is printed without --out and for --out -, and written to a file that is named', async () => {
  const [printed, dash, written] = await Promise.all([
    runShipit(['install', 'production'], { cwd }),
    runShipit(['install', 'production', '--out', '-'], { cwd }),
    runShipit(['install', 'production', '--out', 'install.sh'], { cwd }),
  ])
  assert.match(printed.stdout, /^#!\/bin\/sh/)
  assert.equal(dash.stdout, printed.stdout)
  assert.equal(existsSync(join(cwd, '-')), false)
  assert.equal(written.exitCode, 0)
  assert.equal(readFileSync(join(cwd, 'install.sh'), 'utf8'), printed.stdout)
})

test('--checksums needs no config, and says what sha256sum -c finds in the script', async () => {
  const folder = mkdtempSync(join(cwd, 'elsewhere-'))
  const [sums, json, script] = await Promise.all([
    runShipit(['install', '--checksums'], { cwd: tmpdir() }),
    runShipit(['install', '--checksums', '--json'], { cwd: tmpdir() }),
    runShipit(['install', 'production'], { cwd }),
  ])
  writeFileSync(join(folder, 'CHECKSUMS'), sums.stdout)
  writeFileSync(join(folder, 'install.sh'), script.stdout)
  const command = /^# {3}(sed 1,.*)$/m.exec(script.stdout)?.[1] ?? ''
  const checked = spawnSync('sh', ['-c', command], { cwd: folder, encoding: 'utf8' })
  assert.deepEqual([checked.status, checked.stderr], [0, ''])
  assert.match(checked.stdout, /^shipit-\S+-install\.sh: OK\n$/)
  const { files } = JSON.parse(json.stdout)
  assert.equal(
    Object.entries(files)
      .map(([name, sha256]) => `${sha256}  ${name}\n`)
      .join(''),
    sums.stdout,
  )
})

test('a file that can not be written is told with 2', async () => {
  const { exitCode, stderr } = await runShipit(['install', '--out', '/proc/nonexistent/install.sh'], { cwd })
  assert.equal(exitCode, 2)
  assert.match(stderr, /^error: cannot write '\/proc\/nonexistent\/install\.sh'/)
})
