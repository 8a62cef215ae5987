// What each part of shipit that starts a program does where the machine has no room for it.
import assert from 'node:assert/strict'
import { globSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { askCheckout, isOnlyHere, listCommits, listRefs } from '../../src/cli/checkout/ask-checkout.ts'
import { findCommit } from '../../src/cli/checkout/choose-commit.ts'
import { readApps } from '../../src/cli/completion/known-names.ts'
import { loadApps } from '../../src/cli/completion/load-apps.ts'
import { surveyProject } from '../../src/cli/init/survey-project.ts'
import { loadConfig } from '../../src/cli/load-config.ts'
import { runBriefly } from '../../src/cli/notify/run-briefly.ts'
import { askBySsh, showBySsh } from '../../src/cli/root/system-ssh.ts'
import { startConfig } from '../../src/config/load/start-config.ts'
import { unreadable } from '../../src/config/load/unreadable.ts'
import { ShipitError } from '../../src/errors.ts'
import { makeOrigin } from '../../src/sandbox/origin.ts'
import { startSandbox } from '../../src/sandbox/sandbox-server.ts'
import { createIdentities } from '../../src/ssh/keys/identities.ts'
import { openConnection } from '../../src/ssh/open-connection.ts'
import { askSpecialKeys } from '../../src/ssh/openssh/agent-special-keys.ts'
import { hasTicket } from '../../src/ssh/openssh/has-ticket.ts'
import { openOpenssh } from '../../src/ssh/openssh/open-openssh.ts'
import { readHostKeyBySsh } from '../../src/ssh/openssh/read-host-key-by-ssh.ts'
import { tryBySsh } from '../../src/ssh/openssh/try-forbidden.ts'
import { askSsh, tellFiles } from '../../src/ssh/settings/ask-ssh.ts'
import { resolveSettings } from '../../src/ssh/settings/resolve-settings.ts'
import { openProxyCommand } from '../../src/ssh/ssh2/proxy-command.ts'
import { nameConfigInCommands } from '../../src/words/command.ts'
import { SHORTAGES, type Shortage, withoutRoom } from '../support/without-room.ts'

const folder = mkdtempSync(join(tmpdir(), 'shipit-start-'))
after(() => rmSync(folder, { recursive: true }))
const config = join(folder, 'deploy.config.ts')
writeFileSync(config, 'export default {}\n')

const settings = resolveSettings({ host: { name: 'web1', address: '127.0.0.1', port: 1, user: 'alice' } })
const question = { name: 'web1' }
const commits = { from: 'a'.repeat(40), to: 'b'.repeat(40) }

/** Those that can't do without, and what is said before the reason. */
const FAILING: Readonly<Record<string, readonly [lead: string, work: () => Promise<unknown>]>> = {
  'a command that needs its config': [
    `cannot load ${config}: cannot start 'node'`,
    async () => {
      startConfig(['deploy'])
      return loadConfig({ config })
    },
  ],
  'the settings of a host': ["cannot start 'ssh'", () => askSsh(question, folder)],
  'a connection by ssh': [
    "cannot reach 'web1': cannot start 'ssh'",
    () => openOpenssh(settings, { why: 'a test' }),
  ],
  "a host's key by ssh": ["cannot reach 'web1': cannot start 'ssh'", () => readHostKeyBySsh(settings)],
  'a ProxyCommand': ["cannot reach 'web1': cannot start '/bin/sh'", () => openProxyCommand('web1', 'cat')],
  'a script that is sent to root': ["cannot start 'ssh'", () => askBySsh('web1', 'cat', 'x')],
  "root's script": ["cannot start 'ssh'", () => showBySsh('web1', 'true')],
  "the sandbox's origin": [
    "cannot make the sandbox's origin: cannot start 'git'",
    async () => makeOrigin(join(folder, 'x/origin.git'), 'demo'),
  ],
  'the beginning of a commit id': ["cannot start 'git'", () => findCommit(folder, 'abcd')],
  'a look at a project': ["cannot start 'git'", () => surveyProject(folder)],
  'a Tab': ["cannot start 'node'", () => loadApps(config)],
}

const SANDBOX = { gate: '/nonexistent', prefix: '/nonexistent', origin: '/nonexistent', user: 'alice' }

const tried = { call: () => [], readLog: () => '' }

/** Those that do without, and what they answer. */
const QUIET: Readonly<Record<string, readonly [answer: unknown, work: () => unknown]>> = {
  'a Kerberos ticket': [false, hasTicket],
  'keys in an agent that only ssh can use': [
    { hasCertificate: false, hasFido: false },
    () => askSpecialKeys('/nonexistent'),
  ],
  // not 'refused': nothing was tried
  'what a login key must not have': ['unclear', () => tryBySsh('shell', tried)],
  'the files of ssh_config': [undefined, () => tellFiles(question, folder)],
  'a remark on a checkout': [undefined, () => askCheckout(folder, ['status'])],
  'a list of commits': [undefined, () => listCommits(folder, commits)],
  'a list of branches': [[], () => listRefs(folder, 'branch')],
  'whether a branch was pushed': [false, () => isOnlyHere(folder, { kind: 'branch', name: 'main' })],
  'the line of a syntax error': [
    `cannot load ${config}: SyntaxError: Unexpected end of input`,
    () => unreadable(config, new SyntaxError('Unexpected end of input')).message,
  ],
}

describe('on a machine without room for another process', () => {
  const own = { HOME: folder, XDG_CACHE_HOME: join(folder, 'cache'), TMPDIR: folder, SHELL: '/bin/sh' }
  const { ...others } = process.env
  before(() => void Object.assign(process.env, own))
  // all unit tests share a process
  after(() => {
    for (const name of Object.keys(own))
      if (others[name] === undefined) delete process.env[name]
      else process.env[name] = others[name]
    nameConfigInCommands(undefined)
  })
  const left = () => readdirSync(folder).filter((name) => name.startsWith('shipit-'))

  for (const [code, why] of Object.entries(SHORTAGES) as [Shortage, string][]) {
    for (const [title, [lead, work]] of Object.entries(FAILING))
      test(`${title} is refused (${code})`, async () => {
        const error = await withoutRoom(code, work).catch((reason) => reason)
        assert.ok(error instanceof ShipitError, String(error))
        assert.equal(error.message, `${lead}: ${why}`)
        assert.equal(error.exitCode, 69)
        assert.ok(error.suggestions.length > 0)
        assert.deepEqual(left(), [])
      })

    for (const [title, [answer, work]] of Object.entries(QUIET))
      test(`${title} is not known (${code})`, async () => {
        assert.deepEqual(await withoutRoom(code, work), answer)
      })

    test(`a notification says so (${code})`, async () => {
      const send = () => runBriefly(['cat'], { input: 'x', reads: 'stdout' })
      assert.equal(await withoutRoom(code, send), why)
    })
  }

  test("the sandbox's gate is not there, and its server says why", async () => {
    const running = await startSandbox({ ...SANDBOX, keys: join(folder, 'keys') })
    const { port, identityFile, hostKey } = running
    const { agentSocket: _, ...alone } = resolveSettings({
      host: { name: 'sandbox', address: '127.0.0.1', port, user: SANDBOX.user },
      ssh: { identityFile, hostKeys: [hostKey] },
    })
    const connection = await openConnection(alone, createIdentities())
    for (const [code, why] of Object.entries(SHORTAGES) as [Shortage, string][]) {
      await withoutRoom(code, () => assert.rejects(connection.exec('shipit-gate hello')))
      assert.equal(running.whyNoGate()?.message, `cannot start '/bin/sh': ${why}`)
    }
    connection.close()
    running.close()
  })

  test('a config is not taken for one that can not be loaded', async () => {
    await withoutRoom('EAGAIN', () => assert.rejects(loadApps(config)))
    assert.equal(readApps(config).isFresh, false)
  })
})

const SRC = join(import.meta.dirname, '../../src')
/** Types are left out. */
const STARTERS = /^import \{([^}]*)\} from 'node:child_process'/gm
const THROUGH = /from '[^']*(?:\/programs\/|\/start-for-host\.ts')/

test('a program is started through programs/', () => {
  const wrong = globSync('**/*.ts', { cwd: SRC }).filter((path) => {
    // it is called before anything is loaded, and whoever takes its process does so through programs/
    if (path.startsWith('programs/') || path === 'config/load/start-config.ts') return false
    const code = readFileSync(join(SRC, path), 'utf8')
    const names = [...code.matchAll(STARTERS)].flatMap(([, list = '']) => list.split(','))
    // spawnSync tells every failure in its answer
    const starts = names.some((name) => !/^\s*(?:type \w+|spawnSync)?\s*$/.test(name))
    return starts && !THROUGH.test(code)
  })
  assert.deepEqual(wrong, [])
})
