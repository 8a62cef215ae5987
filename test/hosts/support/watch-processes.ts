// Looks at what other accounts' tools see of a process and all that it starts: command lines and environments.
import { globSync, readFileSync } from 'node:fs'

/** Words of the command line, and all of it but for shipit's own. */
const ITSELF = 'bin/shipit.js\0'
const STARTED = /^[^\0]*\/node\0[^\0]*bin\/shipit\.js\0/

/** Watches from when it runs shipit until it is told to stop. @returns what was seen in the descendants, and in the command line of the process itself */
export function watchProcesses(pid: number): { stop: () => { count: number; text: string } } {
  const seen = new Map<string, string>()
  const look = () => {
    // what enters the lab's network before that is no part of shipit
    if (!STARTED.test(read(`/proc/${pid}/cmdline`))) return
    const family = new Set([String(pid)])
    for (const stat of globSync('/proc/[0-9]*/stat').sort(byPid)) {
      const [, child = '', parent = ''] = /^([0-9]+) \(.*\) . ([0-9]+)/s.exec(read(stat)) ?? []
      if (!family.has(parent) && !family.has(child)) continue
      family.add(child)
      // a child that has not begun its program yet is a picture of shipit itself
      const words = read(`/proc/${child}/cmdline`)
      const environ = words.includes(ITSELF) || words === '' ? '' : read(`/proc/${child}/environ`)
      seen.set(`${child} ${words} ${environ.length}`, `${words}\n${environ}`)
    }
  }
  const timer = setInterval(look, 15)
  return {
    stop() {
      clearInterval(timer)
      const pids = new Set([...seen.keys()].map((key) => key.split(' ')[0]))
      return { count: pids.size, text: [...seen.values()].join('\n') }
    },
  }
}

function byPid(a: string, b: string): number {
  return Number(a.split('/')[2]) - Number(b.split('/')[2])
}

/** A process may end while it is looked at. */
function read(file: string): string {
  try {
    return readFileSync(file, 'latin1')
  } catch {
    return ''
  }
}
