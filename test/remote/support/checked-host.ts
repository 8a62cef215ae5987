// Hosts whose checks are done, with the programs that a test gives them, and a web server for them to ask.
import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { createServer, type RequestListener, type Server } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after } from 'node:test'
import { type HostOptions, RenderedHost } from './rendered-host.ts'

const RUN_PROGRAM = '/usr/local/libexec/shipit/run'
const STEP_PROGRAM = '/usr/local/libexec/shipit/step'

/** A host whose checks are done: in the sandbox there is no web server, so that they are left out there. */
export class CheckedHost extends RenderedHost {
  constructor(options: HostOptions) {
    super(options)
    for (const program of [RUN_PROGRAM, STEP_PROGRAM]) {
      const text = this.read(program)
      const patched = text.replace('{ [ "$1" = root ] || [ "$1" = check ]; }', '[ "$1" = root ]')
      assert.notEqual(patched, text)
      this.write(program, patched, 0o755)
    }
  }

  /** Gives the steps all programs of this machine but curl and wget, and the one that is named. */
  haveOnly(named: string): void {
    const text = this.read(STEP_PROGRAM)
    this.write(STEP_PROGRAM, text.replace(/^PATH=.*$/m, `PATH='${programs(named)}'`), 0o755)
  }
}

/** By the program that is named. */
const made = new Map<string, string>()
after(() => {
  for (const folder of made.values()) rmSync(folder, { recursive: true })
})

/** A folder with links to all programs of this machine but curl and wget, and the one that is named. */
function programs(named: string): string {
  const known = made.get(named)
  if (known !== undefined) return known
  const folder = mkdtempSync(join(tmpdir(), 'shipit-programs-'))
  made.set(named, folder)
  const all = new Map(PLACES.flatMap((from) => readdirSync(from).map((name) => [name, join(from, name)])))
  for (const [name, path] of all) {
    if (name === named || (name !== 'curl' && name !== 'wget')) symlinkSync(path, join(folder, name))
  }
  if (named === 'busybox wget')
    writeFileSync(join(folder, 'wget'), '#!/bin/sh\nexec busybox wget "$@"\n', { mode: 0o755 })
  return folder
}

const PLACES = ['/sbin', '/bin', '/usr/sbin', '/usr/bin', '/usr/local/bin']
export const has = (program: string) => PLACES.some((folder) => existsSync(join(folder, program)))

/** A web server on a port of this machine. */
export async function listen(handler: RequestListener, port = 0): Promise<{ server: Server; port: number }> {
  const server = createServer(handler)
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
  const address = server.address()
  return { server, port: typeof address === 'object' ? (address?.port ?? 0) : 0 }
}
