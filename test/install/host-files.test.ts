// The one list of what an install makes, and each of its readers against it.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { HOST, LIBEXEC } from '../../src/install/bundle.ts'
import { expectHost } from '../../src/install/expected-host.ts'
import { listHostFiles } from '../../src/install/host-files.ts'
import type { HostSettings } from '../../src/install/host-settings.ts'
import { renderInstallScript, withInstaller } from '../../src/install/install-script.ts'
import { remote } from '../recipe/support/run-shell.ts'
import { EVERY_KIND, FLAGS, someRecipe } from '../recipe/support/some-recipe.ts'

const recipe = someRecipe({ flags: FLAGS, steps: EVERY_KIND })
const settings: HostSettings = {
  people: [{ name: 'ann', group: 'deployers', keys: ['ssh-ed25519 AAAA ann'] }],
  git: { deployKey: true, knownHosts: ['git.example.com ssh-ed25519 AAAA'] },
  sshd: { forceCommand: true },
  sharedAccount: false,
}
const files = listHostFiles(recipe, { remote, version: '0.1.0', settings }, HOST)
const script = withInstaller(renderInstallScript(recipe, remote, '0.1.0', settings))

describe('the list of what an install makes', () => {
  it('has each path once, and each folder before what lies in it', () => {
    const paths = files.map(({ path }) => path)
    assert.deepEqual(paths, [...new Set(paths)])
    for (const [index, path] of paths.entries()) {
      const inside = paths.slice(0, index).find((earlier) => earlier.startsWith(`${path}/`))
      assert.equal(inside, undefined, `${path} comes after ${inside}`)
    }
  })

  it('is what the head of the install script names, line for line', () => {
    const head = script.slice(script.indexOf('# What it makes'), script.indexOf('set -fu'))
    const named = head
      .split('\n')
      .flatMap((line) => /^# +(?:files +|folders +)?(\/[^ ,]+)(?: \(|$)/.exec(line)?.[1] ?? [])
    assert.deepEqual(named.sort(), files.map(({ path }) => path).sort())
  })

  it('is what the script stages, but for what the host makes by itself', () => {
    const staged = [
      ...script.matchAll(
        /^\t(?:want \S+ \S+ \S+|(?:rights \| )?stage_(?:file|installer) \S+ \S+) '?(\/[^'\s]+)/gm,
      ),
    ].map(([, path]) => path)
    const programs = [...script.matchAll(/^\tstage_program (\S+)/gm)].map(([, name]) => `${LIBEXEC}/${name}`)
    const own = files.filter(({ is }) => is !== 'made-there').map(({ path }) => path)
    assert.deepEqual([...staged, ...programs].sort(), own.sort())
  })

  it('is what doctor expects, but for published folders, in which root has a say, and what the host makes', () => {
    const expected = expectHost(recipe, { remote, version: '0.1.0', settings }).files.map(({ path }) => path)
    const own = files.filter(({ is }) => is !== 'made-there' && is !== 'published').map(({ path }) => path)
    assert.deepEqual(expected, own)
  })
})
