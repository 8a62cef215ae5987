import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { chmodSync, copyFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import { SHELLS, whyNotShell } from '../support/rendered-host.ts'

const PART = join(import.meta.dirname, '../../../remote/lib/discard.sh')
/** An account that modes mean something to, and a view of its own in which a test may mount. */
const NOBODY = 65534
const isRoot = process.getuid?.() === 0

describe('discard', { skip: !isRoot && process.env.CI !== 'true' && 'needs root' }, () => {
  for (const [name, words] of Object.entries(SHELLS)) {
    describe(`under ${name}`, { skip: whyNotShell(name) }, () => {
      const folders: string[] = []
      after(() => {
        for (const folder of folders) rmSync(folder, { recursive: true, force: true })
      })
      /** Runs a script of root's, then one of nobody's with the part; both in a folder of nobody's. */
      const run = (before: string, script: string) => {
        const folder = mkdtempSync(join(tmpdir(), 'shipit-discard-'))
        folders.push(folder)
        chmodSync(folder, 0o777)
        // nobody need not be able to read the checkout
        const place = mkdtempSync(join(tmpdir(), 'shipit-part-'))
        folders.push(place)
        chmodSync(place, 0o755)
        const part = join(place, 'discard.sh')
        copyFileSync(PART, part)
        const shell = `${words.join(' ')} -c 'set -fu; cd "$1" || exit; . "$2"; eval "$3"' sh "$@"`
        const whole = `cd "$1" || exit; ${before}\nexec setpriv --reuid ${NOBODY} --regid ${NOBODY} --clear-groups ${shell}`
        const result = spawnSync('unshare', ['-m', 'sh', '-c', whole, 'sh', folder, part, script], {
          encoding: 'utf8',
          // bash reads /root/.bashrc where its stdin is a socket, as that of a child is
          stdio: ['ignore', 'pipe', 'pipe'],
        })
        return { ...result, folder }
      }

      it('removes folders of any mode, at any depth, with names of any kind', () => {
        const made = `mkdir -p t/a/b/c "t/-x y/
z"; touch t/a/b/c/f "t/-x y/f" t/.h; chmod 0555 t/a/b/c "t/-x y"; chmod 0 t/a/b; chmod 0444 t/a; chmod 0600 t`
        const { stdout, stderr, status } = run('', `${made}; discard "$PWD/t" && test ! -e t && test ! -L t`)
        assert.deepEqual([stdout, stderr, status], ['', '', 0])
      })

      it('follows no symlink, and changes no mode of a file that has another name elsewhere', () => {
        const made = `mkdir out t; echo kept >out/f; chmod 0500 out/f; chmod 0555 out
          ln out/f t/hard; ln -s ../out t/soft; ln -s out link; chmod 0500 t`
        const { stdout, status } = run('', `${made}; discard "$PWD/t" "$PWD/link"; ls -l out; ls`)
        assert.equal(status, 0)
        assert.match(stdout, /^total.*\n-r-x------ 1 .* f\nout\n$/)
      })

      it('names files of other accounts, goes on with the rest, and fails; a tree is put aside for it', () => {
        const before = `mkdir -p t/theirs t/own; echo x >t/theirs/f; echo x >t/own/f; chown ${NOBODY} t t/own t/own/f`
        const script = `discard "$PWD/t" || echo "status $?"; test ! -e t/own || echo not gone
          fresh_tree "$PWD/t"; echo "made $?"; ls t; ls -d t.1/theirs/f`
        const { stdout } = run(before, script)
        assert.match(
          stdout,
          /cannot remove all of .*\/t: it has files of other accounts\n.* root .*\/t\/theirs/,
        )
        assert.match(stdout, /status 1\n/)
        assert.doesNotMatch(stdout, /not gone/)
        assert.match(stdout, /made 0\nt\.1\/theirs\/f\n$/)
      })

      it('takes nothing that is mounted in a folder, and says so', () => {
        const before = `mkdir -p 'data' "t/a b"; echo kept >data/f; chown -R ${NOBODY} data t; mount --bind data "t/a b"`
        const { stdout, folder } = run(before, 'discard "$PWD/t" || echo "status $?"')
        assert.match(stdout, /cannot remove .*\/t: a file system is mounted below it\nstatus 1\n$/)
        assert.equal(readFileSync(join(folder, 'data/f'), 'utf8'), 'kept\n')
      })

      it('says nothing of what is not there', () => {
        const { stdout, stderr, status } = run('', 'discard "$PWD/none" "$PWD"/*')
        assert.deepEqual([stdout, stderr, status], ['', '', 0])
      })
    })
  }
})
