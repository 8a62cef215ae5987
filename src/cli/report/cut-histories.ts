// Histories that are longer than what a host tells of them.
import type { HostHistory } from '../../operations/ask/history-entry.ts'
import { say } from '../../ui/output/print-lines.ts'

type Asked = {
  /** how many runs each host was asked for */
  limit: number
  /** the time from which they are wanted, in ISO 8601; from the beginning without it */
  since?: string | undefined
}

/** Hosts that told as many runs as they were asked for, all of them wanted: there may be older ones. */
export function cutHistories(hosts: readonly HostHistory[], { limit, since = '' }: Asked): HostHistory[] {
  return hosts.filter(({ entries }) => entries.length >= limit && (entries.at(-1)?.run.time ?? '') >= since)
}

/** Says of which hosts the oldest runs are missing. */
export function sayCut(cut: readonly HostHistory[], { limit, since }: Asked): void {
  if (cut.length === 0) return
  const names = cut.map(({ host }) => host).join(', ')
  const runs = `more than ${limit} runs${since === undefined ? '' : ' since then'}`
  say(`warning: ${names}: ${runs}: the oldest are missing`)
}
