// Judges a host with SELinux: what could keep the runner from its work, or a web server from what is published.
import type { Finding } from '../../results/finding.ts'
import { shellWord } from '../../words/shell-word.ts'
import type { Facts } from './facts.ts'
import { ok, warning } from './finding.ts'

/** What a web server may run; see httpd_selinux(8). */
const CGI_TYPE = 'httpd_sys_script_exec_t'

/** Judges the domain of the runner, the types of what is published, and the booleans that matter. */
export function examineSelinux(facts: Facts): Finding[] {
  const state = facts.one('selinux')
  const subject = 'SELinux'
  if (state === undefined) return []
  if (state === 'off') return [ok('host', subject, 'off')]
  const domain = facts.one('domain') ?? '?'
  const type = domain.split(':')[2]
  const findings = [ok('host', subject, `${state.toLowerCase()}; the runner is in ${domain}`)]
  const warn = (text: string, todo: string) => findings.push(warning('host', { subject, text, todo }))
  if (type !== 'unconfined_t')
    warn(
      `the runner is in the domain ${type ?? domain}, which shipit is not tested with`,
      'Map deployers to unconfined_u, or watch for denials: `ausearch -m avc -ts recent`.',
    )
  const labels = facts.all('label').map((line) => {
    const [, wanted = '', context = '', path = ''] = /^(\S*) (\S*) (\/.*)$/.exec(line) ?? []
    return { wanted, context, path }
  })
  for (const { wanted, context, path } of labels) {
    // what is not published yet has none
    if (path !== '' && context !== '' && context.split(':')[2] !== wanted)
      warn(
        `${path} has the context ${context}, not the type ${wanted}`,
        `Have root run the install script again, then \`restorecon -v ${shellWord(path)}\`.`,
      )
  }
  for (const line of facts.all('context'))
    findings.push(ok('host', 'SELinux context', line.replace(/^(\S*) (.*)$/, '$2: $1')))
  const booleans = facts.all('selinux-boolean')
  if (booleans.some((line) => /^rsync_full_access .*on$/.test(line)))
    warn(
      'the boolean rsync_full_access is on, and shipit does not need it',
      'Have root run: `setsebool -P rsync_full_access off`',
    )
  const programs = labels.filter(({ wanted }) => wanted === CGI_TYPE).map(({ path }) => path)
  if (programs.length > 0 && booleans.some((line) => /^httpd_enable_cgi .*off$/.test(line)))
    warn(
      `the boolean httpd_enable_cgi is off: no web server may run ${programs.join(', ')}`,
      'Have root run: `setsebool -P httpd_enable_cgi on`',
    )
  return findings
}
