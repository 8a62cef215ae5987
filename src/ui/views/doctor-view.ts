// What `shipit doctor` says: for each host a list for the people who answer for its security.

import { FINDING_GROUPS, type Finding } from '../../results/finding.ts'
import type { HostDiagnosis } from '../../results/host-answer.ts'
import { cleanLine } from '../../safe-text/clean-text.ts'
import { errorData, renderJsonLine } from '../../safe-text/json-line.ts'
import { chooseStyle, type Style } from '../output/style.ts'
import { anonymous, withoutHost } from './anonymous.ts'
import { foldHosts } from './fold-hosts.ts'

type Verdict = Finding['verdict']

const WORDS: Record<Verdict, string> = {
  ok: 'ok',
  warning: 'warning',
  broken: 'broken',
  refused: 'refused, as expected',
}

/** Formats the lists; hosts with the same list are one. */
export function formatDiagnoses(question: {
  app: string
  environment: string
  diagnoses: readonly HostDiagnosis[]
  /** what root gave: all of it, and what is dangerous about it */
  gave: { page: readonly string[]; dangers: readonly string[] }
  /** every line, not only those that want somebody to act */
  isVerbose: boolean
  style?: Style
}): string[] {
  const {
    app,
    environment,
    diagnoses,
    gave,
    isVerbose,
    style = chooseStyle(process.stdout, process.env),
  } = question
  const groups = Map.groupBy(diagnoses, keyOf)
  return [
    `${app} in ${environment}`,
    ...(diagnoses.length === 0 ? ['', 'no hosts: nothing to examine'] : []),
    ...[...groups.values()].flatMap((group) => [
      '',
      style.paint('bold', foldHosts(group.map(({ host }) => host))),
      ...formatList(group, { style, isVerbose }).map((line) => `  ${line}`),
    ]),
    ...formatGiven(
      isVerbose ? gave.page : gave.dangers.map((line) => `  ${style.paint('yellow', '!')} ${clean(line)}`),
      style,
    ),
  ]
}

/** Formats the lists for programs: one line of JSON for each host. */
export function formatDiagnosesJson(diagnoses: readonly HostDiagnosis[]): string[] {
  return diagnoses.map(({ host, findings, error }) =>
    renderJsonLine({
      event: 'host-doctor',
      host,
      sound: error === undefined,
      findings,
      error: error && errorData(error),
    }),
  )
}

/** Equal for hosts that are well and ill in the same way: what an ok line measured does not count. */
function keyOf(diagnosis: HostDiagnosis): string {
  const lines = diagnosis.findings.map(({ group, subject, verdict, text }) =>
    [group, subject, verdict, verdict === 'ok' ? '' : text].join('\t'),
  )
  return anonymous(diagnosis, lines.join('\n'))
}

function formatGiven(lines: readonly string[], style: Style): string[] {
  return lines.length === 0 ? [] : ['', style.paint('bold', 'what root gave, by the config'), ...lines]
}

type Look = { style: Style; isVerbose: boolean }

function formatList(group: readonly HostDiagnosis[], { style, isVerbose }: Look): string[] {
  const findings = alike(group)
  const lines = FINDING_GROUPS.flatMap((name) => {
    const isShown = ({ verdict }: Finding) => isVerbose || verdict === 'warning' || verdict === 'broken'
    const own = findings.filter((finding) => finding.group === name && isShown(finding))
    if (own.length === 0) return []
    return [
      style.paint('bold', name),
      ...own.flatMap((finding, at) => formatFinding(finding, own[at + 1], style)),
    ]
  })
  return [...lines, countWords(findings, style)]
}

/** The list that all hosts of a group share; where they measured different things, it says so. */
function alike(group: readonly HostDiagnosis[]): readonly Finding[] {
  const [first] = group
  const hosts = group.map(({ host }) => host)
  return (first?.findings ?? []).map((finding, index) => {
    if (finding.verdict !== 'ok') return { ...finding, text: withoutHost(hosts, finding.text) }
    const same = group.every(({ findings }) => findings[index]?.text === finding.text)
    return same ? finding : { ...finding, text: 'differs between hosts (see --json)' }
  })
}

/** @param next what to do is said after the last of those that need the same */
function formatFinding(
  { subject, verdict, text, todo }: Finding,
  next: Finding | undefined,
  style: Style,
): string[] {
  const [colour, sign] = SIGNS[verdict](style)
  const said = verdict === 'ok' ? `${subject}: ${text}` : text
  const line = `${style.paint(colour, `${sign} ${WORDS[verdict]}`)}: ${clean(said)}`
  return [
    `  ${line}`,
    ...(todo && todo !== next?.todo
      ? todo.split('\n').map((each) => `    ${style.paint('yellow', style.next)} ${clean(each)}`)
      : []),
  ]
}

const SIGNS: Record<Verdict, (style: Style) => ['green' | 'yellow' | 'red', string]> = {
  ok: ({ done }) => ['green', done],
  refused: ({ done }) => ['green', done],
  warning: () => ['yellow', '!'],
  broken: ({ failed }) => ['red', failed],
}

function countWords(findings: readonly Finding[], style: Style): string {
  const count = (verdict: Verdict) => findings.filter((finding) => finding.verdict === verdict).length
  const broken = count('broken')
  const warnings = count('warning')
  const ok = count('ok')
  const refused = count('refused')
  const text = [
    ...(ok > 0 ? [`${ok} ok`] : []),
    ...(refused > 0 ? [`${refused} refused as they should be`] : []),
    ...(warnings > 0 ? [`${warnings} ${warnings === 1 ? 'warning' : 'warnings'}`] : []),
    ...(broken > 0 ? [`${broken} broken`] : []),
    ...(ok + refused === 0 ? ['nothing else examined'] : []),
  ].join(', ')
  return style.paint(broken > 0 ? 'red' : 'green', text)
}

function clean(text: string): string {
  return cleanLine(text)
}
