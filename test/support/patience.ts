// The time limits of tests: as they are where programs start quickly, and longer on a machine that is slow or busy.
import { spawnSync } from 'node:child_process'

/** What it takes at most to start a program and see its end, where limits hold as they are: beside other tests, on a usual machine. */
const USUAL_MS = 10

/** How many times longer than `usualMs` a program takes here and now, at least 1. */
export function slowness(usualMs = USUAL_MS): number {
  const times = Array.from({ length: 9 }, () => {
    const beganMs = performance.now()
    spawnSync('true')
    return performance.now() - beganMs
  })
  const [, , , , median = 0] = times.sort((a, b) => a - b)
  return Math.max(1, median / usualMs)
}

/** A time limit in any unit, longer where this machine is slow just now. A whole number. */
export function patient(limit: number): number {
  return Math.ceil(limit * slowness())
}
