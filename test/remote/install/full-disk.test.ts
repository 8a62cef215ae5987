// The staging folder, when somebody fills the disk for a moment: no part of root's scripts acts on a list that is not whole.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { test } from 'node:test'
import { Folder, remote } from '../../recipe/support/run-shell.ts'
import { SHELLS } from '../support/rendered-host.ts'

for (const [shell, words] of Object.entries(SHELLS)) {
  test(`a list that cannot be written ends the script, by ${shell}`, () => {
    using folder = new Folder()
    const script = folder.write(
      'script',
      `set -fu
APP=x ACCOUNT=x APPLY=yes TASK=uninstall
${remote['install/base']}
${remote['install/journal']}
${remote['install/accounts/unused']}
STATE_ROOT=${folder.path} JOURNAL=${folder.path}/none STAGE=${folder.path}/stage MADE=${folder.path}/made-here
mkdir "$STAGE"
printf 'account kept\\naccount gone\\naccount first\\n' >"$MADE"
printf 'account kept\\naccount first\\n' >"$STAGE/grants"
has_account() { :; }
lock_out() { printf 'locked %s\\n' "$1"; }
(close_unused)
for full in made unused; do
  rm -f "$STAGE/$full"; ln -s /dev/full "$STAGE/$full"
  for user in survey_unused close_unused; do ("$user"; echo went on) || echo stopped; done
  rm "$STAGE/$full"
done
printf 'locked nobody\\n' >"$STAGE/from"; ln -s /dev/full "$STAGE/to"
(stage to <"$STAGE/from"; echo went on) || echo stopped
# no room for a name either: a file that cannot be made must not end the shell before it has said so
STAGE=$STAGE/none; (close_unused; echo went on) || echo stopped
`,
    )
    const { stdout, stderr } = spawnSync(words[0] ?? '', [...words.slice(1), script], {
      encoding: 'utf8',
      timeout: 10_000,
    })
    assert.equal(stdout, `locked gone\n${'stopped\n'.repeat(6)}`, stderr)
    assert.equal(
      stderr.match(/^uninstall: cannot write to the staging folder \(is the disk full\?\): run this again$/gm)
        ?.length,
      6,
      stderr,
    )
  })
}

for (const [shell, words] of Object.entries(SHELLS)) {
  // as a list that was cut off had it: /etc/ssh/sshd_config.d/50-shipit.conf was written, and retired by the same change
  test(`what a change has put in place is not replaced by it again: the file from before comes back, by ${shell}`, () => {
    using folder = new Folder()
    const script = folder.write(
      'script',
      `set -fu
APP=x VERSION=1 APPLY=yes TASK=install
${remote['install/base']}
${remote['install/journal']}
${remote['install/files/wants']}
STATE_ROOT=${folder.path} RECORDS=$STATE_ROOT/install JOURNAL=$RECORDS/journal MADE=$RECORDS/made STAGE=$STATE_ROOT/stage
FILE=$STATE_ROOT/file
write() {
  mkdir -p "$STAGE/root\${FILE%/*}" && printf '%s\n' "$1" >"$STAGE/root$FILE"
  sum_of "$STAGE/root$FILE"; set -- "$SUM" 0644 "$(id -un):$(id -gn)" "$FILE"
  place "$@" && swap "$@"
}
remove() { retire - - root:root "$FILE"; }
mkdir "$STAGE"; : >"$STAGE/paths"
for turns in 'write write' 'write remove' 'remove write remove'; do
  printf 'old\n' >"$FILE"; chmod 600 "$FILE"
  (begin_journal; for turn in $turns; do "$turn" "$turn$(cat "$FILE" 2>/dev/null)"; done; fail 'went on')
  stat -c %a "$FILE"; cat "$FILE"
done
find "$STATE_ROOT" -name '*.shipit-*'
`,
    )
    const { stdout, stderr } = spawnSync(words[0] ?? '', [...words.slice(1), script], { encoding: 'utf8' })
    assert.equal(stdout.replace(/^install: .*\n/gm, ''), '600\nold\n'.repeat(3), stderr)
    assert.equal(
      stderr,
      `install: ${folder.path}/file would be replaced twice\ninstall: undone: the host is as it was before\n`.repeat(
        3,
      ),
    )
  })
}

test('the staging folder is in /run where only root can fill that', () => {
  using folder = new Folder()
  const script = folder.write(
    'script',
    `set -fu
${remote['install/files/trees']}
${remote['install/base']}
load() { LOADED=$(mktemp -d /tmp/shipit-installer.XXXXXX) && true >"$LOADED/installer"; }
(load; make_stage; echo "$STAGE")
mount -t tmpfs -o mode=755 none /run && (load; make_stage; echo "$STAGE"; ls -d "$STAGE")
chmod 1777 /run; (load; make_stage; echo "$STAGE")
`,
  )
  const { stdout, stderr } = spawnSync('unshare', ['-Urm', '/bin/sh', script], { encoding: 'utf8' })
  const [before, ...after] = stdout
    .trim()
    .split('\n')
    .map((path) => path.replace(/[^./]+$/, ''))
  assert.deepEqual(after, ['/run/shipit-install.', '/run/shipit-install.', '/tmp/shipit-install.'], stderr)
  assert.match(before ?? '', /^\/(?:tmp|run)\/shipit-install\.$/)
})
