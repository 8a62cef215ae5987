// Makes the lines of doctor's list.
import type { Finding } from '../../results/finding.ts'

type Group = Finding['group']
type What = { subject: string; text: string; todo: string }

export function ok(group: Group, subject: string, text: string): Finding {
  return { group, subject, verdict: 'ok', text }
}

/** It was tried, and did not work. */
export function refused(subject: string, text: string): Finding {
  return { group: 'boundary', subject, verdict: 'refused', text }
}

export function warning(group: Group, { subject, text, todo }: What): Finding {
  return { group, subject, verdict: 'warning', text, todo }
}

export function broken(group: Group, { subject, text, todo }: What): Finding {
  return { group, subject, verdict: 'broken', text, todo }
}
