// Runs shellcheck on the hooks and on what is rendered from remote/: the programs, the recipe, and both scripts that root runs. Only if
// it finds something there, on the parts themselves, for their own names and lines. A text in which it found nothing is not read again.
import { spawn, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { copyFile, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { availableParallelism, tmpdir } from 'node:os'
import { basename, dirname, join, sep } from 'node:path'
import { findConfig } from '../src/config/load/find-config.ts'
import { readConfigs } from '../src/config/load/read-config.ts'
import { HOST, renderApp, renderPrograms } from '../src/install/bundle.ts'
import { type RootScript, renderInstallScript, renderUninstallScript } from '../src/install/install-script.ts'

/** Not every program that shares a part uses all of its names and functions. */
const UNUSED = 'SC2034,SC2317'

/** A part uses names of those that it is joined with; in the rendered programs they must be there. */
const ASSIGNED_ELSEWHERE = 'SC2154'

const root = join(import.meta.dirname, '..')
const remote = join(root, 'remote')
const settings = join(root, '.shellcheckrc')
const program = spawnSync('shellcheck', ['--version'], { encoding: 'utf8' })

/** Has the digest of each text in which the last check found nothing, a line each. */
const CLEAN = join(root, 'node_modules/.cache/shellcheck-clean')
const known = new Set((await readFile(CLEAN, 'utf8').catch(() => '')).split('\n'))
const clean = new Set<string>()

if (program.error) {
  const isRequired = process.env.CI === 'true'
  console.error(`${isRequired ? 'error' : 'skipped'}: shellcheck is not installed`)
  process.exitCode = isRequired ? 1 : 0
} else {
  const parts = (await readdir(remote, { recursive: true }))
    .filter((name) => name.endsWith('.sh'))
    .map((name) => name.split(sep).join('/'))
    .sort()
  const hooks = join(root, 'build/hooks')
  const areClean = [await checkRendered(parts), await check(hooks, await readdir(hooks), [])]
  if (!areClean[0]) await check(remote, parts, ['--exclude', `${UNUSED},${ASSIGNED_ELSEWHERE}`])
  await mkdir(dirname(CLEAN), { recursive: true })
  await writeFile(CLEAN, [...clean].join('\n'))
  process.exitCode = areClean.every(Boolean) ? 0 : 1
}

async function checkRendered(parts: readonly string[]): Promise<boolean> {
  const texts = await Promise.all(
    parts.map(
      async (name) => [name.slice(0, -'.sh'.length), await readFile(join(remote, name), 'utf8')] as const,
    ),
  )
  const [{ recipe }] = await readConfigs(findConfig(root))
  const files = [
    ...renderPrograms(Object.fromEntries(texts), HOST, '0.0.0'),
    ...renderApp(recipe, HOST, '0.0.0').filter(({ path }) => basename(path) === 'recipe'),
    { path: 'install.sh', text: joined(renderInstallScript(recipe, Object.fromEntries(texts), '0.0.0')) },
    {
      path: 'uninstall.sh',
      text: joined(renderUninstallScript(recipe.app, Object.fromEntries(texts), '0.0.0', { purge: true })),
    },
  ]
  const folder = await mkdtemp(join(tmpdir(), 'shipit-shell-'))
  try {
    // shellcheck looks for its settings beside a file and above it
    await copyFile(settings, join(folder, '.shellcheckrc'))
    const names = files.map(({ path }) => basename(path))
    await Promise.all(files.map(({ text }, index) => writeFile(join(folder, names[index] ?? ''), text)))
    return await check(folder, names, ['--exclude', UNUSED])
  } finally {
    await rm(folder, { recursive: true })
  }
}

/** What the script does once it has read the installer. */
function joined({ own, installer }: RootScript): string {
  return [...own, installer.text, 'main "$@"', ''].join('\n')
}

/** Files of a folder, one shellcheck for each processor, the largest file first. */
async function check(folder: string, names: readonly string[], options: readonly string[]): Promise<boolean> {
  const words = ['--shell', 'sh', '--format', 'gcc', ...options]
  const sized = await Promise.all(
    names.map(async (name) => ({ name, size: (await stat(join(folder, name))).size })),
  )
  const waiting = sized.sort((one, other) => other.size - one.size).map(({ name }) => name)
  let isClean = true
  const work = async () => {
    for (let name = waiting.shift(); name !== undefined; name = waiting.shift()) {
      const text = await readFile(join(folder, name), 'utf8')
      const digest = digestOf([program.stdout, await readFile(settings, 'utf8'), ...words, text])
      if (!known.has(digest)) {
        const child = spawn('shellcheck', [...words, name], { cwd: folder, stdio: 'inherit' })
        const [status] = await once(child, 'close')
        if (status !== 0) {
          isClean = false
          continue
        }
      }
      clean.add(digest)
    }
  }
  await Promise.all(Array.from({ length: availableParallelism() }, work))
  return isClean
}

/** Of all that a verdict of shellcheck depends on. */
function digestOf(parts: readonly string[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex')
}
