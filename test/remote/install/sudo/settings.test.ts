// The settings that sudo needs for our commands, of which a sudo may know some only.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { test } from 'node:test'
import { Folder, remote } from '../../../recipe/support/run-shell.ts'
import { SHELLS, whyNotShell } from '../../support/rendered-host.ts'

for (const [shell, words] of Object.entries(SHELLS))
  test(`sudo is asked for all settings at once, and for each where it does not know all, by ${shell}`, {
    skip: whyNotShell(shell),
  }, () => {
    using folder = new Folder()
    const script = folder.write(
      'script',
      `set -fu
APP=x TASK=install APPLY='' JOURNAL=${folder.path}/none STAGE=${folder.path}
${remote['install/base']}
${remote['install/sudo/sudoers']}
visudo() { echo asked; ! grep -q "$strange" "$2"; } >>"$STAGE/calls"
for strange in none b; do
  echo first >"$STAGE/new-sudoers"; : >"$STAGE/calls"
  printf '%s\\n' 'a 1' 'b 2' 'c 3' | add_settings || echo failed
  cat "$STAGE/new-sudoers"
  grep -c asked "$STAGE/calls"
done
`,
    )
    const { stdout, stderr } = spawnSync(words[0] ?? '', [...words.slice(1), script], { encoding: 'utf8' })
    assert.equal(stdout, 'first\na 1\nb 2\nc 3\n1\nfirst\na 1\nc 3\n4\n', stderr)
  })
