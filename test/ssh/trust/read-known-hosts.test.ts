import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { addKnownHost } from '../../../src/ssh/trust/add-known-host.ts'
import { readKnownHosts } from '../../../src/ssh/trust/read-known-hosts.ts'

const folder = mkdtempSync(join(tmpdir(), 'shipit-test-'))
after(() => rmSync(folder, { recursive: true }))

const KEY = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHY1E/XvYlGkMhJvJmLhXlkJvJ1t0lVx0m1l5k0p4q7Z'
const known = async (file: string, host: string) =>
  (await readKnownHosts(file))?.about({ hosts: [host], port: 22 }).length

test('a file is parsed once for all hosts', async () => {
  const file = join(folder, 'once')
  writeFileSync(file, `web1 ${KEY}\n`)
  const all = await Promise.all(Array.from({ length: 300 }, () => readKnownHosts(file)))
  assert.equal(new Set(all).size, 1)
})

test('a file that is not there knows nothing', async () => {
  assert.equal(await readKnownHosts(join(folder, 'missing')), undefined)
})

test('a file that changes is read again', async () => {
  const file = join(folder, 'changes')
  writeFileSync(file, `web1 ${KEY}\n`)
  assert.equal(await known(file, 'web2'), 0)
  writeFileSync(file, `web1 ${KEY}\nweb2 ${KEY}\n`)
  assert.equal(await known(file, 'web2'), 1)
})

test('a key that was just added is known, though hundreds of hosts were looked up', async () => {
  const file = join(folder, 'added')
  writeFileSync(file, `web1 ${KEY}\n`)
  await Promise.all(Array.from({ length: 300 }, () => readKnownHosts(file)))
  addKnownHost({ file, name: 'web2', publicKey: KEY, isHashed: false })
  assert.equal(await known(file, 'web2'), 1)
})

/** Reads the file once while this process may open no other, and once when it may again. */
const FULL = `import { closeSync, openSync } from 'node:fs'
const [module, file] = process.argv.slice(1)
const { readKnownHosts } = await import(module)
const open = []
try {
  for (;;) open.push(openSync('/dev/null'))
} catch {}
const says = (reading) => reading.then((known) => known.about({ hosts: ['web1'], port: 22 }).length, ({ message }) => message)
const first = await says(readKnownHosts(file))
open.forEach((one) => closeSync(one))
process.stdout.write(first + '\\n' + (await says(readKnownHosts(file))))`

test('a file that can not be read for a moment is read again', () => {
  const file = join(folder, 'moment')
  writeFileSync(file, `web1 ${KEY}\n`)
  const module = import.meta.resolve('../../../src/ssh/trust/read-known-hosts.ts')
  const words = ['--input-type=module', '-e', FULL, module, file]
  const limited = ['-c', 'ulimit -n 64; exec "$@"', 'sh', process.execPath, ...words]
  const [first = '', second] = execFileSync('sh', limited, { encoding: 'utf8' }).split('\n')
  assert.match(first, /^cannot read the known hosts in '.*': EMFILE/)
  assert.equal(second, '1')
})
