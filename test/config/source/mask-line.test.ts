import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { maskLine } from '../../../src/config/source/mask-line.ts'

const LINES: readonly (readonly [title: string, line: string, masked: string])[] = [
  ['keys before a value', "  app: 'x', hosts: [web1],", "  app: '*', hosts: [****],"],
  ['functions', '  steps: [git(), rsync({ from: x })],', '  steps: [git(), rsync({ from: * })],'],
  ['keys of steps and environments', 'mayBeEmpty: 1, knownHostsFile: a', 'mayBeEmpty: *, knownHostsFile: *'],
  ['a keyword at the beginning', '\texport default defineConfig({', '\texport ******* defineConfig({'],
]

describe('of a line it shows', () => {
  for (const [title, line, masked] of LINES) test(title, () => assert.equal(maskLine(line), masked))
})

const HIDDEN: readonly (readonly [title: string, line: string, masked: string])[] = [
  ['texts', "env: { API: 'hunter2' }", "env: { ***: '*******' }"],
  ['what follows a text without its end', ' b: `-hunter2`,', ' *: `********`,'],
  ['curly quotes', '  text: “hunter2 x”,', '  text: ******** **,'],
  ['words without quotes', '  redact: [hunter2-x y],', '  redact: [********* *],'],
  ['patterns', '  redact: [/hunter2(/],', '  redact: [********(*],'],
  ['comments', '// password is hunter2', '** ******** ** *******'],
  ['keys that are a text', "  text: 'git hosts',", "  text: '*** *****',"],
  ['keys within a word', '  text: x-git: -git: git-hosts:', '  text: *****: ****: *********:'],
  ['a word that only begins as a keyword', 'new-x import-y', '***** ********'],
  ['words that are no keyword', 'hunter2 x', '******* *'],
  ['signs of other writing, one for each', 'a: 漢字', '*: **'],
]

describe('it hides', () => {
  for (const [title, line, masked] of HIDDEN)
    test(title, () => {
      assert.equal(maskLine(line), masked)
      assert.equal(maskLine(line).length, line.length)
    })
})
