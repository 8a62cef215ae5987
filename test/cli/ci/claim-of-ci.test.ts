import assert from 'node:assert/strict'
import { test } from 'node:test'
import { claimOfCi } from '../../../src/cli/ci/claim-of-ci.ts'
import { CLAIMED } from '../../../src/protocol/grammar.ts'
import { GITHUB, GITLAB } from '../../support/ci-variables.ts'

test('a job on GitHub names who started it, its run and its workflow', () => {
  assert.equal(
    claimOfCi(GITHUB),
    'actor=octocat,run=https://github.com/octo-org/shop/actions/runs/1658821493/attempts/1,workflow=Deploy_to_production',
  )
  assert.match(claimOfCi({ ...GITHUB, GITHUB_TRIGGERING_ACTOR: 'hubot' }) ?? '', /^actor=hubot,/)
})

test('a job on GitLab names who started it, its page and its name', () => {
  assert.equal(
    claimOfCi(GITLAB),
    'actor=alice,run=https://gitlab.example.com/octo-org/shop/-/jobs/1212,workflow=deploy_production',
  )
})

test('a person says nothing, and so does another CI system', () => {
  assert.equal(claimOfCi({ ...GITHUB, GITHUB_ACTIONS: undefined }), undefined)
  assert.equal(claimOfCi({ CI: 'true' }), undefined)
  assert.equal(claimOfCi({ GITHUB_ACTIONS: 'true' }), undefined)
})

test('whatever the variables hold, the wire takes it, and no value can pass for another one', () => {
  const hostile = [' --now', "x'; id", 'a,actor=root', 'ü\n\x1b[2J', '-x', '='.repeat(300), 'x'.repeat(300)]
  for (const value of hostile) {
    const claim = claimOfCi({
      ...{ GITHUB_ACTIONS: 'true', GITHUB_ACTOR: value, GITHUB_WORKFLOW: value },
      ...{ GITHUB_SERVER_URL: value, GITHUB_REPOSITORY: value, GITHUB_RUN_ID: value },
    })
    assert.match(claim ?? '', CLAIMED)
    assert.match(claim ?? '', /^actor=[^=,]*(?:,run=[^=,]*)?(?:,workflow=[^=,]*)?$/)
  }
})
