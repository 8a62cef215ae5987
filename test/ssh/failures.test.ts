// All ways in which a host can fail to be reached, in one text: over ssh2 and over the program ssh alike, against real sshd where it is
// sshd that speaks. UPDATE_SNAPSHOTS=1 writes the text anew.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { userInfo } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { EXIT_CODES, ShipitError } from '../../src/errors.ts'
import { createDial } from '../../src/ssh/dial.ts'
import { createIdentities } from '../../src/ssh/keys/identities.ts'
import type { HostSettings } from '../../src/ssh/settings/host-settings.ts'
import { patient } from '../support/patience.ts'
import { makeFolder, skipWithout } from './support/connect.ts'
import { makeKey } from './support/loopback-host.ts'
import { skipWithoutSshd, startSshd } from './support/sshd.ts'

const SNAPSHOT = join(import.meta.dirname, 'snapshots/failures.txt')
const LIMIT_MS = 10_000
/** Of those who only let time pass. */
const SHORT_MS = 600
/** Beyond its time limit, where two other test files are at work. */
const SLACK_MS = 3000

type Sshd = Awaited<ReturnType<typeof startSshd>>
type Case = Partial<HostSettings> & { known?: string }

describe('a host that is not reached', {
  skip: skipWithoutSshd || skipWithout('ssh') || skipWithout('ssh-keygen'),
}, () => {
  const folder = makeFolder()
  const other = makeKey()
  const hostKey = folder.makeKeyFile('host')
  const hostLine = readFileSync(`${hostKey}.pub`, 'utf8').split(' ').slice(0, 2).join(' ')
  const key = folder.makeKeyFile('id')
  const strangers = [1, 2, 3, 4].map((number) => folder.makeKeyFile(`stranger${number}`))
  const encrypted = folder.makeKeyFile('encrypted', '-N', 'secret')
  const ca = folder.makeKeyFile('ca')
  const authority = readFileSync(`${ca}.pub`, 'utf8')
  const config = folder.write('config', 'IdentityFile none\nIdentityAgent none\n')
  const sshds: Record<string, Sshd> = {}
  const servers: Server[] = []
  const ports: Record<string, number> = {}

  /** A host key with a certificate of its own. */
  function certify(name: string, ...options: string[]): string {
    writeFileSync(folder.at(`${name}.pub`), readFileSync(`${hostKey}.pub`, 'utf8'))
    execFileSync('ssh-keygen', ['-q', '-s', ca, '-h', '-I', name, ...options, folder.at(`${name}.pub`)], {
      stdio: 'pipe',
    })
    return `HostCertificate ${folder.at(`${name}-cert.pub`)}\n`
  }

  async function start(name: string, more = ''): Promise<void> {
    const authorized = folder.write(
      'authorized',
      [key, encrypted].map((file) => readFileSync(`${file}.pub`, 'utf8')).join(''),
    )
    const write = (text: string) => folder.write(`${name}.conf`, `${more}${text}\nMaxAuthTries 3\n`)
    sshds[name] = await startSshd({ config: write, hostKey, authorized })
    ports[name] = sshds[name].port
  }

  async function listen(name: string, onConnection: (socket: Socket) => void): Promise<void> {
    const server = createServer((socket) => {
      socket.on('error', () => {})
      onConnection(socket)
    }).listen(0, '127.0.0.1')
    await once(server, 'listening')
    ports[name] = (server.address() as AddressInfo).port
    servers.push(server)
  }

  before(async () => {
    await Promise.all([
      start('plain'),
      start('principal', certify('principal', '-n', 'web2.example.com')),
      start('expired', certify('expired', '-n', '127.0.0.1', '-V', '20200101:20200102')),
      listen('silent', () => {}),
      listen('endless', (socket) => {
        // so long that its first line is enough, however slow this machine is
        const line = `${Array(30).fill('please wait').join(' ')}\r\n`
        const timer = setInterval(() => socket.write(line), 20)
        socket.on('close', () => clearInterval(timer))
      }),
      listen('http', (socket) => socket.end('HTTP/1.1 400 Bad Request\r\nServer: nginx\r\n\r\n')),
      listen('closed', (socket) => socket.destroy()),
    ])
  })
  after(async () => {
    await Promise.all(Object.values(sshds).map((sshd) => sshd.stop()))
    for (const server of servers) server.close()
    folder.remove()
  })

  const settingsOf = ({ known = '', ...own }: Case): HostSettings => ({
    name: 'web1',
    address: '127.0.0.1',
    port: ports.plain ?? 0,
    user: userInfo().username,
    identityFiles: [key],
    isIdentityNamed: true,
    knownHostsFiles: [folder.write('known_hosts', known)],
    hostKeys: known === '' && own.knownHostsFiles === undefined ? [hostLine] : [],
    connectTimeoutMs: LIMIT_MS,
    configWords: ['-F', config],
    ...own,
  })

  /** What a person is told, with what differs from run to run taken out. */
  async function tell(own: Case): Promise<string> {
    const began = performance.now()
    try {
      const connection = await createDial(createIdentities())(settingsOf(own))
      connection.close()
    } catch (error) {
      assert.ok(error instanceof ShipitError, String((error as Error).stack))
      assert.equal(error.exitCode, EXIT_CODES.unreachable)
      const ms = performance.now() - began
      assert.ok(ms < (own.connectTimeoutMs ?? 0) + patient(SLACK_MS), `${ms} ms`)
      return [`  ${error.message}`, ...error.suggestions.map((hint) => `  → ${hint}`)]
        .join('\n')
        .replaceAll(folder.at('').replace(/\/$/, ''), 'FOLDER')
        .replaceAll(/SHA256:[A-Za-z0-9+/]+/g, 'SHA256:…')
        .replaceAll(new RegExp(`\\b(?:${Object.values(ports).join('|')})\\b`, 'g'), 'PORT')
        .replaceAll(userInfo().username, 'alice')
    }
    assert.fail('the connection was opened')
  }

  const cases = (): Record<string, Case> => {
    const at = (name: string) => ({ port: ports[name] ?? 0 })
    const late = { connectTimeoutMs: SHORT_MS }
    const named = (name: string) => `[127.0.0.1]:${ports[name]}`
    return {
      'unknown host key': { known: '# nobody\n' },
      'changed host key': { known: `# nobody\n${named('plain')} ${other.line}\n` },
      'revoked host key': { known: `${named('plain')} ${hostLine}\n@revoked * ${hostLine}\n` },
      'a host key that the config does not pin': { hostKeys: [other.line] },
      'a host certificate for another name': {
        ...at('principal'),
        known: `@cert-authority * ${authority}`,
      },
      'a host certificate that has expired': { ...at('expired'), known: `@cert-authority * ${authority}` },
      'an authority, and a host without a certificate': { known: `@cert-authority * ${authority}` },
      'an unknown host key on the way': {
        via: settingsOf({ name: 'bastion', known: '# nobody\n' }),
      },
      'a jump host that cannot reach the host': { via: settingsOf({ name: 'bastion' }), port: 1 },
      'no such name': { address: 'nowhere.invalid' },
      refused: { port: 1 },
      'no route': { address: '255.255.255.255' },
      'a silent host': { ...at('silent'), ...late },
      'a banner that never ends': { ...at('endless'), ...late },
      'an HTTP server': at('http'),
      'a host that hangs up': { ...at('closed'), ...late },
      'a login that fails': { identityFiles: [strangers[0] ?? ''] },
      'too many keys': { identityFiles: strangers },
      'no key': { identityFiles: [] },
      'an encrypted key, and nobody to ask': { identityFiles: [encrypted] },
    }
  }

  test('is told in the same words over both transports, with exit 69 and in time', async () => {
    const told: string[] = []
    for (const [what, own] of Object.entries(cases())) {
      const [bySsh2 = '', byOpenssh = ''] = await Promise.all(
        (['ssh2', 'openssh'] as const).map((transport) => tell({ ...own, transport })),
      )
      const both = bySsh2 === byOpenssh ? bySsh2 : `${bySsh2}\n -- by the program ssh\n${byOpenssh}`
      told.push(`${what}\n${both}\n`)
    }
    const text = told.join('\n')
    if (process.env.UPDATE_SNAPSHOTS) writeFileSync(SNAPSHOT, text)
    assert.equal(text, readFileSync(SNAPSHOT, 'utf8'))
  })
})
