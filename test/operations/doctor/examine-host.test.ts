import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  examineAccount,
  examineForced,
  examineMachine,
  examinePrograms,
} from '../../../src/operations/doctor/examine-host.ts'
import {
  examineAttempts,
  hostileRequests,
  kindOfAccount,
} from '../../../src/operations/doctor/try-boundary.ts'
import { judgeRequest } from '../../../src/protocol/judge-request.ts'
import type { AttemptKind, AttemptResult } from '../../../src/ssh/connection/forbidden.ts'
import { ATTEMPTS } from '../../../src/ssh/connection/forbidden.ts'
import { EXPECTED, facts, said } from '../support/doctor-told.ts'

describe('the host', () => {
  const machine = (...told: [string, string][]) =>
    said(
      examineMachine(facts(...told), {
        user: 'alice',
        account: 'deploybot',
        environment: 'production',
        now: 1000.5,
      }),
    )

  it('has the programs that the recipe needs', () => {
    assert.deepEqual(
      said(
        examinePrograms(
          facts(['tool', 'git git version 2'], ['tool', 'curl missing'], ['tool', 'wget there']),
          EXPECTED,
        ),
      ),
      ['ok git: git version 2', 'ok wget: there'],
    )
    assert.deepEqual(
      said(
        examinePrograms(
          facts(['tool', 'git missing'], ['tool', 'curl missing'], ['tool', 'wget missing']),
          EXPECTED,
        ),
      ),
      [
        'broken git is missing, and the recipe needs it',
        'broken curl or wget is missing, and the recipe needs it',
      ],
    )
  })

  it('has members of forced groups whose shells read nothing of theirs before the gate', () => {
    const judge = (value: string) => said(examineForced(facts(['forced', value])))
    assert.deepEqual(judge('/bin/bash alice,bob'), ['ok forceCommand: /bin/bash runs the gate for alice,bob'])
    for (const shell of ['/usr/bin/zsh', '/usr/bin/fish', '/bin/tcsh', '/bin/rbash', '/opt/new/shell'])
      assert.match(judge(`${shell} carol`).join(), /^broken \S+ reads .* before the gate: carol$/)
  })

  it('has an account that can do nothing but deploy', () => {
    const judge = (...told: [string, string][]) => said(examineAccount(facts(...told), EXPECTED))
    const account: [string, string] = ['account', '998:/var/lib/shipit:/usr/sbin/nologin']
    assert.deepEqual(judge(account, ['groups', 'deploybot'], ['password', 'L']), [
      'ok deploybot: only the group deploybot, /usr/sbin/nologin, its password locked, home /var/lib/shipit',
    ])
    assert.match(
      judge(account, ['groups', 'deploybot docker'])[0] ?? '',
      /^broken deploybot is also in the group docker/,
    )
    assert.match(judge(['account', '998:/:/bin/sh'])[0] ?? '', /^broken deploybot has the shell \/bin\/sh/)
    assert.match(judge(['account', '0:/root:/sbin/nologin'])[0] ?? '', /^broken deploybot is root/)
    assert.match(judge(account, ['password', 'NP'])[0] ?? '', /^broken deploybot has an empty password/)
    assert.match(judge(account, ['password', 'P'])[0] ?? '', /^broken deploybot has a password/)
  })

  it('has space and inodes', () => {
    assert.deepEqual(machine(['space', '20971520 41943040 /var']), [
      'ok space: 20 GiB of 40 GiB free on /var',
    ])
    assert.deepEqual(machine(['space', '100000 41943040 /var']), [
      'warning only 98 MiB of 40 GiB free on /var',
    ])
    assert.deepEqual(machine(['space', '1024 41943040 /var']), ['broken only 1 MiB of 40 GiB free on /var'])
    assert.deepEqual(machine(['inodes', '3 65536 /var']), ['broken only 3 of 65536 inodes free on /var'])
    assert.deepEqual(machine(['inodes', '0 0 /var']), [])
  })

  it('has a lock that can be taken', () => {
    assert.deepEqual(machine(['lock', 'free']), ['ok lock: free'])
    assert.match(machine(['lock', 'held'])[0] ?? '', /^ok lock: held: .* \(shipit status production\)/)
    assert.match(
      machine(['lock', 'held'], ['waiting', '2'])[0] ?? '',
      /^ok lock: held: .*, 2 waiting in line /,
    )
    assert.match(machine(['lock', 'missing'])[0] ?? '', /^broken the lock file of the app is missing/)
    assert.match(machine(['lock', 'unread'])[0] ?? '', /^broken the runner cannot read the lock file/)
  })

  it('has the same time', () => {
    assert.deepEqual(machine(['clock', '1000']), ['ok clock: as here'])
    assert.match(machine(['clock', '1090'])[0] ?? '', /^warning the clock is 90 s ahead of/)
    assert.match(machine(['clock', '900'])[0] ?? '', /^warning the clock is 100 s behind/)
  })

  it('says what SELinux does', () => {
    assert.deepEqual(machine(['selinux', 'off']), ['ok SELinux: off'])
    const on = machine(
      ['selinux', 'Enforcing'],
      ['domain', 'system_u:system_r:initrc_t:s0'],
      ['label', 'httpd_sys_script_exec_t u:r:var_t:s0 /var/a'],
      ['context', 'u:r:httpd_sys_content_t:s0 /var/a'],
      ['selinux-boolean', 'rsync_full_access --_ on'],
    )
    assert.match(
      on.join('\n'),
      /ok SELinux: enforcing.*\nwarning .*initrc_t.*\nwarning \/var\/a has the context .*\nok SELinux context: \/var\/a: u:r.*\nwarning the boolean/,
    )
  })

  it('says which boolean a web server needs for a program of the recipe', () => {
    const told = (state: string, type = 'httpd_sys_script_exec_t') =>
      machine(
        ['selinux', 'Enforcing'],
        ['domain', 'u:r:unconfined_t:s0'],
        ['label', `${type} u:r:${type}:s0 /var/a`],
        ['selinux-boolean', 'rsync_full_access --> off'],
        ['selinux-boolean', `httpd_enable_cgi --> ${state}`],
      ).filter((line) => line.startsWith('warning'))
    assert.match(told('off').join('\n'), /^warning .* httpd_enable_cgi is off: .*\/var\/a/)
    assert.deepEqual([told('on'), told('off', 'httpd_sys_content_t')], [[], []])
    // not published yet
    assert.deepEqual(
      machine(['selinux', 'Enforcing'], ['domain', 'u:r:unconfined_t:s0'], ['label', 'a_t  /var/a']).length,
      1,
    )
  })

  it('names groups, people and paths in commands as a shell reads them', () => {
    const account: [string, string] = ['account', '998:/:/bin/false']
    const todos = [
      ...examineAccount(facts(account, ['groups', 'deploybot (x)#']), EXPECTED),
      ...examineForced(facts(['forced', '/bin/zsh (bob)#,carol'])),
      ...examineMachine(facts(['selinux', 'Enforcing'], ['label', 'a_t u:r:b_t:s0 /var/a (b)']), {
        user: 'alice',
        account: 'deploybot',
        environment: 'production',
        now: 0,
      }),
    ].map(({ todo = '' }) => todo)
    for (const command of [
      "`gpasswd -d deploybot '(x)#'`",
      "`usermod -s /bin/sh '(bob)#'`",
      "`restorecon -v '/var/a (b)'`",
    ])
      assert.ok(todos.join('\n').includes(command), `${command}: ${todos}`)
  })

  it('does not end runs with the session that began them', () => {
    const kill: [string, string] = ['logind', 'KillUserProcesses yes']
    assert.deepEqual(machine(['logind', 'KillUserProcesses no']), ['ok KillUserProcesses: no'])
    assert.deepEqual(machine(['logind', 'KillUserProcesses']), [])
    assert.match(machine(kill)[0] ?? '', /^broken KillUserProcesses is on: when the session of 'alice' ends/)
    assert.match(machine(kill, ['logind', 'KillExcludeUsers root alice'])[0] ?? '', /^ok/)
    assert.match(machine(kill, ['logind', 'KillOnlyUsers bob'])[0] ?? '', /^ok/)
    assert.match(machine(kill, ['logind', 'KillOnlyUsers alice'])[0] ?? '', /^broken/)
  })

  it('guards hard links', () => {
    assert.deepEqual(machine(['hardlinks', '1']), ['ok fs.protected_hardlinks: on'])
    assert.match(machine(['hardlinks', '0'])[0] ?? '', /^broken/)
  })
})

