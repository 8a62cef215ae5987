// The list of what root gives away: complete, each right with its sentence, dangers marked, and the same wherever it is shown.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { test } from 'node:test'
import { checkConfig } from '../../src/config/check/check-config.ts'
import { command, git, make, releases, root, rsync } from '../../src/index.ts'
import { renderInstallScript, withInstaller } from '../../src/install/install-script.ts'
import { renderSudoers } from '../../src/install/render-sudoers.ts'
import { formatRights } from '../../src/install/right.ts'
import { rightsOf } from '../../src/install/rights.ts'
import { FILE, RIGHT } from '../config/support/complaints.ts'
import { remote } from '../recipe/support/run-shell.ts'

const KEY = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIFJRZ0h2a3N4eXowMTIzNDU2Nzg5YWJjZGVmZ2hpamts ci@ci'
const { recipe, access } = checkConfig(FILE, {
  ...RIGHT,
  repository: '/srv/git/codebase.git',
  allow: [
    { group: 'deployers', verbs: ['deploy', 'rollback', 'freeze'] },
    { group: 'interns', branches: ['try-*'], tags: [], verbs: ['deploy'], buildAs: 'try' },
  ],
  people: { ci: { keys: [KEY], group: 'deployers' } },
  sshd: { forceCommand: true },
  git: { deployKey: true },
  steps: [
    git(),
    make('html', { as: 'build' }),
    command(['npm', 'ci']),
    rsync({ from: 'src/', to: '/srv/site/', delete: false }),
    ...releases({ root: '/srv/app' }),
    root(['/usr/bin/systemctl', 'restart', 'shop']),
    root(['/usr/sbin/apachectl', 'configtest'], { inPlan: true }),
    root(['/usr/bin/python3', '/srv/site/x.py'], { unsafe: 'root alone can push' }),
    root(['/usr/bin/chmod', '-R', 'go-w', '/srv']),
  ],
})
const rights = rightsOf(recipe, access)

test('each right has its sentence, and what is dangerous about it', () => {
  const page = formatRights(rights).join('\n')
  for (const line of [
    /^ {4}deploybot\n.*runs the steps.*\n {6}! code of the repository runs as deploybot in these steps: npm ci\. So a person who can push /m,
    /^ {4}build-codebase\n.*of all other branches and tags: .* can write \/var\/lib\/shipit\/build\/codebase and what every account may write /m,
    /^ {4}build-codebase_try\n.*of branches try-\*: anyone who can push to one of them decides what its steps do\. /m,
    /^ {4}read-codebase\n/m,
    /^ {4}group deployers\n.*deploy and rollback: every branch, every tag; freeze \(stop all deploys\); read/m,
    /^ {4}group interns\n.*deploy: branches try-\* \(no tags\); read/m,
    /^ {4}deploybot as root: \/usr\/bin\/systemctl restart shop\n {8}exactly these words and no more \(step 'systemctl restart shop'\)\. In sudoers they stand behind '\/usr\/local\/libexec\/shipit\/as-root \/usr\/bin\/timeout -k 5 60': .*\n {4}\S/m,
    /^ {4}deploybot as root: \/usr\/bin\/python3 .*\n.*\n {6}! takes '\/srv\/site\/x\.py' as root.*the config says that it is safe: root alone can push$/m,
    /^ {4}deploybot as root: \/usr\/bin\/chmod .*\n.*\n {6}! '\/srv' holds \/srv\/site, which deploys may write/m,
    /^ {4}nobody else\n.* a push to the repository starts no deploy\. .*\n {2}What each deploy does, .*\n {4}git\n {4}make html \(as build-codebase or build-codebase_try\)\n {4}npm ci\n {4}rsync src \(into \/srv\/site\)\n(?: {4}.*\n)+ {4}systemctl restart shop \(as root\)\n {4}apachectl configtest \(as root, also by 'shipit plan'\)\n/m,
    /^ {4}\/srv\/site\n {8}deploys may change all that is in it/m,
    /^ {4}\/srv\/app\n {8}deploys may change and delete all that is in it/m,
    /^ {4}whatever serves or runs these files\n/m,
    /^ {4}everybody else\n {8}logs in as before\. The install first asks sshd what the new lines would change for each account, and stops if that is more than is listed here$/m,
    /^ {4}members of deployers, interns\n {8}get the gate in place of a shell$/m,
    /^ {4}deploy key\n/m,
    /^ {4}ci: SHA256:\S{43} ci@ci \(ed25519\)\n.*the group deployers\n {4}each of these keys\n.*no shell, no forwarding/m,
  ])
    assert.match(page, line)
})

test('has each line of sudoers', () => {
  const lines = renderSudoers(recipe)
    .text.split('\n')
    .filter((line) => line.includes('NOPASSWD'))
  const told = rights.filter(({ heading }) => heading.startsWith('sudo')).map(({ what }) => what)
  // the lines of the groups are one right, and the build lines of one account
  const isFurther = (line: string) => / stop$/.test(line) || /^%interns /.test(line)
  assert.equal(lines.length, told.length + lines.filter(isFurther).length)
  for (const line of lines) {
    const [, who = '', as, words = ''] = /^(\S+) ALL=\((\S+)\) NOPASSWD: (.*)$/.exec(line) ?? []
    const name = who.startsWith('%') ? 'members of deployers, interns' : who
    const said = words
      .replace(/^\S*\/as-root \/usr\/bin\/timeout -k 5 \d+ /, '')
      .replace(/ (?:\d+|stop)$/, ' (')
    assert.ok(
      told.some((what) => what.startsWith(`${name} as ${as}: ${said}`)),
      line,
    )
  }
})

test('the script shows the same page, at its head and by --summary, which needs no root', () => {
  const script = withInstaller(renderInstallScript(recipe, remote, '1.2.3', access))
  const page = formatRights(rights)
  assert.ok(script.includes(page.map((line) => `# ${line}`).join('\n')))
  for (const [words, says] of [
    [['--summary'], page.join('\n')],
    [['--help'], 'usage: sh SCRIPT [--summary'],
  ] as const) {
    const { stdout, status, stderr } = spawnSync('sh', ['-s', '--', ...words], {
      input: script,
      encoding: 'utf8',
    })
    assert.equal(status, 0, stderr)
    assert.ok(stdout.includes(says), stdout)
  }
})
