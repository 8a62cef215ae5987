// Running a script as root by the system's ssh; that it does so on a host, test/hosts/install-people.test.ts shows.
import assert from 'node:assert/strict'
import { chmodSync } from 'node:fs'
import { test } from 'node:test'
import { checkTarget, headOf, runAsRoot } from '../../src/commands/run-as-root.ts'
import { UsageError } from '../../src/errors.ts'
import { Folder } from '../recipe/run-shell.ts'

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
  assert.equal(headOf('#!/bin/sh\n# one\n# two\nset -fu\n# three\n'), '# one\n# two\n')
})

for (const [name, ssh, outcome] of [
  ['a host that does not let in', 'exit 255', { name: 'ConnectionError' }],
  ['an answer that is no file of ours', 'cat >/dev/null; echo /etc/passwd', { name: 'ProtocolError' }],
  [
    'a file with more than letters in its name',
    'cat >/dev/null; echo "/tmp/shipit-script.abc;id"',
    { name: 'ProtocolError' },
  ],
  [
    'a link that breaks',
    'case "$*" in *mktemp*) cat >/dev/null; echo /tmp/shipit-script.abcdef ;; *) exit 255 ;; esac',
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
    'case "$*" in *mktemp*) cat >/dev/null; echo hello from bashrc; echo /tmp/shipit-script.abcdef ;; *"sudo sh /tmp/shipit-script.abcdef --ask"*) exit 75 ;; esac'
  chmodSync(folder.write('ssh', `#!/bin/sh\n${ssh}\n`), 0o755)
  await withPath(folder.path, async () =>
    assert.equal(await runAsRoot('admin@web1', 'true\n', ['--ask']), 75),
  )
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
