// A repository on the host that deployers may write: what they put into it reads nothing that they could not read themselves.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { makeRunId } from '../../src/protocol/request.ts'
import { patient } from '../support/patience.ts'
import { isWhole, shortForm } from '../support/whole.ts'
import { hostsSuite, type RunResult } from './support/lab.ts'
import { Project } from './support/project.ts'

const GIT = '/srv/git'
const REPOSITORY = `${GIT}/codebase.git`
/** The deploy account's own, closed to all others. */
const SECRET = `${GIT}/secret.git`
const SITE = '/var/codebase/src'
const PWNED = '/tmp/pwned'
const LIMIT_SECONDS = patient(4)

/** What alice does in the repository before she deploys the branch `leak`; `$id` is the secret commit. */
const ATTACKS: Record<string, string> = {
  'alternates and a symlinked ref': `echo ${SECRET}/objects >objects/info/alternates
    ln -s ${SECRET}/refs/heads/master refs/heads/leak`,
  'alternates and the id of a commit': `echo ${SECRET}/objects >objects/info/alternates; echo $id >refs/heads/leak`,
  'objects that are a symlink': `mv objects away; ln -s ${SECRET}/objects objects; echo $id >refs/heads/leak`,
  'one folder of objects that is a symlink': `rm -rf objects/pack; ln -s ${SECRET}/objects/pack objects/pack
    echo $id >refs/heads/leak`,
  'refs that are a symlink': `rm -rf refs packed-refs; ln -s ${SECRET}/refs refs
    echo ${SECRET}/objects >objects/info/alternates`,
  'packed-refs that are a symlink': `rm -f packed-refs; ln -s ${SECRET}/packed-refs packed-refs
    echo ${SECRET}/objects >objects/info/alternates`,
  'a symbolic ref that leads out': `echo 'ref: ../../${SECRET}/refs/heads/master' >refs/heads/leak
    echo ${SECRET}/objects >objects/info/alternates`,
  'HEAD and config that are symlinks': `rm -f HEAD config; ln -s ${SECRET}/HEAD HEAD; ln -s ${SECRET}/config config
    ln -s ${SECRET}/refs/heads/leak refs/heads/leak`,
  'a commondir file': `echo ${SECRET} >commondir; rm -rf objects refs packed-refs`,
  'a gitdir file': `echo 'gitdir: ${SECRET}' >.git; rm -f HEAD`,
  'a gitdir file beside a whole repository': `echo 'gitdir: ${SECRET}' >.git`,
  'a config that includes another': `printf '[include]\\n\\tpath = ${SECRET}/config\\n' >>config; echo $id >refs/heads/leak`,
  'a partial clone that fetches what is missing': `printf '%s\\n' '[core]' 'repositoryformatversion = 1' '[extensions]' \\
      'partialClone = o' '[remote "o"]' 'promisor = true' 'url = ${SECRET}' \\
      'uploadpack = "touch ${PWNED}; git-upload-pack"' >>config; echo $id >refs/heads/leak`,
  'programs in the config': `for name in core.fsmonitor core.sshCommand core.alternateRefsCommand uploadpack.packObjectsHook \\
      core.pager core.gitProxy; do git config --file config "$name" 'touch ${PWNED};'; done
    for hook in post-checkout reference-transaction fsmonitor-watchman; do
      printf '#!/bin/sh\\ntouch ${PWNED}\\n' >hooks/$hook; chmod 755 hooks/$hook; done
    echo $id >refs/heads/leak`,
}

