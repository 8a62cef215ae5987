// The steps of the story: what a step does, and what must be true after it.
import assert from 'node:assert/strict'
import type { Story } from './story.ts'

/** What each deploy that changes webcode.py must show where SELinux is on: the label is put back, and that is said. */
const RELABELED = /Relabeled \/var\/codebase\/src\/webcode\.py from \S+ to \S+:httpd_sys_script_exec_t:/

export const STEPS: readonly [name: string, step: (story: Story) => Promise<void>][] = [
  ['install', install],
  ['doctor', doctor],
  ['deploy', deploy],
  ['deploy of nothing', deployNothing],
  ['rollback', rollBack],
  ['a service', serve],
  ["a person's key", leave],
  ['uninstall', uninstall],
]

/** As the administrator does it: by ssh and sudo. Afterwards there is nothing to change. */
async function install(story: Story): Promise<void> {
  assert.match(await story.shipit('install', 'production', '--to', story.admin, '--yes'), /install: done/)
  await story.check()
}

async function doctor(story: Story): Promise<void> {
  for (const environment of ['production', 'team']) {
    const told = await story.shipit('doctor', environment, '--prove')
    const others = told.split('\n').filter((line) => !story.hole || !line.includes(story.hole))
    assert.equal(others.length < told.split('\n').length, story.hole !== undefined)
    assert.doesNotMatch(others.join('\n'), /broken|warning:/)
  }
}

/** By carol, whose account the install has made, and with the docs: a build under an account of its own. */
async function deploy(story: Story): Promise<void> {
  const shown = await story.shipit('deploy', 'production', '--docs')
  assertShown(story, shown, { isChanged: true })
  assert.equal(await story.page('/app'), 'master 4')
  assert.match(await story.page('/'), /This is branch master/)
  await story.check()
}

/** By alice, who has a shell and is in the group. No file is written. */
async function deployNothing(story: Story): Promise<void> {
  const before = await story.published()
  const shown = await story.shipit('deploy', 'team')
  assertShown(story, shown, { isChanged: false })
  assert.equal(await story.published(), before)
  await story.check()
}

async function rollBack(story: Story): Promise<void> {
  assertShown(story, await story.shipit('deploy', 'production', '--branch', 'x'), { isChanged: true })
  assert.equal(await story.page('/app'), 'x 3')
  assertShown(story, await story.shipit('rollback', 'production', '--yes'), { isChanged: true })
  assert.equal(await story.page('/app'), 'master 4')
  await story.check()
}

/** A unit that a reload ends fails the deploy, though systemctl was content. What systemd can't do, the install refuses. */
async function serve(story: Story): Promise<void> {
  assert.match(
    await story.shipit('deploy', 'production'),
    /shop\.service is active, and has been for 3 s without a restart/,
  )
  const broken = await story.shipitWhileReloadsBreak('deploy', 'production')
  assert.equal(broken.status, 1, broken.stdout + broken.stderr)
  assert.match(
    broken.stdout + broken.stderr,
    /shop\.service: .* after 'systemctl reload'[\s\S]*journalctl -u shop\.service -n 50/,
  )
  for (const [step, said] of [
    ["service('no-such-shop', 'restart')", /this host has no such unit: make it/],
    ["service('shop-still', 'reload')", /cannot be reloaded: give the unit ExecReload=/],
    ["service('shop-theirs', 'restart')", /deploys can write \/etc\/systemd\/system\/shop-theirs\.service/],
  ] as const) {
    story.write({ people: story.carol, steps: step })
    const refused = await story.tryInstall()
    assert.equal(refused.status, 1, refused.stdout + refused.stderr)
    assert.match(refused.stdout + refused.stderr, said)
  }
  story.write({ people: story.carol })
  await story.shipit('deploy', 'production')
  await story.check()
}

/** carol's key gives the gate and nothing else; out of the config and installed again, it gives nothing. */
async function leave(story: Story): Promise<void> {
  assert.equal((await story.tryOn('id', 'carol')).status, 77)
  story.write({ people: {} })
  assert.match(await story.shipit('install', 'production', '--to', story.admin, '--yes'), /install: done/)
  assert.equal((await story.tryOn('id', 'carol')).status, 255)
  await story.check()
}

/** What is published stays, and the web server goes on. */
async function uninstall(story: Story): Promise<void> {
  const told = await story.shipit('uninstall', 'production', '--to', story.admin, '--yes')
  assert.match(told, /uninstall: done/)
  assert.equal(await story.left(), '')
  assert.equal(await story.page('/app'), 'master 4')
}

/** The output of each step is there. */
function assertShown(story: Story, shown: string, { isChanged }: { isChanged: boolean }): void {
  if (!story.hasSelinux) return
  if (isChanged) assert.match(shown, RELABELED)
  assert.match(shown, /Would relabel \/srv\/wrong-label from/)
}
