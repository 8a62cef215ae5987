// What the runner starts for a person beside runs and builds, on a real host: code of the app's account may be in it, or reach it, and it
// has no session keyring of that person.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { makeRunId } from '../../src/protocol/request.ts'
import { AttackedHost, RUNNER, STATE } from '../attacks/support/attacked-host.ts'
import { findsKey, WITH_KEY } from '../attacks/support/leaving-builds.ts'
import { hostsSuite } from './support/lab.ts'

const FOUND = '/srv/found'

hostsSuite("a person's session keyring", { hosts: 1 }, (lab) => {
  const host = new AttackedHost(
    lab,
    `git(), shell('while [ -e /srv/hold ]; do sleep 0.1; done', { name: 'held', phase: 'prepare' }),`,
  )
  before(async () => {
    await host.prepare()
    await host.root(`set -e
      mkdir -m 1777 ${FOUND}
      cat >/usr/bin/look-for-key <<'END'
#!/bin/sh
${findsKey('of-alice')} && result=key || result=none
echo "$result" >>"${FOUND}/$1"
END
      cat >/usr/sbin/git <<'END'
#!/bin/sh
case " $* " in
*' ls-remote '*) look-for-key runner ;;
*' fetch '*) look-for-key look ;;
esac
exec /usr/bin/git "$@"
END
      chmod 755 /usr/bin/look-for-key /usr/sbin/git
      sed -i 's/^supervise() {$/&\\nlook-for-key watch/' /usr/local/libexec/shipit/watch
      grep -q look-for-key /usr/local/libexec/shipit/watch`)
  })
  after(() => host.remove())

  const ask = (request: string) => host.alice(`${WITH_KEY} sudo -n -u deploybot ${RUNNER} '${request}'`)
  const found = (where: string) => host.root(`sort -u ${FOUND}/${where}`)

  test('is not that of a look', async () => {
    const { status, stdout } = await ask('plan --app codebase --branch master --look')
    assert.equal(status, 0, stdout)
    assert.equal(await found('runner'), 'key', 'the runner has it')
    assert.equal(await found('look'), 'none')
  })

  test('is not that of a supervisor which a cancel starts', async () => {
    await host.root(': >/srv/hold')
    const run = makeRunId()
    const running = host.alice(
      `sudo -n -u deploybot ${RUNNER} 'deploy --run ${run} --app codebase --branch master'`,
    )
    const folder = `${STATE}/runs/${run}`
    await host.root(`until [ -s ${folder}/watch ] && grep -q held ${folder}/step.*; do sleep 0.1; done
      read -r watch _ <${folder}/watch; kill -KILL "$watch"; while [ -d "/proc/$watch" ]; do sleep 0.1; done`)
    const { status, stdout } = await ask(`cancel --run ${run} --app codebase`)
    assert.equal(status, 0, stdout)
    assert.equal((await running).status, 130)
    assert.equal(await found('watch'), 'none')
  })
})
