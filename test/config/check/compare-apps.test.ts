import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checkConfig } from '../../../src/config/check/check-config.ts'
import { compareApps } from '../../../src/config/check/compare-apps.ts'
import { FILE, RIGHT } from '../support/complaints.ts'

const app = (name: string, changes: object = {}) => checkConfig(FILE, { ...RIGHT, app: name, ...changes })

test('names each app that comes too late to have its name or its account', () => {
  const said = compareApps([app('a'), app('b', { account: 'deploy-b' }), app('a'), app('c')])
  assert.deepEqual(
    said.map(({ path, message }) => [path, message.slice(0, 45)]),
    [
      ['[2].app', 'is also the name of an earlier app in the lis'],
      ['[3].account', "is 'deploybot', which also runs 'a' on 'web1."],
    ],
  )
})

test('the port of a host makes another host of it', () => {
  const on = (port: number) => ({ environments: { production: { hosts: [{ name: 'web1', port }] } } })
  assert.deepEqual(compareApps([app('a', on(22)), app('b', on(2222))]), [])
  assert.equal(compareApps([app('a', on(22)), app('b', on(22))]).length, 1)
})
