// A build's view of the host, where mounts have names of any kind: real ones, in namespaces of the test's own.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { test } from 'node:test'
import { HOST, LIBEXEC, renderPrograms } from '../../src/install/bundle.ts'
import { Folder, remote } from '../recipe/support/run-shell.ts'
import { SHELLS } from './support/rendered-host.ts'

/** Names of mount points, for printf. */
const NAMES = [
  'plain',
  'a b',
  'tab\\tname',
  'end\\n',
  'in\\nside',
  'back\\\\slash',
  'hash#',
  '\\303\\251',
  '-rf',
]

for (const [shell, words] of Object.entries(SHELLS)) {
  test(`nothing of the host can be written, whatever a mount is called, by ${shell}`, () => {
    using folder = new Folder()
    const program = renderPrograms(remote, HOST, '0.1.0').find(({ path }) => path === `${LIBEXEC}/private`)
    const script = folder.write(
      'script',
      `set -eu
mount -t tmpfs tmpfs /mnt
cp private tries /mnt
cd /mnt
for name in ${NAMES.map((name) => `'${name}'`).join(' ')}; do
  point=$(printf "%b." "$name"); point=\${point%.}
  mkdir "./$point"; mount -t tmpfs tmpfs "./$point"
done
mkdir -p home/tmp; cd home
exec unshare --user --map-current-user --keep-caps --mount --ipc "$@" /mnt/private /mnt/home "$@" /mnt/tries
`,
    )
    folder.write('private', program?.text ?? '')
    folder.write(
      'tries',
      `cd ..
tried=0
for point in ./*; do
  tried=$((tried + 1))
  ! touch "$point/x" 2>/dev/null || echo "wrote $point"
done
echo "tried $tried"
`,
    )
    const { stdout, stderr } = spawnSync('unshare', ['-Urm', 'sh', script, ...words], {
      cwd: folder.path,
      encoding: 'utf8',
    })
    assert.equal(stdout, `wrote ./home\ntried ${NAMES.length + 3}\n`, stderr)
  })
}
