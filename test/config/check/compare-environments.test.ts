// Environments that have a host in common.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checkConfig } from '../../../src/config/check/check-config.ts'
import { sandbox } from '../../../src/index.ts'
import { complaintsOf, FILE, RIGHT } from '../support/complaints.ts'

function check(environments: object) {
  const { environments: checked, warnings } = checkConfig(FILE, { ...RIGHT, environments })
  return {
    warnings,
    asks: checked.filter((each) => 'confirm' in each && each.confirm).map(({ name }) => name),
  }
}

test('are named, and what one asks the other one asks, too', () => {
  const { warnings, asks } = check({
    staging: { hosts: ['web1', 'web2'] },
    production: { hosts: ['web3', 'web1'], confirm: true },
  })
  assert.deepEqual(warnings, [
    "environments 'staging' and 'production' both have 'web1': a deploy to one replaces 'codebase' of the other (shipit asks before a deploy to either); if you want that, set confirm to true or false in both",
  ])
  assert.deepEqual(asks, ['staging', 'production'])
})

test('are found by the address that is connected to', () => {
  for (const [one, other, isSame] of [
    ['web1', { name: 'w', address: 'web1' }, true],
    ['web1.example.com', 'WEB1.example.com', true],
    [{ name: 'a', address: '192.0.2.1' }, { name: 'b', address: '192.0.2.1' }, true],
    ['web1', 'web2', false],
    [{ name: 'a', address: '192.0.2.1', port: 2201 }, { name: 'b', address: '192.0.2.1', port: 2202 }, false],
    [{ name: 'web1', address: '192.0.2.1' }, { name: 'web1', address: '192.0.2.2' }, false],
  ] as const)
    assert.equal(check({ a: { hosts: [one] }, b: { hosts: [other] } }).warnings.length, isSame ? 1 : 0)
})

test('are left alone where both say whether they ask', () => {
  assert.deepEqual(
    check({ all: { hosts: ['a', 'b'], confirm: true }, canary: { hosts: ['a'], confirm: false } }),
    { warnings: [], asks: ['all'] },
  )
})

test('come after another one that has hosts, and in no circle', () => {
  const hosts = ['web1']
  const told = (environments: object) => complaintsOf({ environments })
  assert.deepEqual(told({ staging: { hosts }, live: { hosts: ['web2'], after: 'staging' } }), [])
  const { environments } = checkConfig(FILE, {
    ...RIGHT,
    environments: { staging: { hosts }, live: { hosts: ['web2'], after: 'staging' } },
  })
  assert.deepEqual(
    environments.map((each) => 'after' in each && each.after),
    [false, 'staging'],
  )
  assert.deepEqual(told({ live: { hosts, after: 'stagin' }, own: sandbox() }), [
    "environments.live.after names 'stagin', and there is no such environment",
  ])
  assert.deepEqual(told({ live: { hosts, after: 'own' }, own: sandbox() }), [
    "environments.live.after names 'own', which is the sandbox",
  ])
  assert.deepEqual(told({ live: { hosts, after: 'live' } }), ["environments.live.after leads back to 'live'"])
  assert.deepEqual(told({ a: { hosts, after: 'b' }, b: { hosts: ['web2'], after: 'a' } }), [
    "environments.a.after leads back to 'a'",
    "environments.b.after leads back to 'b'",
  ])
})
