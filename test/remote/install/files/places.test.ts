// Where folders really are: real links and real bind mounts, in a view of the host that this test has to itself.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { test } from 'node:test'
import { Folder, remote } from '../../../recipe/support/run-shell.ts'
import { SHELLS } from '../../support/rendered-host.ts'

for (const [shell, words] of Object.entries(SHELLS)) {
  test(`overlaps are found through links and mounts, by ${shell}`, () => {
    using folder = new Folder()
    const script = folder.write(
      'script',
      `set -fu
${remote['install/files/places']}
cd ${folder.path} || exit 1
TOP=$PWD
mkdir -p a/site/docs b mnt outer/in far 'x y\\z'
ln -s a link; ln -s ../site a/site/self; ln -s /etc settings
mount --bind a mnt && mount --bind a outer/in && mount --bind a/site far && mount --bind a 'x y\\z' || exit 1
ask() {
  if overlap "$TOP/$1" "$TOP/$2"; then printf '1'; else printf '0'; fi
  if overlap "$TOP/$2" "$TOP/$1"; then printf '1 '; else printf '0 '; fi
}
ask a/site a/site
ask a/site a/site/docs
ask a/site a/sites
ask link/site a/site/docs
ask link/new a/new
ask link/new a/newer
ask mnt/site a/site
ask mnt/new/x a/new
ask mnt/new b/new
ask far a/site/docs
ask far/new a
ask outer a/site
ask outer b
ask 'x y\\z/site' a/site
ask 'x y\\z/new' b/new
lies_in "$TOP/settings/nginx" /etc && printf 'etc'
`,
    )
    const { stdout, stderr } = spawnSync('unshare', ['-Urm', ...words, script], { encoding: 'utf8' })
    assert.equal(stdout, '11 11 00 11 11 00 11 11 00 11 11 11 00 11 00 etc', stderr)
  })
}
