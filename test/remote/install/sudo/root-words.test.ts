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

  test(`a service has to be one that systemd has, and can do that with, by ${shell}`, () => {
    using folder = new Folder()
    folder.write('systemctl', '#!/bin/sh\nprintf "$SAYS"; [ "$SAYS" != no-bus ]\n', 0o755)
    const script = folder.write(
      'script',
      `set -fu
APP=x ACCOUNT=x BUILDERS='' READER='' TASK=install LOOK_SECONDS=5
${remote['install/base']}
${remote['install/files/trees']}
${remote['install/files/places']}
${remote['install/sudo/root-words']}
die() { printf '%s\\n' "$2"; exit 1; }
PATH=${folder.path}:$PATH
export SAYS=''
mount -t tmpfs none /run || exit 1
cd ${folder.path} || exit 1
TOP=$PWD
check_service again shop.service reload 8</dev/null
mkdir -p /run/systemd/system
for says in not-found masked error loaded 'loaded\\nCanReload=no' 'loaded\\nCanReload=yes'; do
	SAYS="LoadState=$says\\n"
	for verb in reload restart; do
		(check_service again shop.service "$verb") 8</dev/null | cut -c 1-75
	done
done
mkdir site
DEPLOY_PLACES=$(list_places "$TOP/site")
for file in "FragmentPath=$TOP/site/other.service" "DropInPaths=$TOP/ours.conf $TOP/site/more.conf" "FragmentPath=$TOP/site.service"; do
	SAYS="LoadState=loaded\\n$file\\n"
	for safe in '' safe; do
		(check_service again shop.service restart $safe) 8</dev/null | sed 's/.*would use/would use/' | cut -c 1-9
	done
done
SAYS=no-bus
(check_service again shop.service reload) 8</dev/null
echo --
mkdir -p grants/x
echo 'service reload shop.service' >grants/x/grants
APPS=$TOP/grants
for says in not-found masked error 'loaded\nCanReload=no'; do
	SAYS="LoadState=$says\n"
	(check_service again shop.service reload && echo goes on) 8</dev/null | sed 's/.*! //' | cut -c 1-75
done
# one more verb is a new step
SAYS='LoadState=masked\n'
(check_service again shop.service restart && echo goes on) 8</dev/null | cut -c 1-75
echo --
mkdir site/bin
unit=shop.service
for line in 'ExecStart=/usr/bin/node /TOP/site/server.js' 'ExecStart=-/usr/bin/node --dir=/TOP/site x' 'ExecStartPre=/bin/true \
  "/TOP/site/bin"' 'WorkingDirectory=/TOP/site' 'ExecStart=/usr/bin/node /TOP/else /etc' 'ExecStart=/TOP/site/x
User=shop' 'Environment=/TOP/site'; do
	printf '[Service]\n%s\n' "$line" | sed "s,/TOP,$TOP," >unit
	say_unit_program unit | sed "s,$TOP,,g" | cut -c 1-50
	echo .
done
`,
    )
    const { stdout, stderr } = spawnSync('unshare', ['-Urm', ...words, script], { encoding: 'utf8' })
    const [first = '', installed = '', units = ''] = stdout.split('--\n')
    const lines = first.trimEnd().split('\n')
    const has = (says: string) => lines.filter((line) => line.includes(says)).length
    assert.deepEqual(
      [
        has('! systemd does not run on this host: whether it has shop.service'),
        ...[has('and this host has no such unit'), has('which is masked'), has('which systemd cannot load')],
        ...[
          has('would use'),
          has('which cannot be reloaded'),
          has('and systemd does not tell of it: no-bus; nothing was changed'),
        ],
        lines.length,
      ],
      [1, 2, 2, 2, 2, 1, 1, 11],
      stdout + stderr,
    )
    // what is installed is only warned of
    assert.deepEqual(
      [installed.match(/^goes on$/gm)?.length, installed.split('\n').length],
      [4, 10],
      installed,
    )
    assert.deepEqual(
      units.split('.\n').map((said) => /uses (\S+) /.exec(said)?.[1]),
      ['/site/server.js', '/site', '/site/bin', '/site', undefined, undefined, undefined, undefined],
    )
  })
}
