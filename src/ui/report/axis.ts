// Axes of drawings: round values, and their words.
import { formatDuration } from '../../words/duration.ts'

const SECOND = 1000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR
const STEPS_MS = [
  ...[100, 200, 500, SECOND, 2 * SECOND, 5 * SECOND, 10 * SECOND, 15 * SECOND, 30 * SECOND],
  ...[MINUTE, 2 * MINUTE, 5 * MINUTE, 10 * MINUTE, 15 * MINUTE, 30 * MINUTE],
  ...[HOUR, 2 * HOUR, 6 * HOUR, 12 * HOUR, DAY, 2 * DAY, 7 * DAY],
]

/** Round durations from 0 to the first that is not less than the longest. @param count at most so many steps */
export function durationTicks(longestMs: number, count = 8): number[] {
  const step = STEPS_MS.find((each) => longestMs / each <= count) ?? Math.ceil(longestMs / count / DAY) * DAY
  const steps = Math.max(1, Math.ceil(longestMs / step))
  return Array.from({ length: steps + 1 }, (_, index) => index * step)
}

/** A round duration: `30 s`, `5 min`, `2 h`. */
export function tickWords(ms: number): string {
  if (ms === 0) return '0'
  if (ms < MINUTE) return `${ms / SECOND} s`
  if (ms < HOUR)
    return ms % MINUTE === 0
      ? `${ms / MINUTE} min`
      : `${Math.floor(ms / MINUTE)}:${String((ms % MINUTE) / SECOND).padStart(2, '0')} min`
  return ms < 2 * DAY ? `${ms / HOUR} h` : `${ms / DAY} d`
}

/** A duration of any length, with no more digits than say something: `1.2 s`, `3 h 20 min`, `4 days`. */
export function longWords(ms: number): string {
  if (ms < 2 * DAY) return formatDuration(ms)
  const days = ms / DAY
  return days < 10 ? `${days.toFixed(1)} days` : `${Math.round(days)} days`
}

/** Round moments for the axis of a time, at most so many, with their words: days, and within days hours. */
export function timeTicks(fromMs: number, toMs: number, count = 8): { at: number; words: string }[] {
  const step =
    TIMES_MS.find((each) => (toMs - fromMs) / each <= count) ?? Math.ceil((toMs - fromMs) / count / DAY) * DAY
  const first = Math.ceil(fromMs / step) * step
  const moments = Array.from(
    { length: Math.floor((toMs - first) / step) + 1 },
    (_, index) => first + index * step,
  )
  return moments.map((at, index) => {
    const [day = '', time = ''] = new Date(at).toISOString().slice(0, 16).split('T')
    if (step % DAY === 0) return { at, words: day }
    return { at, words: index === 0 || time === '00:00' ? `${day} ${time}` : time }
  })
}

const TIMES_MS = [
  ...[MINUTE, 5 * MINUTE, 15 * MINUTE, 30 * MINUTE, HOUR, 2 * HOUR, 3 * HOUR, 6 * HOUR, 12 * HOUR],
  ...[DAY, 2 * DAY, 3 * DAY, 7 * DAY, 14 * DAY],
]

/** Round durations for an axis of powers: the first is not above the shortest, the last not below the longest. */
export function powerTicks(shortestMs: number, longestMs: number): number[] {
  const from = POWERS_MS.findLastIndex((tick) => tick <= Math.max(shortestMs, 100))
  const to = POWERS_MS.findIndex((tick) => tick >= Math.max(longestMs, 1000))
  const last = to === -1 ? POWERS_MS.length - 1 : to
  return POWERS_MS.slice(Math.max(0, Math.min(from, last - 1)), last + 1)
}

const POWERS_MS = [
  ...[100, SECOND, 3 * SECOND, 10 * SECOND, 30 * SECOND, MINUTE, 3 * MINUTE, 10 * MINUTE, 30 * MINUTE],
  ...[HOUR, 3 * HOUR, 12 * HOUR, 2 * DAY, 7 * DAY, 30 * DAY, 100 * DAY, 365 * DAY, 3000 * DAY],
]
