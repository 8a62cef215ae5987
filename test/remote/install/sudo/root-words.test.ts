// What a word of a root step leads to: real links and real bind mounts, in a view of the host that this test has to itself.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { test } from 'node:test'
import { Folder, remote } from '../../../recipe/support/run-shell.ts'
import { SHELLS } from '../../support/rendered-host.ts'

for (const [shell, words] of Object.entries(SHELLS)) {
  test(`what deploys decide is found through links and mounts, by ${shell}`, () => {
    using folder = new Folder()
    const script = folder.write(
      'script',
      `set -fu
APP=x ACCOUNT=x BUILDERS='' READER=''
${remote['install/base']}
${remote['install/files/trees']}
${remote['install/files/places']}
${remote['install/sudo/root-words']}
cd ${folder.path} || exit 1
TOP=$PWD
mkdir -p site/bin sites etc mnt open sbin; chmod 0777 open
DEPLOY_PLACES=$(list_places "$TOP/site")
: >site/bin/run; : >sbin/run; : >etc/conf
ln -s site/bin bin; ln -s ../site/bin/run sbin/linked; ln -s linked sbin/twice; ln -s "$TOP/sbin/run" site/back; ln -s ../site/back sbin/way
ln -s nowhere sbin/dangling; ln -s loop sbin/loop; ln -s site/../etc/conf conf
mount --bind site mnt || exit 1
ask() {
  if deploys_decide "$TOP/$1"; then printf '1'; else printf '0'; fi
}
for path in site site/bin/run site/new bin/run sbin/linked sbin/twice mnt/bin/x sbin/way open/x sbin/../site/x conf; do ask "$path"; done
printf ' '
for path in sites sites/x sbin/run etc/conf sbin/dangling sbin/loop new/place sbin/../etc/conf; do ask "$path"; done
`,
    )
    const { stdout, stderr } = spawnSync('unshare', ['-Urm', ...words, script], { encoding: 'utf8' })
    assert.equal(stdout, '11111111111 00000000', stderr)
  })
}
