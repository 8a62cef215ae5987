import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Finding } from '../../../src/results/finding.ts'
import type { HostDiagnosis } from '../../../src/results/host-answer.ts'
import { chooseStyle } from '../../../src/ui/output/style.ts'
import { formatDiagnoses, formatDiagnosesJson } from '../../../src/ui/views/doctor-view.ts'
import { fault } from '../support/recorded.ts'
import { Sink } from '../support/sink.ts'

const style = chooseStyle(new Sink(), { LANG: 'C.UTF-8' })
const reached = (ip: string): Finding => ({
  group: 'connection',
  subject: 'address',
  verdict: 'ok',
  text: `${ip}:22`,
})
const space: Finding = { group: 'host', subject: 'space', verdict: 'ok', text: '20 GiB of 40 GiB free on /' }
const shell: Finding = { group: 'boundary', subject: 'try: shell', verdict: 'refused', text: 'a shell' }
const git: Finding = {
  group: 'programs',
  subject: 'git',
  verdict: 'broken',
  text: 'git is missing, and the recipe needs it',
  todo: "Have root install it with the host's package manager.",
}
const sudo: Finding = {
  group: 'programs',
  subject: 'sudo',
  verdict: 'warning',
  text: 'sudo has a known hole',
  todo: 'Ask.',
}

const QUESTION = { app: 'codebase', environment: 'production', gave: { page: [], dangers: [] }, style }

function shown(...diagnoses: HostDiagnosis[]): string[] {
  return formatDiagnoses({ ...QUESTION, diagnoses, isVerbose: true })
}

describe('the list of doctor', () => {
  test('is grouped, and says of each line how it is', () => {
    assert.deepEqual(shown({ host: 'web1', findings: [shell, reached('192.0.2.1'), space] }), [
      'codebase in production',
      '',
      'web1',
      '  connection',
      '    ✔ ok: address: 192.0.2.1:22',
      '  boundary',
      '    ✔ refused, as expected: a shell',
      '  host',
      '    ✔ ok: space: 20 GiB of 40 GiB free on /',
      '  2 ok, 1 refused as they should be',
    ])
  })

  test('is a few lines when all is well, and then only what wants somebody to act', () => {
    const brief = (findings: Finding[], dangers: string[] = []) =>
      formatDiagnoses({
        ...QUESTION,
        diagnoses: [{ host: 'web1', findings }],
        gave: { page: ['all'], dangers },
        isVerbose: false,
      }).slice(2)
    assert.deepEqual(brief([shell, reached('192.0.2.1'), space]), [
      'web1',
      '  2 ok, 1 refused as they should be',
    ])
    assert.deepEqual(brief([space, git], ['deploybot: x']), [
      'web1',
      '  programs',
      '    ✖ broken: git is missing, and the recipe needs it',
      "      → Have root install it with the host's package manager.",
      '  1 ok, 1 broken',
      '',
      'what root gave, by the config',
      '  ! deploybot: x',
    ])
  })

  test('says what to do about what is not well, once for lines that need the same', () => {
    const lines = shown({
      host: 'web1',
      findings: [{ ...git, subject: 'rsync', text: 'rsync is missing' }, git, sudo],
      error: fault('no', { code: 'X', exitCode: 1 }),
    })
    assert.deepEqual(lines.slice(3), [
      '  programs',
      '    ✖ broken: rsync is missing',
      '    ✖ broken: git is missing, and the recipe needs it',
      "      → Have root install it with the host's package manager.",
      '    ! warning: sudo has a known hole',
      '      → Ask.',
      '  1 warning, 2 broken, nothing else examined',
    ])
  })

  test('folds hosts that are well in the same way, whatever was measured', () => {
    const other = { ...space, text: '10 GiB of 40 GiB free on /' }
    const lines = shown(
      { host: 'web1', findings: [reached('192.0.2.1'), space] },
      { host: 'web2', findings: [reached('192.0.2.2'), other] },
      { host: 'web3', findings: [reached('192.0.2.3'), git] },
    )
    assert.deepEqual(
      lines.filter((line) => /^web/.test(line)),
      ['web[1-2]', 'web3'],
    )
    assert.ok(lines.includes('    ✔ ok: space: differs between hosts (see --json)'))
    assert.ok(lines.includes('    ✔ ok: address: 192.0.2.3:22'))
  })

  test('says of hosts that were not reached only why, and each thing to do in a line of its own', () => {
    const unreached = (host: string, ip: string): HostDiagnosis => ({
      host,
      findings: [
        {
          group: 'connection',
          subject: 'address',
          verdict: 'broken',
          text: `login as 'alice' on '${host}' (${ip}:22) failed`,
          todo: `Ask.\nTo see more: ssh -v ${host}`,
        },
      ],
    })
    assert.deepEqual(shown(unreached('web1', '192.0.2.1'), unreached('web2', '192.0.2.2')).slice(2), [
      'web[1-2]',
      '  connection',
      "    ✖ broken: login as 'alice' failed",
      '      → Ask.',
      '      → To see more: ssh -v web1',
      '  1 broken, nothing else examined',
    ])
    assert.ok(shown(unreached('web1', '192.0.2.1')).some((line) => line.includes("on 'web1' (192.0.2.1:22)")))
  })

  test('does not fold hosts that are ill in different ways', () => {
    const lines = shown(
      { host: 'web1', findings: [{ ...git, text: 'git is too old' }] },
      { host: 'web2', findings: [git] },
    )
    assert.deepEqual(
      lines.filter((line) => /^web/.test(line)),
      ['web1', 'web2'],
    )
  })

  test('of no hosts says so', () => {
    assert.deepEqual(shown(), ['codebase in production', '', 'no hosts: nothing to examine'])
  })

  test('has nothing that a terminal obeys, whatever a host says', () => {
    const evil = { ...git, subject: 'a\u001b]0;x\u0007b', text: 'c\u001b[2Jd\ne', todo: 'f\u202eg' }
    assert.deepEqual(shown({ host: 'web1', findings: [evil] }).slice(4, 6), [
      '    ✖ broken: cd e',
      '      → fg',
    ])
  })

  test('is a line of JSON for each host, for programs', () => {
    const error = fault('no', { code: 'SHIPIT_UNSOUND', exitCode: 1, suggestions: [] })
    const lines = formatDiagnosesJson([
      { host: 'web1', findings: [space] },
      { host: 'web2', findings: [git], error },
    ])
    assert.deepEqual(
      lines.map((line) => JSON.parse(line)),
      [
        { schema: 1, event: 'host-doctor', host: 'web1', sound: true, findings: [space] },
        {
          schema: 1,
          event: 'host-doctor',
          host: 'web2',
          sound: false,
          findings: [git],
          error: { code: 'SHIPIT_UNSOUND', exitCode: 1, message: 'no', suggestions: [] },
        },
      ],
    )
  })
})
