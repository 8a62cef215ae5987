import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { checkSteps } from '../../src/config/check/check-steps.ts'
import { HOST, renderPrograms } from '../../src/install/bundle.ts'
import { expectHost } from '../../src/install/expected-host.ts'
import { type HostSettings, PLAIN_HOST } from '../../src/install/host-settings.ts'
import { renderInstallScript, withoutInstaller } from '../../src/install/install-script.ts'
import { REMOTE_NAMES } from '../../src/install/remote-parts.ts'
import { renderSudoers } from '../../src/install/render-sudoers.ts'
import type { Recipe } from '../../src/recipe/recipe.ts'
import {
  check,
  command,
  git,
  make,
  releases,
  restorecon,
  root,
  rsync,
  shell,
  type WrittenSteps,
} from '../../src/recipe/steps.ts'

const remote = Object.fromEntries(
  REMOTE_NAMES.map((name) => [
    name,
    readFileSync(join(import.meta.dirname, `../../remote/${name}.sh`), 'utf8'),
  ]),
)

function recipeOf(...steps: WrittenSteps): Recipe {
  const allow = [{ group: 'deployers', branches: ['*'], tags: ['*'], verbs: [] }]
  return {
    app: 'codebase',
    account: 'deploybot',
    repository: '/srv/git/codebase.git',
    flags: {},
    allow,
    steps: checkSteps(steps, {}).steps,
  }
}

function expectOf(recipe: Recipe, settings: HostSettings = PLAIN_HOST) {
  return expectHost(recipe, { remote, version: '1.2.3', settings })
}

const FULL = recipeOf(
  git(),
  rsync({ from: 'src/', to: '/var/codebase/src/', delete: true }),
  root(['/usr/sbin/apachectl', 'restart']),
  make('html', { in: 'doc', out: '_build', as: 'build' }),
)

describe('what is expected of a host', () => {
  it('is each program with the checksum of what is rendered', () => {
    const { files } = expectOf(FULL)
    for (const { path, text } of renderPrograms(remote, HOST, '1.2.3')) {
      const sum = createHash('sha256').update(text).digest('hex')
      assert.deepEqual(
        files.find((file) => file.path === path),
        { path, mode: '0755', owner: 'root:root', sum },
      )
    }
  })

  it('is the lock, the state and the build folder with their owners', () => {
    const { files } = expectOf(FULL)
    const ownerOf = (path: string) => files.find((file) => file.path === path)?.owner
    assert.equal(ownerOf('/etc/shipit/apps/codebase/lock'), 'root:deploybot')
    assert.equal(ownerOf('/var/lib/shipit/apps/codebase'), 'deploybot:deploybot')
    assert.equal(ownerOf('/var/lib/shipit/build/codebase'), 'root:build-codebase')
  })

  it("is each key, ssh's settings for git and what the app was granted, as the config says", () => {
    const settings: HostSettings = {
      ...PLAIN_HOST,
      people: [{ name: 'ann', group: 'deployers', keys: ['ssh-ed25519 AAAA ann'] }],
      git: { deployKey: true, knownHosts: [] },
    }
    const { files } = expectOf(FULL, settings)
    const app = '/etc/shipit/apps/codebase'
    const keys = files.find(({ path }) => path === `${app}/people/ann`)
    const sum = createHash('sha256').update('ssh-ed25519 AAAA ann\n').digest('hex')
    assert.deepEqual(keys, { path: `${app}/people/ann`, mode: '0600', owner: 'root:root', sum })
    for (const path of [`${app}/grants`, `${app}/git/ssh_config`])
      assert.ok(files.find((file) => file.path === path)?.sum, path)
  })

  it('is of sudo what the sudoers file gives the account, in the words of sudo -l', () => {
    const { sudoLines } = expectOf(FULL)
    const written = renderSudoers(FULL)
      .text.split('\n')
      .flatMap((line) => /^deploybot ALL=(\(.*)$/.exec(line)?.[1] ?? [])
    assert.deepEqual([...sudoLines], written)
    assert.deepEqual(
      expectOf({ ...recipeOf(git()), repository: 'git@git.example.com:codebase.git' }).sudoLines,
      [],
    )
  })

  it('is the repository with the account that reads it, where it is on the host', () => {
    const reads = (recipe: Recipe) => expectOf(recipe).repository
    const here = { path: '/srv/git/codebase.git', reader: 'read-codebase' }
    assert.deepEqual(reads(FULL), { ...here, hasRefRules: false })
    const allow = [{ group: 'deployers', branches: ['x'], tags: ['*'], verbs: [] }]
    assert.deepEqual(reads({ ...FULL, allow }), { ...here, hasRefRules: true })
    assert.equal(reads({ ...FULL, repository: 'git@git.example.com:codebase.git' }), undefined)
  })

  it('is the programs that the steps need', () => {
    const names = expectOf(FULL).programs.map((each) => each.join('|'))
    assert.deepEqual(names, ['flock', 'setsid', 'timeout', 'tar', 'od', 'awk', 'git', 'rsync', 'make'])
    assert.ok(!expectOf(recipeOf(git())).programs.flat().includes('rsync'))
  })
})

/** Programs that only the install itself needs. */
const OF_INSTALL = ['visudo', 'sudo', 'getent', 'stat', 'sha256sum', 'mktemp', 'install']

const BY_KIND: Record<string, { steps: WrittenSteps; programs: string[] }> = {
  git: { steps: [git()], programs: ['git'] },
  rsync: { steps: [rsync({ from: 'src/', to: '/srv/x/src/', delete: true })], programs: ['rsync'] },
  'a command': { steps: [command(['npm', 'ci'])], programs: [] },
  'a command of the build account': { steps: [command(['npm', 'ci'], { as: 'build' })], programs: [] },
  'make as the deploy account': { steps: [make('all')], programs: ['make'] },
  'make as the build account': { steps: [make('all', { as: 'build' })], programs: ['make'] },
  shell: { steps: [shell('a | b', { as: 'build' })], programs: [] },
  root: { steps: [root(['/usr/sbin/apachectl', 'restart'])], programs: [] },
  restorecon: { steps: [restorecon('/srv/x/src/app.py')], programs: [] },
  releases: { steps: releases({ root: '/srv/x' }), programs: ['rsync'] },
  check: { steps: [check('http://localhost/')], programs: ['curl|wget'] },
}

describe('the install script demands the programs that doctor looks for', () => {
  // what the host tells doctor of; a program that it does not name would be told as missing
  const told = /for tool in (.*); do/.exec(remote['runner/doctor'] ?? '')?.[1]?.split(' ') ?? []

  for (const [kind, { steps, programs }] of Object.entries(BY_KIND)) {
    it(`of ${kind}`, () => {
      const recipe = recipeOf(...steps)
      const script = withoutInstaller(renderInstallScript(recipe, remote, '1.2.3'))
      const needed = (/^NEEDED='(.*)'$/m.exec(script)?.[1]?.split(' ') ?? []).filter(
        (name) => !OF_INSTALL.includes(name),
      )
      const expected = expectOf(recipe).programs
      assert.deepEqual(
        needed,
        expected.map((names) => names.join('|')),
      )
      assert.deepEqual(needed.slice(6), programs)
      assert.deepEqual(
        expected.flat().filter((name) => !told.includes(name)),
        [],
      )
    })
  }
})
