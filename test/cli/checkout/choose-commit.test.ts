import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { commitOfCi, findCommit } from '../../../src/cli/checkout/choose-commit.ts'
import type { ShipitError } from '../../../src/errors.ts'

const SHA = '9f66a49d0c1b2a3948576655443322110ffeeddc'

describe('the commit that a person names', () => {
  const folder = mkdtempSync(join(tmpdir(), 'shipit-commit-'))
  after(() => rmSync(folder, { recursive: true, force: true }))
  const git = (...words: string[]) =>
    execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@localhost', ...words], {
      cwd: folder,
      encoding: 'utf8',
    }).trim()
  git('init', '-q')
  git('commit', '-q', '--allow-empty', '-m', 'a commit')
  const head = git('rev-parse', 'HEAD')
  git('branch', 'face')
  const fails = (text: string, where = folder) =>
    findCommit(where, text).then(
      (found) => assert.fail(found),
      (error: ShipitError) => error,
    )

  test('is taken whole, whether the checkout has it or not', async () => {
    assert.equal(await findCommit(folder, SHA.toUpperCase()), SHA)
    assert.equal(await findCommit(join(folder, 'none'), SHA), SHA)
  })

  test('is found by how its id begins', async () => {
    assert.equal(await findCommit(folder, head.slice(0, 7)), head)
  })

  test('is no branch, no other word, and none that the checkout does not have', async () => {
    for (const text of ['face', `${head.slice(0, 4) === '0000' ? 'ffff' : '0000'}`]) {
      const error = await fails(text)
      assert.match(error.message, /^this checkout has no commit, or more than one, whose id begins with/)
      assert.equal(error.exitCode, 2)
    }
    for (const text of ['HEAD', 'abc', '', `${SHA}0^`, '--all'])
      assert.match((await fails(text)).message, /is not a commit id/)
    assert.match((await fails(head.slice(0, 7), tmpdir())).message, /has no commit/)
  })

  test('is not known where the checkout belongs to another account: git refuses it, and says how to allow it', async () => {
    // git's own tests have it
    process.env.GIT_TEST_ASSUME_DIFFERENT_OWNER = '1'
    try {
      const error = await fails(head.slice(0, 7))
      assert.equal(
        error.message,
        `git refuses the checkout of '${folder}', since it belongs to another account`,
      )
      assert.match(
        error.suggestions.join(),
        /allow it: git config --global --add safe\.directory \/.*shipit-commit-/,
      )
      assert.equal(error.exitCode, 69)
    } finally {
      delete process.env.GIT_TEST_ASSUME_DIFFERENT_OWNER
    }
  })
})

describe('the commit of a CI job', () => {
  const branch = { kind: 'branch', name: 'main' } as const
  const tag = { kind: 'tag', name: 'v1' } as const
  const github = {
    GITHUB_ACTIONS: 'true',
    GITHUB_SHA: SHA,
    GITHUB_REF_TYPE: 'branch',
    GITHUB_REF_NAME: 'main',
  }
  const gitlab = { GITLAB_CI: 'true', CI_COMMIT_SHA: SHA, CI_COMMIT_BRANCH: 'main' }

  test('is the one that it has checked out, if it is for the branch or tag that is deployed', () => {
    assert.equal(commitOfCi(branch, github), SHA)
    assert.equal(commitOfCi(branch, gitlab), SHA)
    assert.equal(commitOfCi(tag, { ...github, GITHUB_REF_TYPE: 'tag', GITHUB_REF_NAME: 'v1' }), SHA)
    assert.equal(commitOfCi(tag, { GITLAB_CI: 'true', CI_COMMIT_SHA: SHA, CI_COMMIT_TAG: 'v1' }), SHA)
  })

  test('is not taken for another branch, a pull request, or outside of a job', () => {
    const none = (env: NodeJS.ProcessEnv, ref: Parameters<typeof commitOfCi>[0] = branch) =>
      assert.equal(commitOfCi(ref, env), undefined)
    none({ ...github, GITHUB_REF_NAME: '12/merge' })
    none({ ...github, GITHUB_ACTIONS: undefined })
    none({ ...gitlab, CI_COMMIT_BRANCH: undefined })
    none({ ...gitlab, GITLAB_CI: undefined })
    none({ ...gitlab, CI_COMMIT_SHA: 'x' })
    none(github, tag)
    none({})
  })
})
