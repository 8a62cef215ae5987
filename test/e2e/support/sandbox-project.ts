// A person's project with the example's config, which deploys to the sandbox: a checkout of the app that shipit brings.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  realpathSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { demoAppStream } from '../../../src/sandbox/demo-app.ts'

const ROOT = join(import.meta.dirname, '../../..')
export const SHIPIT = join(ROOT, 'bin/shipit.js')

export function makeProject(): string {
  // a blank, a quote and a dollar: where people keep their projects is their affair
  const project = join(realpathSync(mkdtempSync(join(tmpdir(), 'shipit-e2e-'))), "it's $HOME")
  mkdirSync(join(project, 'node_modules/@deploybot'), { recursive: true })
  symlinkSync(ROOT, join(project, 'node_modules/@deploybot/shipit'))
  cpSync(join(ROOT, 'deploy.config.ts'), join(project, 'deploy.config.ts'))
  assert.ok(existsSync(join(ROOT, 'dist')) && readdirSync(project).length > 0)
  checkOutDemo(project)
  return project
}

/** Makes a folder a checkout of the demo app, on its branch master. */
export function checkOutDemo(folder: string): void {
  const git = (words: string[], input = '') =>
    execFileSync('git', words, { cwd: folder, input, stdio: ['pipe', 'ignore', 'pipe'] })
  git(['init', '-q', '-b', 'master'])
  // what the tests put there is not a new file of the person's
  writeFileSync(join(folder, '.git/info/exclude'), 'deploy.config.ts\nnode_modules\n')
  git(['fast-import', '--quiet', '--done'], demoAppStream())
  git(['checkout', '-q', '-f', 'master'])
}
