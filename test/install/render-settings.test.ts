// What a config asks of a host besides the recipe, as files.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { checkSteps } from '../../src/config/check/check-steps.ts'
import { type HostSettings, PLAIN_HOST } from '../../src/install/host-settings.ts'
import {
  renderInstallScript,
  renderUninstallScript,
  withInstaller,
} from '../../src/install/install-script.ts'
import { policyGroups, renderGitAccess, renderGrants, renderKeys } from '../../src/install/render-settings.ts'
import { releases } from '../../src/recipe/steps.ts'
import { Folder, remote, runShell } from '../recipe/support/run-shell.ts'
import { EVERY_KIND, FLAGS, someRecipe } from '../recipe/support/some-recipe.ts'
import { SHELLS, whyNotShell } from '../remote/support/rendered-host.ts'

const recipe = someRecipe({ app: 'unit-test-app', flags: FLAGS, steps: EVERY_KIND })
const settings: HostSettings = {
  people: [
    {
      name: 'alice',
      group: 'deployers',
      keys: ['ssh-ed25519 AAAA1 alice@laptop', 'ssh-ed25519 AAAA2 alice@home'],
    },
    { name: 'ci', group: 'deployers', keys: ['ssh-ed25519 AAAA3 ci'] },
  ],
  git: { deployKey: true, knownHosts: ['git.example.com ssh-ed25519 AAAA4'] },
  sshd: { forceCommand: true },
  sharedAccount: false,
}
const scripts = {
  install: withInstaller(renderInstallScript(recipe, remote, '0.1.0', settings)),
  uninstall: withInstaller(renderUninstallScript('unit-test-app', remote, '0.1.0', { purge: false })),
  purge: withInstaller(renderUninstallScript('unit-test-app', remote, '0.1.0', { purge: true })),
}

test('the groups of the policy are named once each, in their order', () => {
  const rule = { branches: ['*'], tags: ['*'], verbs: ['deploy'] as const }
  const allow = ['web', 'ops', 'web'].map((group) => ({ ...rule, group }))
  assert.deepEqual(policyGroups({ ...recipe, allow }), ['web', 'ops'])
})

test('the grants are one fact on a line, of words without blanks', () => {
  const { path, text, mode, group } = renderGrants(recipe, settings)
  assert.equal(path, '/etc/shipit/apps/unit-test-app/grants')
  assert.deepEqual([mode, group], ['0640', 'deploybot'], 'readable for root and the app alone')
  assert.match(
    renderGrants(recipe, { ...settings, sharedAccount: true }).text,
    /^deploys-as deploybot shared$/m,
  )
  for (const line of [
    'group deployers',
    'deploys-as deploybot alone',
    'account build-unit-test-app',
    'person alice deployers',
    'person ci deployers',
    'force deployers',
    'published /var/x/src',
    'service reload shop.service',
  ]) {
    assert.ok(text.split('\n').includes(line), `${line}\n${text}`)
  }
  const { steps } = checkSteps(releases({ root: '/srv/a', shared: ['up', { file: 'c/.env' }] }), {})
  const shared = renderGrants(someRecipe({ steps }), PLAIN_HOST).text
  assert.match(shared, /^shared-file \/srv\/a c\/\.env$/m)
  assert.equal(shared.match(/shared-file/g)?.length, 1)
  assert.doesNotMatch(
    text,
    /^(?!group|deploys-as|account|person|force|published|service|repository|label|$)/m,
  )
  assert.doesNotMatch(renderGrants(recipe, PLAIN_HOST).text, /person|force/)
})

test('the keys of a person are a file of their own, readable for root alone', () => {
  assert.deepEqual(renderKeys('codebase', settings), [
    {
      path: '/etc/shipit/apps/codebase/people/alice',
      mode: '0600',
      text: 'ssh-ed25519 AAAA1 alice@laptop\nssh-ed25519 AAAA2 alice@home\n',
    },
    { path: '/etc/shipit/apps/codebase/people/ci', mode: '0600', text: 'ssh-ed25519 AAAA3 ci\n' },
  ])
})

test("git's ssh asks no question, trusts the named keys alone, and uses the app's own key", () => {
  const [known, config, wrapper] = renderGitAccess('codebase', settings)
  assert.equal(known?.text, 'git.example.com ssh-ed25519 AAAA4\n')
  for (const line of [
    'BatchMode yes',
    'StrictHostKeyChecking yes',
    'IdentitiesOnly yes',
    'UserKnownHostsFile /etc/shipit/apps/codebase/git/known_hosts',
    'IdentityFile /etc/shipit/apps/codebase/git/key',
  ]) {
    assert.ok(config?.text.includes(`    ${line}\n`), line)
  }
  assert.match(wrapper?.text ?? '', /^exec ssh -F \/etc\/shipit\/apps\/codebase\/git\/ssh_config "\$@"$/m)
  assert.deepEqual(renderGitAccess('codebase', PLAIN_HOST), [])
})

test('the head of each script says what it will do', () => {
  assert.match(scripts.install, /^# {5}alice: SHA256:\S{43} alice@laptop \(ed25519\)$/m)
  assert.match(
    scripts.install,
    /^# It also makes the accounts above, and has sshd read its settings again\. Nothing else is changed/m,
  )
  assert.match(scripts.uninstall, /no history: that goes to \/var\/lib\/shipit\/uninstalled\/unit-test-app/)
  assert.match(scripts.purge, /its history, and the published folders that shipit created/)
  assert.match(scripts.purge, /\nPURGE='yes'\n/)
})

test('the uninstall script holds nothing of a recipe', () => {
  const { own } = renderUninstallScript('unit-test-app', remote, '0.1.0', { purge: false })
  assert.doesNotMatch(own.join('\n'), /recipe_steps|SHIPIT_END_OF_FILE|stage_app/)
})

describe('the scripts', { concurrency: true }, () => {
  for (const shell of Object.keys(SHELLS)) {
    test(`are sh for ${shell}`, { skip: whyNotShell(shell) }, async () => {
      using folder = new Folder()
      for (const text of Object.values(scripts)) {
        const run = await runShell(shell, ['-n', folder.write('script.sh', text)])
        assert.deepEqual([run.status, run.stderr], [0, ''])
      }
    })
  }
})
