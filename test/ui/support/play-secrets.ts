// Not a test: a program that shows a deploy whose step prints secrets, a few bytes at a time, for the tests of the terminal's face.
// play-secrets.ts hidden|shown
import { setTimeout } from 'node:timers/promises'
import { chooseFace } from '../../../src/ui/faces/choose-face.ts'
import { hideAll, SECRET_LINES } from '../../support/secrets.ts'
import { failedInRsync, planFor } from './recorded.ts'

if (process.argv[2] === 'hidden') hideAll()
const recorded = failedInRsync('web1', `${SECRET_LINES.join('\n')}\nthe end\n`)
const face = await chooseFace({
  ...planFor('web1'),
  stdout: process.stdout,
  stderr: process.stderr,
  env: process.env,
})
for (const each of recorded.progress) {
  if (each.type !== 'output') void face.show(each)
  else
    for (let at = 0; at < each.bytes.length; at += 3) {
      void face.show({ ...each, bytes: each.bytes.subarray(at, at + 3) })
      // what is painted is what has come by then
      if (at % 9 === 0) await setTimeout(5)
    }
}
await face.end([recorded.outcome])
