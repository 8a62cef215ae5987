// Running a script as root by the system's ssh; that it does so on a host, test/hosts/install-people.test.ts shows.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import { checkTarget, headOf, runAsRoot } from '../../../src/cli/root/run-as-root.ts'
import { UsageError } from '../../../src/errors.ts'
import { MARKED } from '../../attacks/support/hostile-host-bytes.ts'
import { Folder } from '../../recipe/support/run-shell.ts'
import { whyNoTerminal } from '../../ui/support/terminal.ts'

test('a target is an account and a host, and nothing that ssh would read as an option', () => {
  for (const target of ['web1', 'admin@web1.example.com', 'a_b@10.0.0.1', 'admin@fe80::1'])
    assert.equal(checkTarget(target), target)
  for (const target of [
    '-oProxyCommand=id',
    'admin@-x',
    '',
    'a b@web1',
    "admin@web1'",
    '@web1',
    'admin@',
    'a@b@c',
    '-l@web1',
  ])
    assert.throws(() => checkTarget(target), UsageError, target)
})

test('the head of a script is what stands before its first command', () => {
  assert.deepEqual(headOf('#!/bin/sh\n# one\n# two\nset -fu\n# three\n'), ['# one', '# two'])
})

for (const [name, ssh, outcome] of [
  ['a host that does not let in', 'exit 255', { name: 'ConnectionError' }],
  ['an endless answer', 'cat >/dev/null; exec yes', { name: 'ProtocolError', exitCode: 76 }],
  ['an answer that is no file of ours', 'cat >/dev/null; echo /etc/passwd', { name: 'ProtocolError' }],
  [
    'a file with more than letters in its name',
    'cat >/dev/null; echo "shipit-copy whole /tmp/shipit-script.abc;id"',
    { name: 'ProtocolError' },
  ],
  [
    'a copy that is not whole',
    'cat >/dev/null; echo shipit-copy short; exit 1',
    { message: "the copy of the script on 'admin@web1' is incomplete", exitCode: 69 },
  ],
  [
    'a copy that changes before it is run',
    `case "$*" in *mktemp*) cat >/dev/null; echo shipit-copy whole /tmp/shipit-script.abcdef ;; *) exit 69 ;; esac`,
    { message: "the copy of the script on 'admin@web1' is incomplete", exitCode: 69 },
  ],
  [
    'a host without a program for checksums',
    'cat >/dev/null; echo shipit-copy unsummed; exit 1',
    { message: /cannot check the script/, exitCode: 69 },
  ],
  [
    'a link that breaks',
    'case "$*" in *mktemp*) cat >/dev/null; echo shipit-copy whole /tmp/shipit-script.abcdef ;; *) exit 255 ;; esac',
    { name: 'ConnectionError' },
  ],
] as const) {
  test(`${name} is an error`, async () => {
    using folder = new Folder()
    chmodSync(folder.write('ssh', `#!/bin/sh\n${ssh}\n`), 0o755)
    await withPath(folder.path, () => assert.rejects(runAsRoot('admin@web1', 'true\n', []), outcome))
  })
}

test("the script's exit code is passed on, and what a login shell prints first is skipped", async () => {
  using folder = new Folder()
  const ssh =
    'case "$*" in *mktemp*) cat >/dev/null; echo hello from bashrc; echo shipit-copy whole /tmp/shipit-script.abcdef; echo bye ;; *"sudo sh /tmp/shipit-script.abcdef --ask"*) exit 75 ;; esac'
  chmodSync(folder.write('ssh', `#!/bin/sh\n${ssh}\n`), 0o755)
  await withPath(folder.path, async () =>
    assert.equal((await runAsRoot('admin@web1', 'true\n', ['--ask'])).status, 75),
  )
})

/** Stand-ins for a login file: what each does with the input of a login before the command has it. */
const LOGIN_FILES = {
  'drains it': 'cat >/dev/null',
  'takes lines': 'for i in 1 2; do read -r x; done',
  'rewrites bytes': 'exec 9>&1; tr a b | (exec sh -c "$command"); exit',
  'adds bytes': '(echo banner; cat) | (exec sh -c "$command"); exit',
  'ends early': 'head -c 100 | (exec sh -c "$command"); exit',
} as const

