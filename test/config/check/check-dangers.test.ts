// Recipes that give the host away are refused, with a way out; those that don't are not.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checkConfig } from '../../../src/config/check/check-config.ts'
import { command, git, releases, root, rsync, type WrittenSteps } from '../../../src/index.ts'
import { complaintsOf, FILE, RIGHT } from '../support/complaints.ts'

const to = (folder: string, changes: object = {}) =>
  rsync({ name: `to ${folder}`, from: 'src/', to: folder, delete: true, ...changes })
/** What a recipe is told that publishes to /srv/site and has releases in /srv/shop. */
const told = (...steps: WrittenSteps) =>
  complaintsOf({ steps: [git(), to('/srv/site/'), ...releases({ root: '/srv/shop' }), ...steps] })
const asRoot = (...argv: string[]) => [root(argv, { name: 'the step' })]

const WRITTEN =
  /^steps\[4\] (?:runs|takes) '.*' as root, and .*: anybody who can deploy or push would become root: put what it does/
const RUNS = /^steps\[4\] (?:runs|makes) .*(?:unsafe: 'the reason')$/
const SYSTEM = /^steps\[4\]\.(?:to|root) (?:is|lies in|holds) '.*', a folder of the system/

const DANGEROUS: readonly (readonly [RegExp, WrittenSteps])[] = [
  // words that deploys can write
  [WRITTEN, asRoot('/srv/site/bin/restart')],
  [WRITTEN, asRoot('/srv/shop/current/bin/server', 'start')],
  [WRITTEN, asRoot('/srv/shop/releases/1/server')],
  [WRITTEN, asRoot('/usr/bin/install', '-m', '644', '/srv/site/cron', '/etc/cron.d/site')],
  [WRITTEN, asRoot('/usr/bin/cp', '/srv/site/../site/x', '/etc/x')],
  [WRITTEN, asRoot('/usr/bin/cp', '/var/www/../../srv/site/x', '/etc/x')],
  [WRITTEN, asRoot('/usr/bin/cp', '//srv//site/./x', '/etc/x')],
  [WRITTEN, asRoot('/usr/bin/cp', 'srv/site/x', '/etc/x')],
  [WRITTEN, asRoot('/usr/bin/chown', 'www-data', '/srv/site')],
  [WRITTEN, asRoot('/usr/bin/chown', '-R', 'www-data', '/srv/shop/shared/uploads')],
  [WRITTEN, asRoot('/usr/sbin/nginx', '-c', '/srv/site/nginx.conf')],
  [WRITTEN, asRoot('/usr/sbin/apachectl', '-f/srv/site/httpd.conf')],
  [WRITTEN, asRoot('/usr/bin/supervisorctl', '--configuration=/srv/site/supervisor.ini', 'update')],
  [WRITTEN, asRoot('/usr/bin/curl', '-T', '/srv/site/x', 'http://a/')],
  [WRITTEN, asRoot('/usr/bin/curl', '--data', '@/srv/site/x', 'http://a/')],
  [WRITTEN, asRoot('/usr/bin/systemctl', 'link', '/srv/site/shop.service')],
  [WRITTEN, asRoot('/usr/bin/docker', 'restart', '-v', 'a:/srv/site')],
  [WRITTEN, asRoot('/usr/bin/make', '-C', '/srv/site')],
  [WRITTEN, asRoot('/usr/bin/cp', '/var/lib/shipit/apps/codebase/tree/x', '/etc/x')],
  [WRITTEN, asRoot('/usr/bin/cp', '/var/lib/shipit/build/codebase/x', '/etc/x')],
  [WRITTEN, asRoot('/usr/bin/cp', '/tmp/x', '/etc/x')],
  [WRITTEN, asRoot('/var/tmp/restart')],
  [WRITTEN, asRoot('/usr/bin/cp', '/dev/shm/x', '/etc/x')],
  // shells, interpreters, and programs that run another one
  [RUNS, asRoot('/bin/sh', '-c', 'id')],
  [RUNS, asRoot('/bin/bash', '/usr/local/sbin/restart')],
  [RUNS, asRoot('/usr/bin/python3', '/usr/local/lib/restart.py')],
  [RUNS, asRoot('/usr/bin/python3.11', '/usr/local/lib/restart.py')],
  [RUNS, asRoot('/usr/bin/perl', '-e', '1')],
  [RUNS, asRoot('/usr/bin/php8.3', '/usr/local/lib/restart.php')],
  [RUNS, asRoot('/usr/bin/node', 'x.js')],
  [RUNS, asRoot('/bin/busybox', 'sh')],
  [RUNS, asRoot('/usr/bin/awk', 'x')],
  [RUNS, asRoot('/usr/bin/npm', 'ci')],
  [RUNS, asRoot('/usr/bin/make', 'install')],
  [RUNS, asRoot('/usr/bin/env', 'id')],
  [RUNS, asRoot('/usr/bin/xargs', 'rm')],
  [RUNS, asRoot('/usr/bin/nice', '-n', '10', '/usr/local/sbin/restart')],
  [RUNS, asRoot('/usr/bin/nohup', '/usr/local/sbin/restart')],
  [RUNS, asRoot('/usr/bin/sudo', '-u', 'www-data', 'id')],
  [RUNS, asRoot('/usr/bin/su', 'www-data')],
  [RUNS, asRoot('/usr/bin/systemd-run', 'id')],
  [RUNS, asRoot('/usr/bin/nsenter', '-t', '1', 'id')],
  [RUNS, asRoot('/usr/bin/find', '/var/cache/shop', '-exec', 'rm')],
  [RUNS, asRoot('/usr/bin/tar', 'xf', '/root/x.tar', '--checkpoint-action=exec=id')],
  [RUNS, asRoot('/usr/bin/tar', '--to-command', 'id', '-xf', '/root/x.tar')],
  [RUNS, asRoot('/usr/bin/rsync', '-e', 'id', 'a:b', '/var/cache/shop')],
  [RUNS, asRoot('/usr/bin/docker', 'run', 'shop')],
  [RUNS, asRoot('/usr/bin/systemctl', 'edit', 'shop')],
  [RUNS, asRoot('/usr/bin/chmod', 'u+s', '/usr/local/bin/x')],
  [RUNS, asRoot('/usr/bin/chmod', '4755', '/usr/local/bin/x')],
  [RUNS, asRoot('/usr/sbin/usermod', '-aG', 'sudo', 'alice')],
  [RUNS, asRoot('/usr/bin/apt-get', 'install', 'x')],
  // folders of the system
  [SYSTEM, [to('/etc/ssh/')]],
  [SYSTEM, [to('/etc/nginx/sites-enabled/')]],
  [SYSTEM, [to('/usr/local/bin/')]],
  [SYSTEM, [to('/var/lib/shipit/apps/')]],
  [SYSTEM, [to('/var/log/site/')]],
  [SYSTEM, [to('/root/site/')]],
  [SYSTEM, releases({ root: '/usr/share/site', name: 'b' })],
  [/^steps\[4\]\.to is the home of an account/, [to('/home/alice/')]],
  // no reason makes these safe
  [SYSTEM, [to('/etc/ssh/', { unsafe: 'because' })]],
  [SYSTEM, [to('/usr/local/', { unsafe: 'because' })]],
  [SYSTEM, [to('/var/lib/shipit/apps/shop/', { unsafe: 'because' })]],
]

