import assert from 'node:assert/strict'
import { it } from 'node:test'
import { examineReleases } from '../../../src/operations/doctor/examine-releases.ts'
import { facts, said } from '../support/doctor-told.ts'

const WHERE = { account: 'deploybot', environment: 'production' }
const judge = (...told: [string, string][]) => said(examineReleases(facts(...told), WHERE))

it('says what became of a link that somebody changed', () => {
  const [changed = '', gone = '', ...others] = judge(
    ['current', 'changed /srv/a/current'],
    ['current', 'gone /srv/b/current'],
    ['current', 'odd /srv/c/current'],
  )
  assert.match(changed, /^warning \/srv\/a\/current [a-z]/)
  assert.match(gone, /^broken \/srv\/b\/current [a-z]/)
  assert.deepEqual(others, [])
})

it('says which shared file is missing, or is not one, with what root should run', () => {
  assert.deepEqual(
    judge(
      ['shared-file', 'there /srv/a/shared/.env'],
      ['shared-file', 'odd /srv/a/shared/b'],
      ['shared-file', 'missing /srv/a/shared/c'],
      ['shared-file', 'new-word /srv/a/shared/d'],
    ),
    [
      'ok /srv/a/shared/.env: there; all releases share it',
      'broken /srv/a/shared/b is not a file, or leads to none, and releases share a file there',
      'broken /srv/a/shared/c does not exist, and releases share it: a deploy is refused without it',
    ],
  )
  const [missing] = examineReleases(facts(['shared-file', 'missing /srv/a/shared/c']), WHERE)
  assert.match(missing?.todo ?? '', /^`shipit plan production` says with which commands/)
  const [odd] = examineReleases(facts(['shared-file', 'odd /srv/a/shared/b']), WHERE)
  assert.match(
    odd?.todo ?? '',
    /: `sudo -u deploybot mv -T \/srv\/a\/shared\/b \/srv\/a\/shared\/b\.away`\. Then /,
  )
})
