import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checkConfig } from '../../../src/config/check/check-config.ts'
import { compareApps } from '../../../src/config/check/compare-apps.ts'
import { git, rsync } from '../../../src/index.ts'
import { FILE, RIGHT } from '../support/complaints.ts'

const app = (name: string, changes: object = {}) => ({
  name,
  config: checkConfig(FILE, { ...RIGHT, app: name, steps: to(`/srv/${name}/`), ...changes }),
})
const to = (folder: string, options: object = {}) => [
  git(),
  rsync({ from: 'src/', to: folder, delete: true, ...options }),
]

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

test('two apps of a host can fill neither the same folder nor one in the other', () => {
  const two = (steps: object) =>
    compareApps([app('a', { steps: to('/srv/a/') }), app('b', { account: 'deploy-b', steps })])
  assert.deepEqual(two(to('/srv/a/')), [
    {
      path: '[1].steps[1].to',
      message:
        "is also the folder of step 'rsync src' of 'a': each deploy of 'rsync src' or 'rsync src' of 'a' could delete or overwrite what " +
        'the other published; give one of them a different folder',
    },
  ])
  assert.match(
    two(to('/srv/a/b/'))[0]?.message ?? '',
    /^lies in '\/srv\/a', the folder of step 'rsync src' of 'a': .* add exclude: \['\/b\/'\] to 'rsync src' of 'a'$/,
  )
  assert.deepEqual(two(to('/srv/b/')), [])
  const apart = { environments: { production: { hosts: ['web2'] } } }
  assert.deepEqual(compareApps([app('a'), app('b', { ...apart, steps: to('/srv/a/') })]), [])
  const left = app('a', { steps: to('/srv/a/', { exclude: ['/b/'] }) })
  assert.deepEqual(compareApps([left, app('b', { account: 'deploy-b', steps: to('/srv/a/b/') })]), [])
})