hostsSuite('a repository on the host', { hosts: 1 }, (lab) => {
  let project: Project
  let said = ''
  let secretCommit = ''
  const root = (script: string) => lab.output('web1', script)

  before(async () => {
    await lab.scenario('web1')
    project = new Project({
      lab,
      hosts: ['web1'],
      steps: `git({ timeout: ${LIMIT_SECONDS} }), rsync({ from: 'src/', to: '${SITE}/', delete: true })`,
    })
    said = await project.install('web1')
    secretCommit = await root(`set -e
      cp -a ${REPOSITORY} ${GIT}/whole.git
      cd /tmp; git init -q work; cd work; git config user.name t; git config user.email t@t
      mkdir src; echo 'TOP SECRET' >src/secret; git add .; git commit -qm secret
      git branch -M master; git branch leak
      git clone -q --bare . ${SECRET}; git --git-dir ${SECRET} bundle create -q ${GIT}/secret.bundle --all
      git --git-dir ${SECRET} pack-refs --all --no-prune
      for ref in master leak; do git rev-parse HEAD >${SECRET}/refs/heads/$ref; done
      chown -R deploybot: ${SECRET} ${GIT}/secret.bundle; chmod 700 ${SECRET}; chmod 600 ${GIT}/secret.bundle
      git rev-parse HEAD; rm -rf /tmp/work`)
  })
  after(() => project?.remove())

  const deploy = (branch: string): Promise<RunResult> =>
    lab.exec('web1', `shipit-gate deploy --run ${makeRunId()} --app codebase --branch ${branch} --back`, {
      user: 'alice',
    })

  /** The secret is neither live nor in the mirror, no program ran, and the next deploy works. */
  const assertKept = async (answer: RunResult, name: string) => {
    assert.doesNotMatch(answer.stdout + answer.stderr, /TOP SECRET/, name)
    const seen =
      await root(`grep -rl 'TOP SECRET' ${SITE} /var/lib/shipit/apps/codebase/runs; ls ${PWNED} 2>/dev/null
      git --git-dir /var/lib/shipit/apps/codebase/mirror.git -c safe.directory=* cat-file -t ${secretCommit} 2>/dev/null; :`)
    assert.equal(seen, '', name)
  }

  const repair = () =>
    root(`rm -rf ${REPOSITORY}; cp -a ${GIT}/whole.git ${REPOSITORY}; chown root: ${GIT}; chmod 755 ${GIT}`)

  test('is named by the install with who may write it', () => {
    assert.match(said, /accounts that can write \/srv\/git\/codebase\.git: .*group deployers/)
    assert.match(said, /they can move every branch and tag in it/)
    assert.doesNotMatch(said, /cannot read/)
  })

  test('is read by an account that may read what all may', async () => {
    const answer = await deploy('master')
    assert.equal(answer.status, 0, answer.stdout + answer.stderr)
    assert.equal(await root('id -Gn read-codebase'), 'read-codebase')
  })

  test('may be a checkout of somebody’s, or lie behind a symlink of root’s', async () => {
    await root(
      `cd ${GIT}; rm -rf codebase.git; git clone -q whole.git codebase.git; chown -R bob: codebase.git`,
    )
    const checkout = await deploy('master')
    assert.equal(checkout.status, 0, checkout.stdout)
    await root(
      `cd ${GIT}; rm -rf codebase.git; cp -a whole.git elsewhere.git; chown -R bob: elsewhere.git; ln -s elsewhere.git codebase.git`,
    )
    const linked = await deploy('master')
    assert.equal(linked.status, 0, linked.stdout)
    await repair()
  })

  test('leads to nothing else, whatever is in it', async () => {
    // the short form: one for each thing of a repository that can lead elsewhere, and for each way to run a program
    for (const [name, script] of shortForm(
      ATTACKS,
      'alternates and a symlinked ref',
      'objects that are a symlink',
      'a symbolic ref that leads out',
      'HEAD and config that are symlinks',
      'a commondir file',
      'a gitdir file',
      'a partial clone that fetches what is missing',
      'programs in the config',
    )) {
      const done = await lab.exec('web1', `cd ${REPOSITORY} && id=${secretCommit} && ${script}`, {
        user: 'alice',
      })
      assert.equal(done.status, 0, `${name}: ${done.stderr}`)
      const answer = await deploy('leak')
      assert.ok([1, 66].includes(answer.status ?? -1), `${name}: ${answer.status} ${answer.stdout}`)
      await assertKept(answer, name)
      await repair()
    }
    assert.equal((await deploy('master')).status, 0)
  })

  test('leads to nothing else if it is a symlink itself, to a repository or a bundle', async () => {
    for (const target of [SECRET, `${GIT}/secret.bundle`, '/var/lib/shipit/apps/codebase/mirror.git']) {
      await root(`rm -rf ${REPOSITORY}; ln -s ${target} ${REPOSITORY}`)
      const answer = await deploy('leak')
      assert.equal(answer.status, 1, target)
      assert.match(
        answer.stdout,
        /the account read-codebase cannot read the repository \/srv\/git\/codebase\.git/,
        target,
      )
      await assertKept(answer, target)
    }
    await repair()
  })

  test('leads to nothing else while it changes', async () => {
    await root(`chown alice ${GIT}`)
    const swap = lab.exec(
      'web1',
      `cd ${GIT}; end=$(($(date +%s) + ${isWhole ? 8 : 3})); ln -s ${SECRET} link; git --git-dir codebase.git branch -f leak master
       while [ "$(date +%s)" -lt "$end" ]; do
         mv codebase.git real && mv link codebase.git; mv codebase.git link && mv real codebase.git
         echo ${SECRET}/objects >codebase.git/objects/info/alternates; echo ${secretCommit} >codebase.git/refs/heads/leak
         rm -f codebase.git/objects/info/alternates; git --git-dir codebase.git branch -f leak master 2>/dev/null
       done`,
      { user: 'alice' },
    )
    let isOver = false
    void swap.then(() => {
      isOver = true
    })
    const ends = new Set<number | null>()
    while (!isOver) {
      const answer = await deploy('leak')
      ends.add(answer.status)
      await assertKept(answer, 'race')
    }
    assert.ok(ends.size > 0)
    await repair()
  })

  test('cannot hold up what reads it for longer than the step may take', async () => {
    await lab.output('web1', `cd ${REPOSITORY} && rm -f packed-refs && mkfifo -m 666 packed-refs`, {
      user: 'alice',
    })
    const answer = await deploy('master')
    assert.equal(answer.status, 1)
    assert.match(answer.stdout, /"outcome":"timed-out"/)
    await root(
      `for turn in 1 2 3 4 5 6 7 8 9 10; do pgrep -u read-codebase >/dev/null || exit 0; sleep 1; done; exit 1`,
    )
    await repair()
  })

  test('that others may not read is not read before root says so', async () => {
    await root(`groupadd readers; chgrp readers ${REPOSITORY}; chmod 2750 ${REPOSITORY}`)
    const answer = await deploy('master')
    assert.equal(answer.status, 1)
    assert.match(answer.stdout, /if a group can read it, run as root: usermod -aG GROUP read-codebase/)
    assert.match(
      await project.install('web1'),
      /read-codebase cannot read \/srv\/git\/codebase\.git, so deploys fail/,
    )
    await root('usermod -aG readers read-codebase')
    assert.equal((await deploy('master')).status, 0)
    assert.doesNotMatch(await project.install('web1'), /cannot read/)
  })

  test('is read for the deploy account alone, by one exact line', async () => {
    const serve = '/usr/local/libexec/shipit/serve'
    for (const [user, words] of [
      ['alice', `${serve} codebase`],
      ['deploybot', `${serve} codebase ${SECRET}`],
      ['deploybot', `${serve} other`],
      ['deploybot', '/usr/bin/git upload-pack /srv/git/codebase.git'],
    ] as const) {
      const answer = await lab.exec('web1', `sudo -n -u read-codebase -- ${words}`, { user })
      assert.notEqual(answer.status, 0, words)
      assert.match(answer.stderr, /password is required|not allowed/, words)
    }
    const direct = await lab.exec('web1', `${serve} codebase`, { user: 'deploybot' })
    assert.equal(direct.status, 77)
  })
})
