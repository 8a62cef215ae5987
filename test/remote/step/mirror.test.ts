import assert from 'node:assert/strict'
import { rmSync, writeFileSync } from 'node:fs'
import { after, describe } from 'node:test'
import { STATES } from '../../../src/install/bundle.ts'
import { makeRunId } from '../../../src/protocol/request.ts'
import { git, rsync } from '../../../src/recipe/steps.ts'
import { eventsOf, inTurn, RenderedHost, SHELLS, whyNotShell } from '../support/rendered-host.ts'

const SITE = '/var/codebase/src'
const MIRROR = `${STATES}/codebase/mirror.git`
const ORIGIN = '/srv/git/codebase.git'

describe('the mirror', { concurrency: true }, () => {
  for (const name of Object.keys(SHELLS)) {
    describe(`under ${name}`, { skip: whyNotShell(name) }, () => {
      const it = inTurn(name)
      const hosts: RenderedHost[] = []
      after(() => {
        for (const host of hosts) host.remove()
      })
      const makeHost = (before: Readonly<Record<string, string>> = {}) => {
        const host = new RenderedHost({
          shell: name,
          before,
          steps: [git(), rsync({ from: 'src/', to: `${SITE}/`, delete: true })],
        })
        hosts.push(host)
        host.commit('master', { 'src/f': '1' })
        return host
      }
      /** A script in the origin, which makes objects as no git makes them. */
      const inOrigin = (host: RenderedHost, script: string) => host.run('sh', ['-euc', script], ORIGIN).trim()
      const raw = 'raw() { git hash-object -t "$1" -w --literally --stdin; }'

      it('of a repository that lets nobody in names the key of the host, if it has one', async () => {
        const refuse =
          'case "$*" in *fetch* | *ls-remote*) echo "git@a: Permission denied (publickey)." >&2; exit 128 ;; esac; exec "$real" "$@"'
        const host = makeHost({ git: refuse })
        const advice = /does not accept this host: add the host's deploy key/
        assert.doesNotMatch((await host.deploy()).output, advice)
        host.write('/etc/shipit/apps/codebase/git/key.pub', 'ssh-ed25519 AAAA codebase@web1\n')
        const { status, output } = await host.deploy()
        assert.equal(status, 1)
        assert.match(output, advice)
        assert.match(output, /^ssh-ed25519 AAAA codebase@web1$/m)
        // and who asks before a deploy is told the same
        const plan = await host.ask('plan --app codebase --branch master')
        assert.equal(eventsOf(plan, 'refused')[0]?.reason, 'repository')
        assert.match(plan.output, advice)
        assert.match(plan.output, /^ssh-ed25519 AAAA codebase@web1$/m)
      })

      it('lets old objects pass that are malformed and harmless, and none that could lead a file elsewhere', async () => {
        const host = makeHost()
        const commit = (tree: string, author = 'a <a@b> 1 +0000') =>
          `printf 'tree %s\\nparent %s\\nauthor %s\\ncommitter c <c@d> 1 +0000\\n\\nm\\n' "${tree}" "$(git rev-parse master)" '${author}' | raw commit`
        const tree = (mode: string, file: string) =>
          `{ printf '${mode} ${file}\\0'; git rev-parse master:src | tr -d '\\n' | perl -pe 's/(..)/chr hex $1/ge'; } | raw tree`
        for (const [script, status] of [
          [commit('$(git rev-parse master^{tree})', 'no address 1 +0000'), 0],
          [commit('$(git rev-parse master^{tree})', 'a <a@b> 01 +0000'), 0],
          [commit(`$(${tree('040000', 'src')})`), 0],
          [commit(`$(${tree('40000', '.git')})`), 1],
          [commit(`$(${tree('40000', '..')})`), 1],
        ] as const) {
          const odd = inOrigin(
            host,
            `${raw}; id=$(${script}); git update-ref refs/heads/odd "$id"; echo "$id"`,
          )
          const answer = await host.deploy('--branch odd')
          assert.equal(answer.status, status, `${odd} ${script} ${answer.output}`)
          if (status !== 0) assert.match(answer.output, /git config --system fetch\.fsck\.WORD ignore/)
        }
      })

      it('is made anew if objects are lost, and keeps what it can of what a rollback wants', async () => {
        const host = makeHost()
        const first = makeRunId()
        assert.equal((await host.deploy('--branch master', first)).status, 0)
        const packs = () => host.run('sh', ['-c', 'ls objects/pack/*.pack'], MIRROR).trim().split('\n')
        const before = packs()
        host.commit('master', { 'src/f': '2' })
        assert.equal((await host.deploy()).status, 0)
        const lost = packs().filter((pack) => !before.includes(pack))
        host.commit('master', { 'src/f': '2b' })
        assert.equal((await host.deploy()).status, 0)
        for (const pack of lost) rmSync(host.path(`${MIRROR}/${pack}`))
        host.commit('master', { 'src/f': '3' })
        const answer = await host.deploy()
        assert.equal(answer.status, 0, answer.output)
        assert.match(answer.output, /mirror .* is broken: making a new one/)
        assert.equal(host.read(`${SITE}/f`), '3')
        const back = await host.ask(`rollback --run ${makeRunId()} --app codebase --to ${first}`)
        assert.equal(back.status, 0, back.output)
        assert.equal(host.read(`${SITE}/f`), '1')
      })

      it('is mended if git does not read it, and its old locks go', async () => {
        const host = makeHost()
        assert.equal((await host.deploy()).status, 0)
        for (const lock of ['config.lock', 'shallow.lock', 'packed-refs.lock', 'HEAD.lock'])
          writeFileSync(host.path(`${MIRROR}/${lock}`), '')
        for (const [file, text] of [
          ['config', '[core\n'],
          ['HEAD', ''],
        ] as const) {
          writeFileSync(host.path(`${MIRROR}/${file}`), text)
          const answer = await host.deploy()
          assert.equal(answer.status, 0, answer.output)
          assert.match(answer.output, /git cannot read the mirror/)
        }
        assert.equal((await host.deploy()).output.includes('git does not read'), false)
      })

      it('of a shallow repository says at the first deploy that it is one', async () => {
        const host = makeHost()
        host.commit('master', { 'src/f': '2' })
        host.run('git', [
          'clone',
          '-q',
          '--bare',
          '--depth',
          '1',
          `file://${host.path(ORIGIN)}`,
          host.path('/shallow.git'),
        ])
        host.run('sh', ['-c', `rm -rf .${ORIGIN} && mv shallow.git .${ORIGIN}`])
        const answer = await host.deploy()
        assert.equal(answer.status, 1)
        assert.match(answer.output, /a shallow clone. Make it complete/)
      })

      it('tells nothing of the clock of whoever committed', async () => {
        const host = makeHost()
        inOrigin(
          host,
          'export GIT_AUTHOR_NAME=a GIT_AUTHOR_EMAIL=a@b GIT_COMMITTER_NAME=a GIT_COMMITTER_EMAIL=a@b GIT_COMMITTER_DATE="@3000000000 +0000"; git update-ref refs/heads/late "$(git commit-tree -m m master^{tree})"',
        )
        const answer = await host.deploy('--branch late')
        assert.equal(answer.status, 0)
        assert.doesNotMatch(answer.output, /future/)
      })
    })
  }
})