const HARMLESS: readonly WrittenSteps[] = [
  asRoot('/usr/sbin/apachectl', 'restart'),
  asRoot('/usr/sbin/apachectl', 'graceful'),
  asRoot('/usr/sbin/nginx', '-s', 'reload'),
  asRoot('/usr/sbin/nginx', '-t', '-c', '/etc/nginx/nginx.conf'),
  asRoot('/usr/bin/systemctl', 'restart', 'shop'),
  asRoot('/usr/bin/systemctl', 'reload', 'php8.3-fpm'),
  asRoot('/usr/bin/systemctl', 'restart', 'puma@8080.service'),
  asRoot('/usr/bin/systemctl', 'daemon-reload'),
  asRoot('/usr/sbin/service', 'apache2', 'reload'),
  asRoot('/sbin/rc-service', 'nginx', 'reload'),
  asRoot('/usr/bin/supervisorctl', 'restart', 'app:web'),
  asRoot('/usr/sbin/php-fpm8.2', '-t'),
  asRoot('/usr/local/sbin/shop-restart'),
  asRoot('/usr/bin/docker', 'restart', 'shop'),
  asRoot('/usr/bin/touch', '/etc/shop/reload'),
  asRoot('/usr/bin/varnishadm', 'ban', 'req.url'),
  asRoot('/usr/sbin/exim4', '-qff'),
  asRoot('/usr/bin/find', '/var/cache/shop', '-delete'),
  asRoot('/usr/bin/tar', '-cf', '/var/backups/shop.tar', '/etc/shop'),
  asRoot('/usr/bin/rsync', '-a', '/etc/shop/', '/var/backups/shop/'),
  asRoot('/usr/bin/chmod', '0755', '/var/cache/shop'),
  asRoot('/usr/bin/touch', '/srv/site-restarted'),
  asRoot('/usr/bin/killall', '-HUP', 'shop'),
  [to('/opt/site/')],
  [to('/var/www/site/')],
  [to('/home/shop/site/')],
  // with a reason
  [root(['/usr/bin/python3', '/srv/site/x.py'], { unsafe: 'only root can push' })],
  [to('/etc/nginx/sites-enabled/', { unsafe: 'the administrators own the repository' })],
  [to('/var/log/site/', { unsafe: 'its own logs' })],
]

test(`refuses ${DANGEROUS.length} recipes that give the host away`, () => {
  for (const [says, steps] of DANGEROUS) {
    const lines = told(...steps)
    assert.equal(lines.length, 1, `${JSON.stringify(steps)}\n${lines.join('\n')}`)
    assert.match(lines[0] ?? '', says)
  }
})

test(`takes ${HARMLESS.length} recipes that don't, or that say why not`, () => {
  for (const steps of HARMLESS) assert.deepEqual(told(...steps), [], JSON.stringify(steps))
})

test('warns of a root step that takes a folder which holds what deploys write, and of secrets in a recipe', () => {
  const { warnings } = checkConfig(FILE, {
    ...RIGHT,
    steps: [
      git(),
      to('/srv/site/'),
      root(['/usr/bin/chmod', '-R', 'go-w', '/srv'], { name: 'close' }),
      root(['/usr/bin/chmod', '-R', 'go-w', '/srv/other', '/']),
      command(['true'], { env: { API_TOKEN: 'x', DB_PASSWORD: 'x', KEYBOARD: 'x' }, as: 'build' }),
    ],
  })
  assert.deepEqual(
    warnings.map((line) => line.replace(/(?:,|:) .*/, '')),
    ["root step 'close'", "step 'true' has API_TOKEN in env", "step 'true' has DB_PASSWORD in env"],
  )
})