describe('what was tried', () => {
  const all = (result: AttemptResult, ...others: [AttemptKind, AttemptResult][]) =>
    new Map<AttemptKind, AttemptResult>([...ATTEMPTS.map((kind) => [kind, result] as const), ...others])
  const judge = (results: Map<AttemptKind, AttemptResult>, forDeploys = false) =>
    examineAttempts(results, { user: 'alice', forDeploys })

  it('is refused to an account for deploys', () => {
    assert.ok(judge(all('refused')).every(({ verdict }) => verdict === 'refused'))
    const open = judge(all('refused', ['port-forwarding', 'granted'], ['terminal', 'unclear']))
    assert.deepEqual(
      open
        .filter(({ verdict }) => verdict !== 'refused')
        .map(({ verdict, subject }) => `${verdict} ${subject}`),
      ['warning try: terminal', 'broken try: port-forwarding'],
    )
  })

  it('is the business of an account with a shell, unless shipit made it', () => {
    assert.equal(kindOfAccount(all('granted')), 'shell')
    assert.equal(kindOfAccount(all('refused', ['terminal', 'granted'])), 'gate')
    assert.match(
      said(judge(all('granted'))).join('\n'),
      /^ok account: 'alice' has a shell, which gives .*; sudoers is what limits it$/,
    )
    assert.ok(judge(all('granted'), true).every(({ verdict }) => verdict === 'broken'))
  })

  it('includes no request that a gate may take', () => {
    const requests = hostileRequests('codebase')
    assert.ok(requests.length >= 10)
    for (const request of requests) assert.equal(judgeRequest(request, []), false, request)
  })
})
