// Finding the config, from a folder upwards.
import assert from 'node:assert/strict'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { findConfig } from '../../../src/config/load/find-config.ts'
import { Folder } from '../../recipe/support/run-shell.ts'

const MOVE = 'Move its content to deploy.config.ts, which is a program: export default defineConfig({ … })'

describe('where there is no config', () => {
  for (const [name, text, what, suggestion] of [
    ['deploy.config.json', '{}', undefined, MOVE],
    [
      'deploy.config.cjs',
      'module.exports = {}',
      undefined,
      "Rename it to deploy.config.mjs, and write 'export default' in place of 'module.exports ='.",
    ],
    ['package.json', '{ "name": "x", "deploy": {} }', "the key 'deploy' of ", MOVE],
  ] as const) {
    test(`${name} is named, and what to do with it`, () => {
      using folder = new Folder()
      folder.write(name, text)
      const sub = join(folder.path, 'sub')
      mkdirSync(sub)
      assert.throws(() => findConfig(sub), {
        message: `no deploy.config.ts in '${sub}' or a folder above it: shipit does not read ${what ?? ''}'${join(folder.path, name)}'`,
        suggestions: [suggestion],
        exitCode: 78,
      })
    })
  }

  test('a package.json that is broken, or is about something else, is not named', () => {
    for (const text of ['{', '{ "name": "deploy" }', 'null']) {
      using folder = new Folder()
      folder.write('package.json', text)
      assert.throws(() => findConfig(folder.path), {
        message: `no deploy.config.ts in '${folder.path}' or a folder above it`,
      })
    }
  })
})
