// Renders what spares work at the start: oclif's manifest, and the root help.
import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { Config, Plugin } from '@oclif/core'

/** Renders oclif.manifest.json, with which oclif knows the commands without loading them. */
export async function renderManifest(root: string): Promise<string> {
  const plugin = new Plugin({ root, type: 'core', ignoreManifest: true, errorOnManifestCreate: true })
  await plugin.load()
  return `${JSON.stringify(plugin.manifest)}\n`
}

/** Renders the root help for a terminal of 80 columns, with @USER_AGENT@ where shipit's and Node's versions stand. */
export async function renderHelp(root: string): Promise<string> {
  // an empty home has no theme
  const home = await mkdtemp(join(tmpdir(), 'shipit-build-'))
  try {
    const env = { PATH: process.env.PATH, HOME: home, USERPROFILE: home, SHELL: '/bin/sh', NO_COLOR: '1' }
    const script = join(root, 'bin/shipit.js')
    const { stdout } = await promisify(execFile)(process.execPath, [script, '--help'], { env, cwd: home })
    const { userAgent } = await Config.load({ root })
    if (!stdout.includes(userAgent)) throw new Error(`the root help does not name '${userAgent}':\n${stdout}`)
    return stdout.replace(userAgent, '@USER_AGENT@')
  } finally {
    await rm(home, { recursive: true })
  }
}
