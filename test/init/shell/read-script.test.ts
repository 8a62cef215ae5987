// Deploy scripts as people write them: what becomes a step, and what is named as left out.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { readScript } from '../../../src/init/shell/read-script.ts'

const steps = (text: string) =>
  readScript('deploy.sh', text).steps.map(({ call, argument, options }) => [
    call,
    ...(argument ? [argument] : []),
    ...(options ? [options] : []),
  ])
const unread = (text: string) =>
  readScript('deploy.sh', text).unread.map(({ line, text: words }) => `${line} ${words}`)

describe('a deploy script', () => {
  test('git, in however many lines, is one step', () => {
    assert.deepEqual(steps('git fetch -q origin\ngit checkout -q "$1"\ngit reset --hard "origin/$1"\n'), [
      ['git'],
    ])
  })

  test('a folder is followed through cd, subshells and -C', () => {
    const text =
      'cd /home/x/app && git pull\n(cd doc; make html)\ncd web/../api\nmake -C sub all\ncd /home/x/app/www\nmake site'
    assert.deepEqual(steps(text).slice(1), [
      ['make', 'html', { in: 'doc', as: 'build' }],
      ['make', 'all', { in: 'api/sub', as: 'build' }],
      ['make', 'site', { in: 'www', as: 'build' }],
    ])
  })

  test('copies keep what a slash at the end means, and whether they delete', () => {
    const copy = (from: string, to: string, isDeleting: boolean) => [
      ['rsync', { from, to, delete: isDeleting }],
    ]
    assert.deepEqual(steps('rsync -a ./src/* /var/a/src/'), copy('src/', '/var/a/src/', false))
    assert.deepEqual(steps('rsync -a --delete src /var/a'), copy('src/', '/var/a/src/', true))
    assert.deepEqual(steps('cp -rf dist/. /var/a/b'), copy('dist/', '/var/a/b/', false))
    assert.deepEqual(steps('scp -P 22 -r dist/* bob@web1:/var/a/b'), copy('dist/', '/var/a/b/', false))
  })

  test('a copy of one file, of several things, from elsewhere or to nowhere is left out', () => {
    const text =
      'cp -r a.txt /var/a/b\nrsync -a a/ b/ /var/a/b\nrsync -a /opt/x/ /var/a/b\nrsync -a web1:/x/ y/\nrsync -a x/ "$WHERE"\ncp a b'
    assert.equal(unread(text).length, 6)
    assert.deepEqual(steps(text), [])
  })

  test('a root line needs the whole path of its program', () => {
    assert.deepEqual(
      steps('sudo -n systemctl daemon-reload\n/usr/sbin/apachectl graceful\nsystemctl status shop'),
      [
        ['root', ['/usr/bin/systemctl', 'daemon-reload']],
        ['root', ['/usr/sbin/apachectl', 'graceful']],
      ],
    )
    assert.deepEqual(unread('sudo purge-cache now\nsudo chown -R www-data /var/a'), [
      '1 sudo purge-cache now',
      '2 sudo chown -R www-data /var/a',
    ])
  })

  test('a service that is reloaded or restarted is a step that looks after it', () => {
    for (const [line, unit, verb] of [
      ['sudo systemctl reload shop', 'shop', 'reload'],
      ['systemctl -q restart shop.service', 'shop', 'restart'],
      ['/bin/systemctl reload-or-restart php8.3-fpm', 'php8.3-fpm', 'reload-or-restart'],
      ['sudo service shop reload', 'shop', 'reload'],
      ['sudo /usr/sbin/service shop force-reload', 'shop', 'reload-or-restart'],
      ['sudo systemctl restart shop@1', 'shop@1', 'restart'],
    ] as const)
      assert.deepEqual(
        steps(line),
        [['service', [unit, verb], ...(verb === 'reload' ? [] : [{ onFailure: 'rollback' }])]],
        line,
      )
    // what is none, or several, or asks for something else
    for (const line of [
      'sudo systemctl restart shop.timer',
      'sudo systemctl restart a b',
      'sudo systemctl --user-unit restart a',
      'sudo systemctl stop a',
      'sudo service a stop',
    ])
      assert.deepEqual(
        steps(line).map(([call]) => call),
        ['root'],
        line,
      )
  })

  test('what only a flag does has that flag, whatever way the script asks for it', () => {
    for (const text of [
      'while getopts "d" o; do case $o in d) DOCS=1 ;; esac; done\nif [ "$DOCS" = 1 ]; then make html; fi',
      'while getopts d o; do case $o in d) DOCS=1 ;; esac; done\n[ -n "$DOCS" ] && make html',
      'for a in "$@"; do case "$a" in --docs) BUILD=yes ;; esac; done\nif [[ $BUILD == yes ]]; then\n make html\nfi',
      'while [ $# -gt 0 ]; do case $1 in -d|--docs) X=true; shift ;; -b) B=$2; shift 2 ;; esac; done\ntest "$X" && make html',
      'if [ "$1" = --docs ]; then make html; fi',
      'DOCS=0\nwhile getopts d o; do case $o in d) DOCS=1 ;; esac; done\nif [ "$DOCS" != 1 ]; then :; else make html; fi',
    ])
      assert.deepEqual(steps(text), [['make', 'html', { as: 'build', when: 'docs' }]], text)
    const inverse =
      'while getopts d o; do case $o in d) DOCS=1 ;; esac; done\nif [ -z "$DOCS" ]; then make html; fi'
    assert.deepEqual(steps(inverse), [['make', 'html', { as: 'build', when: '!docs' }]])
  })

  test('what another condition, a loop or a pipeline does is left out, and never taken for what is always done', () => {
    for (const text of [
      'if [ -f x ]; then make html; fi',
      'for h in a b; do make html; done',
      'make html | ssh web1 tar x',
      'case $1 in all) make html ;; esac',
      '[ "$A" = "$B" ] && make html',
      'if [ "$X" = 1 ]; then if [ -d y ]; then make html; fi; fi',
    ]) {
      assert.deepEqual(steps(text), [], text)
      assert.equal(unread(text).length, 1, text)
    }
  })

  test('guards, messages and what follows a failure need no step', () => {
    const text = `set -euo pipefail
trap 'echo failed' ERR
die() { echo "$1" >&2; exit 1; }
[ "$(whoami)" = deploy ] || die "no"
if ! make html; then echo "no"; exit 1; fi
make pdf >/dev/null 2>&1 || exit 1
make epub | tee -a log
echo "done # not a comment; make all"`
    assert.deepEqual(
      steps(text).map(([, target]) => target),
      ['html', 'pdf', 'epub'],
    )
    assert.deepEqual(unread(text), [])
  })

  test('functions are followed where they are called, and variables where the script says what they hold', () => {
    const text =
      'TARGET=/var/www\nupload() {\n  rsync -a dist/ $TARGET/site/\n}\nmain() { upload; }\nmain "$@"'
    assert.deepEqual(steps(text), [['rsync', { from: 'dist/', to: '/var/www/site/', delete: false }]])
    const endless = 'a() { a; }\na'
    assert.deepEqual(steps(endless), [])
  })

  test('lines for a host are read as its own, and the host is found', () => {
    const text = `ssh -p 22 -i key bob@web1 'cd /srv/x && git pull && sudo systemctl restart x'
ssh web2 <<EOF
sudo nginx -s reload
unknown --thing
EOF
`
    const found = readScript('deploy.sh', text)
    assert.deepEqual([found.hosts, found.user], [['web1', 'web2'], 'bob'])
    assert.deepEqual(
      found.steps.map(({ call }) => call),
      ['git', 'service', 'root'],
    )
    assert.deepEqual(unread(text), ['4 unknown --thing'])
  })

  test('whatever the text, it ends, and loses no line that could be a command', () => {
    const broken = ['', 'if', 'case x in', '"', "'", '$(', '`', '((', '}', 'fi; done; make html', 'a\\']
    for (const text of [...broken, '<<X\nmake', 'f() {', '&& make html', '\0', 'while', 'x=$((1'])
      assert.ok(readScript('deploy.sh', text).unread.length <= 5, text)
    assert.equal(unread('frobnicate --all').length, 1)
    assert.equal(unread('if a; then b; elif c; then d; else e; fi').length, 1)
  })
})