for (const [name, login] of Object.entries(LOGIN_FILES)) {
  test(`a script is not run when a login file ${name}`, async () => {
    using folder = new Folder()
    const ran = join(folder.path, 'ran')
    const made = noteFiles(folder)
    chmodSync(folder.write('sudo', `#!/bin/sh\n: >${ran}\nexec "$@"\n`), 0o755)
    chmodSync(
      folder.write('ssh', `#!/bin/sh\nfor command; do :; done\n${login}\nexec sh -c "$command"\n`),
      0o755,
    )
    await withPath(folder.path, () =>
      assert.rejects(runAsRoot('admin@web1', `# a${'a'.repeat(200)}\n`.repeat(3), []), {
        message: "the copy of the script on 'admin@web1' is incomplete",
        exitCode: 69,
      }),
    )
    assert.equal(existsSync(ran), false)
    assertRemoved(made)
  })
}

test('a script that has arrived whole is run, under any sh, and removed', async () => {
  using folder = new Folder()
  const made = noteFiles(folder)
  chmodSync(folder.write('sudo', '#!/bin/sh\nexec "$@"\n'), 0o755)
  for (const shell of ['dash', 'bash --posix', 'busybox ash']) {
    chmodSync(folder.write('ssh', `#!/bin/sh\nfor command; do :; done\nexec ${shell} -c "$command"\n`), 0o755)
    await withPath(folder.path, async () =>
      assert.deepEqual(
        await runAsRoot('admin@web1', 'test "$1" = --ask && echo yes && exit 42\n', ['--ask']),
        { status: 42, said: 'yes\n' },
        shell,
      ),
    )
  }
  assertRemoved(made)
})

/** Has the names of temporary files noted. @returns the file of the names */
function noteFiles(folder: Folder): string {
  const made = join(folder.path, 'made')
  chmodSync(folder.write('mktemp', `#!/bin/sh\n/usr/bin/mktemp "$@" | tee -a ${made}\n`), 0o755)
  return made
}

function assertRemoved(made: string): void {
  const files = readFileSync(made, 'utf8').trim().split('\n')
  assert.ok(files.every((file) => file.startsWith('/tmp/shipit-script.')))
  assert.deepEqual(
    files.filter((file) => existsSync(file)),
    [],
  )
}

for (const [name, ssh, passes, message] of [
  ['takes no script', 'exec sleep 60', 1, /cannot copy the script to 'admin@web1' within 2 minutes/],
  [
    'says nothing while it runs the script',
    `case "$*" in *mktemp*) cat >/dev/null; echo shipit-copy whole /tmp/shipit-script.abcdef ;; *) exec sleep 60 ;; esac`,
    2,
    /no output from 'admin@web1' for 15 minutes/,
  ],
] as const) {
  test(`a host that ${name} is left`, async (context) => {
    using folder = new Folder()
    const begun = join(folder.path, 'begun')
    chmodSync(folder.write('ssh', `#!/bin/sh\necho >>${begun}\n${ssh}\n`), 0o755)
    context.mock.timers.enable({ apis: ['setTimeout'] })
    await withPath(folder.path, async () => {
      const run = assert.rejects(runAsRoot('admin@web1', 'true\n', []), { message, exitCode: 69 })
      while (!existsSync(begun) || readFileSync(begun, 'utf8').length < passes) await setImmediate()
      let isOver = false
      const over = run.finally(() => (isOver = true))
      // ssh may have begun before it is followed
      while (!isOver) {
        context.mock.timers.tick(15 * 60_000)
        await setImmediate()
      }
      await over
    })
  })
}

const NAMES_FILE = '*mktemp*) cat >/dev/null; echo shipit-copy whole /tmp/shipit-script.abcdef ;;'

