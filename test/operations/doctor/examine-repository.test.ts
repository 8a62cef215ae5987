import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { examineRepository } from '../../../src/operations/doctor/examine-repository.ts'
import { EXPECTED, facts, said } from '../support/doctor-told.ts'

const PATH = '/srv/git/codebase.git'
const REPOSITORY = { path: PATH, reader: 'read-codebase', hasRefRules: false }
const ABOVE: [string, string][] = [
  ['reader', 'read-codebase'],
  ['repository', 'drwxr-xr-x root:root /srv/git'],
  ['repository', 'drwxrwxrwt root:root /srv'],
]

describe('a repository on the host', () => {
  const judge = (
    places: readonly string[],
    more: Partial<typeof REPOSITORY> = {},
    groups = 'read-codebase',
  ) =>
    said(
      examineRepository(
        facts(
          ...ABOVE.map(([name, value]): [string, string] => [name, name === 'reader' ? groups : value]),
          ...places.map((place): [string, string] => ['repository', place]),
        ),
        { ...EXPECTED, repository: { ...REPOSITORY, ...more } },
      ),
    )

  it('is none of doctor’s business where it is on another host', () =>
    assert.deepEqual(examineRepository(facts(...ABOVE), EXPECTED), []))

  it('is fine where only root may write it', () =>
    assert.deepEqual(judge([`drwxr-xr-x root:root ${PATH}`, `-rw-r--r-- root:git ${PATH}/HEAD`]), [
      `ok repository: only root may write ${PATH} without git`,
    ]))

  it('is said to be in the hands of those who may write it; a warning where the policy names branches', () => {
    const places = [`drwxrwsr-x git:deployers ${PATH}`, `-rw-rw-rw- root:root ${PATH}/config`]
    const text = `git, the group deployers, everybody may write ${PATH} without git, and so can move each of its branches and tags`
    assert.deepEqual(judge(places), [`ok repository: ${text}`])
    assert.deepEqual(judge(places, { hasRefRules: true }), [`warning ${text}`])
    assert.deepEqual(judge([`lrwxrwxrwx root:root ${PATH}`]), [
      `ok repository: only root may write ${PATH} without git`,
    ])
  })

  it('cannot be read where neither others nor the groups of its reader may', () => {
    const closed = [`drwxr-x--- root:git ${PATH}`, `-rw-r----- root:git ${PATH}/HEAD`]
    assert.equal(
      judge(closed)[0],
      `warning read-codebase cannot read ${PATH}, by its mode and group (drwxr-x--- root:git)`,
    )
    assert.equal(judge(closed, {}, 'read-codebase git').length, 1)
    assert.match(judge([`drwx---r-x root:git ${PATH}`], {}, 'read-codebase git')[0] ?? '', /cannot read/)
  })

  it('is broken without the account that reads it', () =>
    assert.deepEqual(judge([], {}, 'missing'), [
      `broken the account read-codebase, which reads ${PATH}, does not exist`,
    ]))
})
