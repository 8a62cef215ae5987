import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  compareVersions,
  examineList,
  examineOwnLines,
  examineSettings,
  examineSudoVersion,
} from '../../../src/operations/doctor/examine-sudo.ts'
import { EXPECTED, facts, OURS, RESTART, RUNNER, said } from '../support/doctor-told.ts'

describe('sudo', () => {
  it('is told with its known holes, which a distribution may have mended', () => {
    const judge = (version: string) =>
      said(examineSudoVersion(facts(['sudo', `Sudo version ${version}`], ['sudo-package', `${version}-1`])))
    assert.deepEqual(judge('1.9.13p3'), ['ok sudo: 1.9.13p3 (package 1.9.13p3-1)'])
    assert.deepEqual(judge('1.9.17p1'), ['ok sudo: 1.9.17p1 (package 1.9.17p1-1)'])
    for (const [version, holes] of [
      ['1.8.23', ['CVE-2021-3156', 'CVE-2023-28486']],
      ['1.9.5p1', ['CVE-2021-3156', 'CVE-2023-28486']],
      ['1.9.5p2', ['CVE-2023-28486']],
      ['1.9.12p2', ['CVE-2023-28486']],
      ['1.9.14', ['CVE-2025-32463']],
      ['1.9.17', ['CVE-2025-32463']],
    ] as const) {
      const lines = judge(version)
      assert.deepEqual(
        lines.map((line) => /CVE-[0-9-]+/.exec(line)?.[0]),
        holes,
        version,
      )
      assert.match(
        lines.join('\n'),
        /^warning sudo [0-9.]+.* has a known vulnerability \(CVE-.*unless your distribution patched it/,
      )
    }
    const patched = facts(
      ['sudo', 'Sudo version 1.9.5p1'],
      ['sudo-package', '1.9.5p1-2'],
      ['sudo-closed', 'CVE-2021-3156 CVE-2019-14287'],
    )
    assert.match(
      said(examineSudoVersion(patched)).join('\n'),
      /^warning sudo \S+ .*\(CVE-2023-28486\)[^\n]*$/,
    )
    assert.deepEqual(said(examineSudoVersion(facts(['sudo', 'sudo-rs 0.2.8']))), ['ok sudo: sudo-rs 0.2.8'])
    assert.match(said(examineSudoVersion(facts()))[0] ?? '', /^warning sudo does not tell its version/)
    assert.ok(compareVersions('1.9.5p2', '1.9.5') > 0 && compareVersions('1.9.9', '1.9.10') < 0)
  })

  it('lets deploybot do what the recipe says, word for word', () => {
    const judge = (...lines: string[]) =>
      said(examineOwnLines(facts(...lines.map((line): [string, string] => ['sudo-line', line])), EXPECTED))
    assert.deepEqual(judge(RESTART), [
      'ok sudo rules of deploybot: the one command of the recipe, word for word',
    ])
    assert.deepEqual(
      judge(RESTART, '(root) NOPASSWD: /usr/bin/timeout -k 5 60 /usr/sbin/nginx -s reload').length,
      1,
    )
    assert.match(
      judge(`${RESTART} --more`)[0] ?? '',
      /^broken the sudo rules of deploybot lack '\(root\) NOPASSWD: .*apachectl restart'/,
    )
    assert.match(
      judge(RESTART, '(ALL) NOPASSWD: ALL')[0] ?? '',
      /^broken the sudo rules of deploybot have '\(ALL\) NOPASSWD: ALL', which no recipe needs/,
    )
    assert.match(judge(RESTART, '(root) NOPASSWD: /sbin/restorecon /srv/*')[0] ?? '', /^broken .*restorecon/)
    assert.match(judge()[0] ?? '', /^broken sudo allows deploybot nothing/)
    const locked = facts(['sudo-says', 'sudo: account validation failure, is your account locked_'])
    assert.match(
      said(examineOwnLines(locked, EXPECTED))[0] ?? '',
      /^broken deploybot is locked: nothing can run as it/,
    )
    const tty = facts(['sudo-says', 'sudo: sorry, you must have a tty to run sudo'])
    assert.match(said(examineOwnLines(tty, EXPECTED))[0] ?? '', /^warning .*requiretty/)
    assert.deepEqual(said(examineOwnLines(facts(), { ...EXPECTED, sudoLines: [] })), [
      'ok sudo rules of deploybot: no step needs it',
    ])
  })

  it("sudo's settings for our commands are told, and named where they lack", () => {
    const line: [string, string] = ['sudo-line', RESTART]
    const settings = EXPECTED.sudoSettings.map((setting): [string, string] => ['sudo-setting', setting])
    assert.match(said(examineSettings(facts(line, ...settings), EXPECTED))[0] ?? '', /^ok /)
    assert.match(
      said(examineSettings(facts(line, ...settings.slice(0, 2)), EXPECTED))[0] ?? '',
      /^warning sudo does not list secure_path=\/usr\/sbin\S* for the commands that deploybot runs/,
    )
    assert.deepEqual(said(examineSettings(facts(line, ['sudo', 'sudo-rs 0.2.5']), EXPECTED)), [])
    assert.deepEqual(said(examineSettings(facts(), EXPECTED)), [])
  })

  it('lets a person call the runner, and do nothing that goes around it', () => {
    const judge = (lines: string[], more: { defaults?: string; error?: string } = {}) =>
      said(examineList({ lines, defaults: '', ...more }, 'alice', EXPECTED))
    assert.deepEqual(judge([OURS]), [`ok sudo rules of alice: nothing but '${OURS}'`])
    assert.deepEqual(judge([OURS, '(postgres) /usr/bin/pg_dump']), [
      `ok sudo rules of alice: '${OURS}', and nothing that bypasses it`,
    ])
    for (const [line, pattern] of [
      ['(ALL) NOPASSWD: ALL', /^broken .*without a password: its user could change everything/],
      ['(ALL : ALL) NOPASSWD: ALL', /^broken/],
      ['(root) NOPASSWD: /usr/bin/vim', /^broken/],
      ['(deploybot) NOPASSWD: /bin/sh', /^broken .*: it runs as deploybot, past the runner/],
      ['(deploybot, www-data) NOPASSWD: ALL', /^broken/],
      [
        `(deploybot) NOPASSWD: SETENV: ${RUNNER}`,
        /^broken .* comes later and takes the caller's variables \(SETENV\)/,
      ],
      [
        '(ALL : ALL) ALL',
        /^broken .* is not in force: '\(ALL : ALL\) ALL' comes later and asks for a password/,
      ],
      [`(deploybot) NOPASSWD: ALL, !${RUNNER}`, /^broken .* comes later and forbids it/],
      [
        '(ALL) NOPASSWD: NOEXEC: /usr/local/*',
        /^broken .* comes later and keeps it from starting other programs/,
      ],
      ['(www-data) NOPASSWD: /usr/bin/php *', /^warning/],
    ] as const)
      assert.match(judge([OURS, line])[0] ?? '', pattern, line)
    assert.match(judge(['(ALL : ALL) ALL', OURS])[0] ?? '', /^warning .*, with a password/)
    assert.match(
      judge([OURS, '(ALL : ALL) ALL'], { defaults: 'env_reset, !authenticate' })[0] ?? '',
      /^warning/,
    )
    assert.match(judge([]).join('\n'), /^broken the sudo rules of alice do not have '\(deploybot\) NOPASSWD/)
    assert.match(
      judge([], { error: 'sudo: a password is required' })[0] ?? '',
      /^broken .*says: sudo: a password is required/,
    )
    assert.match(judge([], { error: 'sudo: sorry, you must have a tty to run sudo' })[0] ?? '', /^warning/)
    assert.match(
      judge([OURS], { defaults: '!env_reset, mail_badpass' })[0] ?? '',
      /^warning .*keeps the caller's environment/,
    )
    assert.match(judge([OURS], { defaults: 'env_reset, !setenv' })[0] ?? '', /^ok/)
    const tagged = OURS.replace('NOPASSWD:', 'NOSETENV: NOPASSWD:')
    assert.match(judge([tagged], { defaults: 'env_reset, setenv' })[0] ?? '', /^ok/)
    assert.match(
      judge([OURS], { defaults: 'env_reset, setenv' })[0] ?? '',
      /^broken .*the caller's variables/,
    )
  })
})