/** Runs a script by a stand-in for ssh, in a process of its own. */
async function runBy(ssh: string) {
  using folder = new Folder()
  chmodSync(folder.write('ssh', `#!/bin/sh\ncase "$*" in ${NAMES_FILE} *) ${ssh} ;; esac\n`), 0o755)
  const file = new URL('../../../src/cli/root/run-as-root.ts', import.meta.url).href
  const program = `
    const { runAsRoot } = await import('${file}')
    await runAsRoot('admin@web1', 'true\\n', ['--ask']).then(
      ({ status }) => { process.exitCode = status },
      ({ message, exitCode }) => { console.error(message); process.exitCode = exitCode },
    )
    console.error(process.resourceUsage().maxRSS)`
  const child = spawn(process.execPath, ['--input-type=module', '-e', program], {
    env: { PATH: `${folder.path}:${process.env.PATH}`, CI: 'true' },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const tails = [child.stdout, child.stderr].map((stream) => {
    const tail = { text: '' }
    stream.on('data', (bytes: Buffer) => {
      tail.text = (tail.text + bytes.toString()).slice(-64 * 1024)
    })
    return tail
  })
  const [exitCode] = (await once(child, 'close')) as [number | null]
  return { exitCode, stdout: tails[0]?.text ?? '', stderr: tails[1]?.text ?? '' }
}

test('what a host says while it runs the script is safe, and has the target in front of each line', async () => {
  const hostile = MARKED.replaceAll('\0', '')
  using folder = new Folder()
  const file = folder.write('hostile', `${hostile}::error::x\n##[error]x\ninstall: done\n`)
  const { exitCode, stdout, stderr } = await runBy(`cat ${file}; cat ${file} >&2; exit 3`)
  assert.equal(exitCode, 3)
  const lines = stderr.split('\n').slice(0, -2)
  assert.deepEqual(lines, stdout.split('\n').slice(0, -1))
  assert.equal(lines.at(-1), '[admin@web1] | install: done')
  for (const line of lines) {
    assert.match(line, /^\[admin@web1\] \| /)
    assert.doesNotMatch(line, /##\[|[\x00-\x08\x0b-\x1f\x7f-\x9f\u202e]/)
  }
})

for (const [name, ssh] of [
  ['stdout', 'exec yes'],
  ['stderr', 'exec yes >&2'],
  ['one line', 'exec cat /dev/zero'],
] as const) {
  test(`a host that answers without an end is left, and fills no memory (${name})`, async () => {
    const { exitCode, stderr } = await runBy(ssh)
    assert.equal(exitCode, 76, stderr.slice(-300))
    const [said = '', kilobytes] = stderr.trimEnd().split('\n').slice(-2)
    assert.match(said, /'admin@web1' sent more than 256 KiB: the connection was ended$/)
    assert.ok(Number(kilobytes) < 150_000, `${kilobytes} kB`)
  })
}

test('pipes that a master of shared connections keeps open are not waited for', async () => {
  const { exitCode, stdout } = await runBy('echo done; (sleep 30; :) & exit 5')
  assert.equal(exitCode, 5)
  assert.match(stdout, /\| done\n/)
})

test('on a terminal a question for a password is shown at once, and what the host says is safe', {
  skip: whyNoTerminal,
}, async () => {
  using folder = new Folder()
  chmodSync(
    folder.write(
      'ssh',
      `#!/bin/sh
case "$*" in ${NAMES_FILE}
-t*) stty -echo; printf '\\033]0;title\\007\\033[2J[sudo] password for admin: '; read -r word; stty echo; printf '\\r\\nhad %s\\r\\n' "$word"; exit 4 ;;
*) exit 9 ;;
esac
`,
    ),
    0o755,
  )
  const file = new URL('../../../src/cli/root/run-as-root.ts', import.meta.url).href
  const program = `const { runAsRoot } = await import('${file}'); process.exitCode = (await runAsRoot('admin@web1', 'true', [])).status`
  const run = spawn('script', ['-qefc', `"$NODE" --input-type=module -e "$PROGRAM"`, '/dev/null'], {
    env: {
      PATH: `${folder.path}:${process.env.PATH}`,
      NODE: process.execPath,
      PROGRAM: program,
      SHELL: '/bin/sh',
    },
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  let shown = ''
  const asked = Promise.withResolvers<void>()
  run.stdout.on('data', (bytes: Buffer) => {
    shown += bytes.toString()
    if (shown.endsWith('password for admin: ')) asked.resolve()
  })
  const ended = once(run, 'close')
  await Promise.race([asked.promise, ended])
  run.stdin.write('secret\n')
  assert.deepEqual(await ended, [4, null], shown)
  assert.equal(shown.replaceAll('\r', ''), '[sudo] password for admin: \nhad secret\n')
})

async function withPath(folder: string, run: () => Promise<unknown>): Promise<void> {
  const path = process.env.PATH
  process.env.PATH = `${folder}:${path}`
  try {
    await run()
  } finally {
    process.env.PATH = path
  }
}
