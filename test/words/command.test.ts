import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  deployWords,
  nameAppInCommands,
  nameCommand,
  nameConfigInCommands,
  nameEnvironment,
} from '../../src/words/command.ts'

test('a command names its environment before its flags, if one is known', () => {
  assert.equal(nameCommand('deploy --wait 15m', 'production'), 'shipit deploy production --wait 15m')
  assert.equal(nameCommand('status', undefined), 'shipit status')
})

test('a command names its environment, and the hosts where only some were asked for', () => {
  assert.equal(nameCommand('deploy --wait 15m', undefined), 'shipit deploy --wait 15m')
  const some = nameEnvironment('production', ['web1', 'web2'])
  assert.equal(nameCommand('cancel --now', some), 'shipit cancel production --host web1 --host web2 --now')
  assert.equal(nameCommand('install --out install.sh', some), 'shipit install production --out install.sh')
  assert.equal(nameCommand('status', nameEnvironment('production')), 'shipit status production')
})

test('the same deploy once more has its ref and its flags', () => {
  const ref = { kind: 'branch', name: 'feature/x' } as const
  const flags = [{ name: 'docs' }, { name: 'colour', value: 'red' }]
  assert.equal(deployWords({ ref, flags }), 'deploy --branch feature/x --docs --colour red')
  assert.equal(deployWords({}), 'deploy')
  const older = { ref, commit: '9f66a49d0c1b2a3948576655443322110ffeeddc', back: true }
  assert.equal(deployWords(older), 'deploy --branch feature/x --commit 9f66a49d0c1b --back')
})

test('the same deploy once more goes to the same hosts in the same way', () => {
  const ref = { kind: 'branch', name: 'main' } as const
  assert.equal(
    deployWords({ ref, ways: ['changed', 'outdated', 'partial', 'allow-drift'] }),
    'deploy --branch main --changed --outdated --partial --allow-drift',
  )
})

test('a command names the config, where the person did', () => {
  nameConfigInCommands("../it's/deploy.config.ts")
  nameAppInCommands('web')
  try {
    assert.equal(
      nameCommand('rollback --to 1 --yes', 'production'),
      "shipit rollback production --app web --config '../it'\\''s/deploy.config.ts' --to 1 --yes",
    )
  } finally {
    nameAppInCommands(undefined)
    nameConfigInCommands(undefined)
  }
  assert.equal(nameCommand('status', 'production'), 'shipit status production')
})

test('a command names the app, once it is said that there are several', () => {
  nameAppInCommands('web')
  try {
    assert.equal(nameCommand('status', undefined), 'shipit status --app web')
    const some = nameEnvironment('production', ['web1'])
    assert.equal(
      nameCommand('deploy --wait 15m', some),
      'shipit deploy production --host web1 --app web --wait 15m',
    )
    assert.equal(
      nameCommand('install --out install.sh', some),
      'shipit install production --app web --out install.sh',
    )
  } finally {
    nameAppInCommands(undefined)
  }
  assert.equal(nameCommand('status', 'production'), 'shipit status production')
})
