// What a developer is told when a host is not the one it was, or does not answer: 69, in time, and nothing was sent.
import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { patient } from '../support/patience.ts'
import { hostsSuite } from './support/lab.ts'
import { Project } from './support/project.ts'

hostsSuite('a host that can not be trusted or reached', { hosts: 1 }, (lab) => {
  let folder: string
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'shipit-keys-'))
  })
  after(() => rmSync(folder, { recursive: true }))

  const logins = async () => Number(await lab.output('web1', "grep -c 'alice' /var/log/auth.log || true"))

  // the shorter, the sooner a silent host is given up; one that answers has to do so in time
  const connectTimeout = patient(2)
  async function deployWith(knownHosts: string) {
    const project = new Project({ lab, hosts: ['web1'], knownHosts, connectTimeout })
    try {
      const began = Date.now()
      return { ...(await project.shipit('deploy', 'production')), ms: Date.now() - began }
    } finally {
      project.remove()
    }
  }

  test('an unknown key: names host, fingerprint and file, says how to add it, and no login was tried', async () => {
    const before = await logins()
    const file = join(folder, 'empty')
    writeFileSync(file, '')
    const result = await deployWith(file)
    assert.equal(result.status, 69)
    const fingerprint =
      (await lab.output('web1', 'ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub')).split(' ')[1] ?? '?'
    for (const part of ["'web1'", fingerprint, file, 'shipit trust web1'])
      assert.ok(result.stdout.includes(part), `${part}: ${result.stdout}`)
    assert.equal(await logins(), before)
  })

  test('a changed key: names the line that knows another one, and the command that mends it', async () => {
    const before = await logins()
    const file = join(folder, 'changed')
    const other = readFileSync(`${lab.key('bob')}.pub`, 'utf8')
      .split(' ')
      .slice(0, 2)
      .join(' ')
    writeFileSync(file, `# a comment\nweb1 ${other}\n`)
    const result = await deployWith(file)
    assert.equal(result.status, 69)
    assert.ok(result.stdout.includes(`${file}:2`) || result.stdout.includes('line 2'), result.stdout)
    assert.match(result.stdout, /ssh-keygen -R /)
    assert.equal(await logins(), before)
  })

  test('a host without shipit: says so, and what root has to do', async () => {
    const result = await deployWith(lab.knownHosts)
    assert.equal(result.status, 77)
    assert.match(result.stdout, /shipit is not installed on 'web1'/)
    assert.match(result.stdout, /shipit install/)
  })

  test('a host that refuses, drops everything or hangs: 69 within the time limit', async () => {
    await lab.killSshd('web1')
    const refused = await deployWith(lab.knownHosts)
    assert.equal(refused.status, 69)
    assert.match(refused.stdout, /refused/)
    assert.ok(refused.ms < patient(15_000), `${refused.ms} ms`)
    await lab.startSshd('web1')
    // the start of shipit takes its time where two other labs are at work
    for (const [what, begin, end] of [
      ['silence', () => lab.cut('web1'), () => lab.heal('web1')],
      ['a frozen host', () => lab.freeze('web1'), () => lab.thaw('web1')],
    ] as const) {
      await begin()
      const result = await deployWith(lab.knownHosts)
      await end()
      assert.equal(result.status, 69, what)
      assert.match(result.stdout, new RegExp(`'web1'.* within ${connectTimeout} s`), what)
      assert.ok(result.ms < connectTimeout * 1000 + patient(15_000), `${what}: ${result.ms} ms`)
    }
    assert.equal((await deployWith(lab.knownHosts)).status, 77)
  })
})
