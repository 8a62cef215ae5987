import { ATTACKS } from './hostile-host-attacks.ts'
import { attack, makeVictim, type Reader } from './hostile-host-client.ts'

const [readers = 'pipe', pattern = '.', stop] = process.argv.slice(2)
for (const name of Object.keys(ATTACKS)) {
  if (!new RegExp(pattern).test(name)) continue
  for (const reader of readers.split(',') as Reader[]) {
    const victim = makeVictim()
    const exit = ATTACKS[name]?.exit
    const wait = stop !== undefined ? Number(stop) : exit === undefined ? 5000 : undefined
    const r = await attack(victim, { name, reader, ...(wait === undefined ? {} : { stopAfterMs: wait }) })
    victim.remove()
    const ok = r.exitCode === (exit ?? 130)
    console.log(
      `${ok ? 'ok ' : 'BAD'} ${reader} ${name}: exit ${r.exitCode} (${exit}) ${r.peakMegabytes} MB ${r.seconds.toFixed(1)} s left ${r.leftAfterMs?.toFixed(0)} ${r.forbidden.slice(0, 3).join(' ')}`,
    )
    if (!ok || process.env.SHOW) console.log(r.tail.slice(-1500), r.stderr)
  }
}
