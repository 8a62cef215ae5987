// Judges what the runner says first: who asks, its version, and whether it has the recipe of the config.
import type { ExpectedHost } from '../../results/expected-host.ts'
import type { Finding } from '../../results/finding.ts'
import { nameCommand } from '../../words/command.ts'
import { broken, ok, warning } from './finding.ts'

/** Compares what the host says of itself with what is expected of it. */
export function examineHello(
  hello: { version: string; user: string; digest?: string },
  { version, digest, environment }: ExpectedHost & { environment: string | undefined },
): Finding[] {
  const findings = [ok('identity', 'deploys as', `'${hello.user}', as sudo tells the runner`)]
  const subject = 'gate and runner'
  if (hello.version === version) findings.push(ok('boundary', subject, `shipit ${hello.version}, as here`))
  else {
    const todo = 'They speak the same protocol. To update the host, have root run a new install script.'
    const text = `the host has shipit ${hello.version}, and this machine has ${version}`
    findings.push(warning('boundary', { subject, text, todo }))
  }
  if (hello.digest === digest)
    findings.push(ok('boundary', 'recipe', `the same as yours (${digest.slice(0, 12)})`))
  else {
    const text = `the recipe differs from yours (${hello.digest?.slice(0, 12)} there, ${digest.slice(0, 12)} here): deploys are refused`
    const todo = [
      `To see what differs: ${nameCommand('install --diff', environment)}`,
      `If yours is newer, have root run the script that this writes: ${nameCommand('install --out install.sh', environment)}`,
    ].join('\n')
    findings.push(broken('boundary', { subject: 'recipe', text, todo }))
  }
  return findings
}
