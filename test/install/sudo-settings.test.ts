import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { describe, test } from 'node:test'
import { renderSudoers } from '../../src/install/render-sudoers.ts'
import { renderAlias, renderFreedom, renderSettings } from '../../src/install/sudo-settings.ts'
import { Folder, whyNot } from '../recipe/support/run-shell.ts'
import { EVERY_KIND, FLAGS, someRecipe } from '../recipe/support/some-recipe.ts'
import { read } from '../support/pages.ts'

const recipe = someRecipe({ app: 'my-app', flags: FLAGS, steps: EVERY_KIND })

describe("sudo's settings for an app", () => {
  test('stand, each with what it does, on the page about what root gives', () => {
    const page = read('docs/what-root-gives.md')
    for (const line of renderSettings(recipe).trim().split('\n')) {
      assert.ok(page.includes(`\n${line.replace('MY_APP', 'CODEBASE')}\n`), line)
      const setting = line.replace(/^\S+ /, '').replace(/^secure_path=.*/, 'secure_path')
      assert.ok(page.includes(`\n| \`${setting}\` `), setting)
    }
  })

  test('are for each command of its sudoers file, with the words that it has there', () => {
    const commands = renderSudoers(recipe)
      .text.split('\n')
      .flatMap((line) => line.split(' NOPASSWD: ')[1] ?? [])
    const alias = renderAlias(recipe)
    assert.match(
      alias,
      /^Cmnd_Alias SHIPIT_MY_APP = \/usr\/local\/libexec\/shipit\/runner, \/usr\/local\/libexec\/shipit\/as-root \//,
    )
    assert.deepEqual(alias.trim().split(' = ')[1]?.split(', '), [...new Set(commands)])
  })

  test('are one a line: no environment of the caller, a fixed search path', () => {
    assert.equal(
      renderSettings(recipe),
      `Defaults!SHIPIT_MY_APP env_reset
Defaults!SHIPIT_MY_APP !setenv
Defaults!SHIPIT_MY_APP !env_keep
Defaults!SHIPIT_MY_APP !env_check
Defaults!SHIPIT_MY_APP secure_path="/usr/sbin:/usr/bin:/sbin:/bin"
Defaults!SHIPIT_MY_APP use_pty
Defaults!SHIPIT_MY_APP !runchroot
Defaults!SHIPIT_MY_APP !runcwd
Defaults!SHIPIT_MY_APP closefrom=3
Defaults!SHIPIT_MY_APP !closefrom_override
Defaults!SHIPIT_MY_APP !preserve_groups
`,
    )
    assert.match(renderFreedom(recipe), /^requiretty Defaults!SHIPIT_MY_APP !requiretty$/m)
  })

  test('are accepted by visudo', { skip: whyNot('visudo', ['-V']) }, () => {
    using folder = new Folder()
    const text = [
      renderSudoers(recipe).text,
      renderAlias(recipe),
      renderSettings(recipe),
      renderFreedom(recipe).replaceAll(/^\S+ /gm, ''),
    ]
    const file = folder.write('sudoers', text.join(''), 0o440)
    const run = spawnSync('visudo', ['-c', '-s', '-f', file], { encoding: 'utf8' })
    assert.equal(run.status, 0, `${run.error ?? ''}${run.stdout}${run.stderr}`)
  })
})
