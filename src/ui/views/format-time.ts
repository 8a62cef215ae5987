// Moments as people read them.

/** Formats a moment as how long ago it was and in UTC: `3 minutes ago (2026-11-22 12:00:00 UTC)`. */
export function formatMoment(time: string, now: Date): string {
  const moment = new Date(time)
  if (Number.isNaN(moment.getTime())) return 'at an unknown time'
  const utc = moment
    .toISOString()
    .replace('T', ' ')
    .replace(/\.\d+Z$/, ' UTC')
  return `${formatAge(time, now)} (${utc})`
}

/** Formats a moment as how long ago it was: `3 minutes ago`. */
export function formatAge(time: string, now: Date): string {
  const ms = now.getTime() - new Date(time).getTime()
  return Number.isNaN(ms) ? 'at an unknown time' : formatAgo(ms)
}

const UNITS = [
  { name: 'year', seconds: 365 * 86_400 },
  { name: 'month', seconds: 30 * 86_400 },
  { name: 'day', seconds: 86_400 },
  { name: 'hour', seconds: 3600 },
  { name: 'minute', seconds: 60 },
  { name: 'second', seconds: 1 },
]

/** Also for a host whose clock is ahead of ours. */
function formatAgo(ms: number): string {
  const seconds = Math.floor(ms / 1000)
  if (seconds < 2) return 'just now'
  for (const unit of UNITS) {
    const count = Math.floor(seconds / unit.seconds)
    if (count > 0) return `${count} ${unit.name}${count === 1 ? '' : 's'} ago`
  }
  return 'just now'
}
