// What the log of `ssh -v` says. A host can write lines of its own into it (SSH_MSG_DEBUG, which may hold newlines), so what is
// said of its key counts only if it stands before the first of them.
import { cleanQuote } from '../../safe-text/clean-text.ts'
import type { ShownKey } from '../trust/known-hosts.ts'

/** The lines of a log. */
export type SshLog = {
  /** those before the host has said anything that may look like a line: nobody but ssh wrote them */
  own: readonly string[]
  /** what ssh tells without -v, the host's words among it */
  messages: readonly string[]
  debug: readonly string[]
}

/** A debug message and the reason of a disconnect (RFC 4253, 11.1 and 11.3), which may hold newlines. */
const HOST_SPEAKS = /^(?:debug1: Remote: |Received disconnect from )/
const HOST_KEY = /^debug1: Server host key: (\S+) (SHA256:[^\s,]+)/
/** PROTOCOL.certkeys: the fingerprint is that of the key in the certificate */
const HOST_CERTIFICATE =
  /^debug1: Server host certificate: (\S+) (SHA256:[^\s,]+), .* CA (\S+) (SHA256:[^\s,]+)/

/** Sorts the lines of a log. */
export function sortLines(text: string): SshLog {
  const lines = text.split(/\r?\n/).filter((line) => line !== '')
  const isDebug = (line: string) => /^(?:debug[1-3]: |OpenSSH_)/.test(line)
  const end = lines.findIndex((line) => HOST_SPEAKS.test(line))
  return {
    own: end === -1 ? lines : lines.slice(0, end),
    messages: lines.filter((line) => !isDebug(line)),
    debug: lines.filter(isDebug),
  }
}

/** A host's key, and the authority that signed it where it has a certificate. */
export type LoggedKey = ShownKey & { authority?: ShownKey }

/** Reads which key the host has shown; the last one, since ssh asks again for a plain key where it knows no authority. */
export function readHostKeyOf(log: SshLog): LoggedKey | undefined {
  return log.own
    .map((line): LoggedKey | undefined => {
      const [, certificate, signed = '', authority = '', of = ''] = HOST_CERTIFICATE.exec(line) ?? []
      if (certificate !== undefined) {
        const type = certificate.replace(/-cert-v01@openssh\.com$/, '')
        return { type, fingerprint: signed, authority: { type: authority, fingerprint: of } }
      }
      const [, type, fingerprint] = HOST_KEY.exec(line) ?? []
      return type === undefined || fingerprint === undefined ? undefined : { type, fingerprint }
    })
    .findLast((key) => key !== undefined)
}

/** Reads one fact out of the lines that nobody but ssh can have written. */
export function findFact(log: SshLog, pattern: RegExp): string | undefined {
  const found = log.own.map((line) => pattern.exec(line)?.[1]).findLast((value) => value !== undefined)
  return found === undefined ? undefined : cleanQuote(found)
}
