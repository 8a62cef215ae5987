// Names that directories have, through the whole chain: config, sudoers, sshd's lines, the runner's check and doctor's facts.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { makeRunId } from '../../src/protocol/request.ts'
import { git, root } from '../../src/recipe/steps.ts'
import { HELLO, InstalledHost, installScript, madeUpKey, someConfig } from './support/install-kit.ts'
import { hostsSuite } from './support/lab.ts'

hostsSuite('names of a directory', { hosts: 1 }, (lab) => {
  const host = new InstalledHost(lab, 'web1')
  const GROUP = 'deployers@corp.example.com'
  const config = someConfig({
    allow: [{ group: GROUP }, { group: 'Deployers' }, { group: 'hosts$' }],
    people: { 'alice@corp.example.com': { keys: [madeUpKey('a')], group: GROUP } },
    steps: [git(), root(['/usr/bin/echo', 'puma@8080.service', 'app:web', 'k=v', 'a,b', '50%'])],
  })

  test('one that is not there is refused, since no tool of the host would make it', async () => {
    const { status, stderr } = await host.run(installScript(config))
    assert.equal(status, 1)
    assert.match(
      stderr,
      /this host has no group deployers@corp\.example\.com, and cannot create one with that name.*nothing was changed/,
    )
  })

  test('each may deploy, under its own name', async () => {
    const accounts = ['alice@corp.example.com', 'CORP\\alice', '4711', 'Alice.Smith']
    await host.sh(`printf '%s:x:7001:\\n' '${GROUP}' >>/etc/group; printf 'Deployers:x:7002:\\nhosts$:x:7003:\\n' >>/etc/group
      n=7100; for name in ${accounts.map((name) => `'${name}'`).join(' ')}; do n=$((n + 1)); printf '%s:x:%s:7001::/:/bin/sh\\n' "$name" "$n" >>/etc/passwd; printf '%s:*:19000:0:99999:7:::\\n' "$name" >>/etc/shadow; done`)
    await host.does(installScript(config))
    await host.does(installScript(config), '--check')
    for (const [index, name] of accounts.entries()) {
      const asPerson = (request: string) =>
        host.sh(
          `setpriv --reuid ${7101 + index} --regid 7001 --clear-groups shipit-gate ${request} 2>/dev/null`,
        )
      assert.match(await asPerson(HELLO), new RegExp(`"user":"${name.replace('\\', '\\+')}"`))
      // there is no repository: the run begins, and fails
      const deploy = `deploy --run ${makeRunId()} --app codebase --branch master --session ${'a'.repeat(32)}`
      assert.match(await asPerson(`${deploy} || :`), /"event":"run"/)
      if (index === 0)
        assert.match(
          await asPerson(`doctor --app codebase --session ${'a'.repeat(32)}`),
          /echo puma@8080\.service app:web k=v a,b 50%"/,
        )
    }
    assert.equal(
      await host.sh(
        'setpriv --reuid deploybot --regid deploybot --init-groups sudo -n /usr/local/libexec/shipit/as-root /usr/bin/timeout -k 5 60 /usr/bin/echo puma@8080.service app:web k=v a,b 50%',
      ),
      'puma@8080.service app:web k=v a,b 50%',
    )
  })
})
