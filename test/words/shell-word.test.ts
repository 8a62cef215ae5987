import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { test } from 'node:test'
import { sshCommand } from '../../src/ssh/settings/ssh-command.ts'
import { shellWord } from '../../src/words/shell-word.ts'
import { settingsFor } from '../ssh/support/loopback-host.ts'

test('a word comes out of sh as it went in', () => {
  for (const word of ['plain', '/a/b c', "it's", '$HOME', '[web1]:22', '', '~', 'a\nb', '`id`', '!x']) {
    assert.equal(execFileSync('sh', ['-c', `printf %s ${shellWord(word)}`], { encoding: 'utf8' }), word)
  }
  assert.equal(shellWord('/home/alice/.ssh/id_rsa'), '/home/alice/.ssh/id_rsa')
})

test('the suggested ssh goes to the same place as the same person', () => {
  const settings = settingsFor({ port: 2222 }, { hostKeys: [], identityFiles: ['/a key'] })
  assert.equal(sshCommand(settings), "ssh -v -p 2222 -i '/a key' alice@127.0.0.1")
  assert.equal(sshCommand({ ...settings, port: 22, identityFiles: [] }), 'ssh -v alice@127.0.0.1')
})
