import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { SHELLS, whyNotShell } from '../support/rendered-host.ts'

const PART = join(import.meta.dirname, '../../../remote/build/sweep.sh')
const NOBODY = 65534
/** In IPC of its own: several of each kind, and one of each that is somebody else's, who made it. */
const MAKE = `set -e
make() { for kind in "-M 100" -Q "-S 1"; do ipcmk $kind >/dev/null; done; }
export -f make
for count in 1 2 3 4 5 6; do make; done
setpriv --reuid ${NOBODY} --regid ${NOBODY} --clear-groups bash -c make`
const COUNT = 'for kind in shm msg sem; do sed 1d "/proc/sysvipc/$kind" | wc -l; done'
const whyNot = spawnSync('unshare', ['--ipc', 'ipcmk', '-Q']).status !== 0 && 'no IPC namespace can be made'

describe('the sweep after a build', () => {
  for (const [name, words] of Object.entries(SHELLS))
    it(`removes all IPC of its account and none of others under ${name}`, {
      skip: whyNotShell(name) || whyNot,
    }, () => {
      const sweep = `${words.join(' ')} -c 'set -fu; IFS=" "; MY_UID=$(id -u); . "$1"; sweep_ipc' sh "$1"`
      const script = `${MAKE}\n${COUNT}\n${sweep}\n${COUNT}`
      const { stdout, stderr } = spawnSync('unshare', ['--ipc', 'bash', '-c', script, 'sh', PART], {
        encoding: 'utf8',
      })
      assert.deepEqual(stdout.trim().split(/\s+/), ['7', '7', '7', '1', '1', '1'], stderr)
    })
})
