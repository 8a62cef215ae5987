// What becomes of the script for root. Needs 'npm run build'.
import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { bin, runShipit } from '../../run-node.ts'
import { whyNoTerminal } from '../../ui/support/terminal.ts'

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

test('the installer is written beside it, or into it', async () => {
  const folder = mkdtempSync(join(cwd, 'files-'))
  const run = (...words: string[]) => runShipit(['install', 'production', ...words], { cwd })
  const [two, one, json] = await Promise.all([
    run('--out', join(folder, 'two.sh')),
    run('--one-file', '--out', join(folder, 'one.sh')),
    run('--json', '--out', join(folder, 'json.sh')),
  ])
  const [name = ''] = readdirSync(folder).filter((each) => /^shipit-.*-installer\.sh$/.test(each))
  const read = (file: string) => readFileSync(join(folder, file), 'utf8')
  assert.match(
    two.stderr,
    /^wrote .*two\.sh\nwrote .*-installer\.sh, which is the same for every app and host\n/,
  )
  assert.match(
    two.stderr,
    /Read both, copy them to one folder on web1\.example\.com, and run there as root:\n +sh two\.sh$/m,
  )
  assert.match(
    one.stderr,
    /^wrote .*one\.sh\n→ Read it, and run it as root on web1\.example\.com:\n +sh one\.sh$/m,
  )
  assert.ok(read('one.sh').includes(read(name)))
  const [taken, device, printed] = await Promise.all([
    run('--out', join(folder, name)),
    run('--out', '/dev/null'),
    run(),
  ])
  assert.deepEqual([taken.exitCode, device.exitCode], [2, 0])
  assert.match(taken.stderr, /is what the installer is called: give the script another name$/m)
  for (const { stderr } of [device, printed]) assert.match(stderr, /^note: the script needs shipit-/m)
  assert.equal(existsSync(`/dev/${name}`), false)
  assert.doesNotMatch(device.stderr, /sh null/)
  assert.deepEqual(JSON.parse(json.stdout).installer, {
    name,
    sha256: createHash('sha256').update(read(name)).digest('hex'),
  })
})

test('deploy keys of several hosts are told once more, in one block to copy', async () => {
  const folder = mkdtempSync(join(cwd, 'keys-'))
  const key = (host: string) => `ssh-ed25519 AAAAC3NzaC1lZDI1NTE5${host} codebase@${host}`
  writeFileSync(
    join(folder, 'ssh'),
    `#!/bin/sh
case "$*" in
*mktemp*) cat >/dev/null; echo shipit-copy whole /tmp/shipit-script.abcdef ;;
*web3*) echo 'install: nothing to change' ;;
*) for host in web1 web2; do case "$*" in *$host*) printf 'install: add this deploy key to the repository, read-only:\\nssh-ed25519 AAAAC3NzaC1lZDI1NTE5%s codebase@%s\\ninstall: done\\n' $host $host ;; esac; done ;;
esac
`,
    { mode: 0o755 },
  )
  const run = (targets: readonly string[], ...words: string[]) =>
    runShipit(['install', 'production', ...targets.flatMap((each) => ['--to', each]), '--yes', ...words], {
      cwd,
      env: { PATH: `${folder}:${process.env.PATH}` },
    })
  const [three, one, json] = await Promise.all([
    run(['a@web1', 'a@web2', 'a@web3']),
    run(['a@web1']),
    run(['a@web2', 'a@web3'], '--json'),
  ])
  assert.equal(three.exitCode, 0, three.stderr)
  const block = `Add these deploy keys to the repository, read-only:\n${key('web1')}\n${key('web2')}\n`
  assert.ok(three.stderr.includes(block), three.stderr)
  assert.doesNotMatch(one.stderr, /Add these/)
  assert.deepEqual(
    json.stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line).deployKey),
    [key('web2'), undefined],
  )
})

