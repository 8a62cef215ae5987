// A person's project with the example's config, which deploys to the sandbox.
import assert from 'node:assert/strict'
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, realpathSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const ROOT = join(import.meta.dirname, '../../..')
export const SHIPIT = join(ROOT, 'bin/shipit.js')

export function makeProject(): string {
  // a blank, a quote and a dollar: where people keep their projects is their affair
  const project = join(realpathSync(mkdtempSync(join(tmpdir(), 'shipit-e2e-'))), "it's $HOME")
  mkdirSync(join(project, 'node_modules/@deploybot'), { recursive: true })
  symlinkSync(ROOT, join(project, 'node_modules/@deploybot/shipit'))
  cpSync(join(ROOT, 'deploy.config.ts'), join(project, 'deploy.config.ts'))
  assert.ok(existsSync(join(ROOT, 'dist')) && readdirSync(project).length > 0)
  return project
}
