import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { test } from 'node:test'

const SOURCE = join(import.meta.dirname, '../../../src/ssh/connection/young-garbage.ts')
/** Makes objects that live for a while, as those of hundreds of hosts do, and prints how large the space of the youngest is. */
const WORK = `import { getHeapSpaceStatistics } from 'node:v8'
const kept = []
for (let made = 0; made < 3_000_000; made++) kept[made % 200_000] = { made }
console.log(getHeapSpaceStatistics().find(({ space_name }) => space_name === 'new_space').space_size)`

function youngBytes(first: string): number {
  const argv = ['--input-type=module', '-e', `${first}\n${WORK}`]
  const { stdout, stderr } = spawnSync(process.execPath, argv, { encoding: 'utf8' })
  assert.match(stdout, /^[0-9]+\n$/, stderr)
  return Number(stdout)
}

test('the space of the youngest objects stays small', () => {
  const kept = youngBytes(
    `import { keepYoungSmall } from ${JSON.stringify(`file://${SOURCE}`)}\nkeepYoungSmall()`,
  )
  const usual = youngBytes('')
  assert.ok(4 * kept <= usual, `${kept} bytes in place of ${usual}`)
})