/** A folder with an ssh that notes where it is sent, and has the script end well. */
function notingSsh(name: string): { path: string; sent: () => string } {
  const folder = mkdtempSync(join(cwd, name))
  const lines = [
    '#!/bin/sh',
    `echo "$*" >>${folder}/sent`,
    'case "$*" in *mktemp*) cat >/dev/null; echo shipit-copy whole /tmp/shipit-script.abcdef ;; esac',
  ]
  writeFileSync(join(folder, 'ssh'), `${lines.join('\n')}\n`, { mode: 0o755 })
  const sent = join(folder, 'sent')
  return {
    path: `${folder}:${process.env.PATH}`,
    sent: () => (existsSync(sent) ? readFileSync(sent, 'utf8') : ''),
  }
}

test('the rights are said of the hosts that the script goes to, with a warning of one that is not in the config', async () => {
  const { path } = notingSsh('heading-')
  const run = (...words: string[]) => runShipit([...words, '--yes'], { cwd, env: { PATH: path } })
  const [wrong, right, none, gone] = await Promise.all([
    run('install', 'production', '--to', 'admin@web9.example.com', '--to', 'admin@WEB1.example.com'),
    run('install', 'production', '--to', 'admin@web1.example.com'),
    run('install', '--to', 'admin@web9.example.com'),
    run('uninstall', 'production', '--to', 'admin@web9.example.com'),
  ])
  const odd = "warning: 'web9.example.com' is not a host of 'production', which has web1.example.com"
  const heading = "Rights that root gives the app 'codebase' on"
  assert.ok(wrong.stderr.startsWith(`${odd}\n${heading} web9.example.com, WEB1.example.com:\n`), wrong.stderr)
  assert.ok(right.stderr.startsWith(`${heading} web1.example.com:\n`), right.stderr)
  assert.match(none.stderr, /^warning: 'web9.example.com' is not a host in the config, which has web1/)
  assert.ok(gone.stderr.startsWith(`${odd}\n`), gone.stderr)
})

test('without --yes a host that is not in the config has a question of its own, before any is contacted', {
  skip: whyNoTerminal,
}, async () => {
  const { path, sent } = notingSsh('question-')
  const command = `exec "${process.execPath}" "${bin}" install production --to admin@web9.example.com`
  const run = spawn('script', ['-qefc', command, '/dev/null'], {
    cwd,
    env: { PATH: path, HOME: process.env.HOME, SHELL: '/bin/sh', LANG: 'C.UTF-8' },
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  let shown = ''
  run.stdout.on('data', (bytes: Buffer) => {
    shown += bytes.toString()
    if (shown.includes('[y/N] ')) run.stdin.end('n\r')
  })
  const [status] = await once(run, 'close')
  assert.equal(status, 2, shown)
  assert.match(
    shown,
    /'web9\.example\.com' is not a host of 'production', which has web1\.example\.com\. Run the/,
  )
  assert.match(shown, /error: nothing was changed: you did not confirm/)
  assert.equal(sent(), '')
})

test('--checksums needs no config, and says what sha256sum -c finds in the installer', async () => {
  const folder = mkdtempSync(join(cwd, 'elsewhere-'))
  const [sums, json] = await Promise.all([
    runShipit(['install', '--checksums'], { cwd: tmpdir() }),
    runShipit(['install', '--checksums', '--json'], { cwd: tmpdir() }),
    runShipit(['install', 'production', '--out', join(folder, 'install.sh')], { cwd }),
  ])
  writeFileSync(join(folder, 'CHECKSUMS'), sums.stdout)
  const command = 'grep -e -installer.sh CHECKSUMS | sha256sum -c'
  const checked = spawnSync('sh', ['-c', command], { cwd: folder, encoding: 'utf8' })
  assert.deepEqual([checked.status, checked.stderr], [0, ''])
  assert.match(checked.stdout, /^shipit-\S+-installer\.sh: OK\n$/)
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
  assert.match(stderr, /^error: cannot write '\/proc\/nonexistent\/install\.sh': its folder does not exist$/m)
})
