import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { Command, Flags } from '@oclif/core'
import { loadCommands, renderReference } from '../../build/reference.ts'

const root = join(import.meta.dirname, '../..')
const page = readFileSync(join(root, 'docs/reference/commands.md'), 'utf8')

test('the page of commands is not stale; if it is, run `node build/reference.ts`', async () => {
  assert.equal(page, renderReference(page, await loadCommands(root)))
})

class Plant extends Command {
  static override summary = 'Plant a tree.'
  static override flags = {
    kind: Flags.string({ char: 'k', summary: 'oak | ash', helpValue: 'KIND', exclusive: ['any'] }),
    any: Flags.boolean({ summary: 'whichever is there', exclusive: ['kind'] }),
    at: Flags.string({ summary: 'where', helpValue: 'PLACE', required: true, multiple: true }),
  }
  async run(): Promise<void> {}
}

test('a command gets its usage and flags after its heading, and what else is there stays', () => {
  const [, before, list, after, own] = /^(.*)(\| \[`shipit plant.*?\n)(.*)(## plant.*)$/s.exec(
    renderReference('# Commands\n\nText.\n\n## plant\n\nHow to dig.\n', new Map([['plant', Plant]])),
  ) as RegExpExecArray
  assert.match(`${before}${after}`, /^# Commands\n.*\nText\.\n\n$/s)
  assert.match(`${list}`, /^\| \[`shipit plant`\]\(#plant\) \| Plant a tree\. \|$/m)
  assert.equal(
    own,
    `## plant

<!-- written by build/reference.ts -->

\`\`\`
shipit plant [--kind KIND | --any] --at PLACE...
\`\`\`

| flag              | means              |
| ----------------- | ------------------ |
| \`-k, --kind KIND\` | oak \\| ash         |
| \`--any\`           | whichever is there |
| \`--at PLACE\`      | where              |

<!-- until here -->

How to dig.
`,
  )
})

test('a command without a heading gets one, and a second run changes nothing', () => {
  const commands = new Map([['plant', Plant]])
  const once = renderReference('# Commands\n', commands)
  assert.match(once, /\n## plant\n/)
  assert.equal(renderReference(once, commands), once)
})
