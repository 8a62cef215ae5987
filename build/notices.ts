// Collects the licences of what is bundled.
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'

const LICENSE_FILE = /^(?:licen[cs]e|copying|notice)(?:[.-].*)?$/i

/** The folder of a package in node_modules, up to and with its name. */
const PACKAGE_FOLDER = /^.*[\\/]node_modules[\\/](?:@[^\\/]+[\\/])?[^\\/]+/

type PackageJson = { name: string; version: string; license?: string; homepage?: string }

/**
 * Renders the notices of all packages that the files of a bundle belong to.
 * @throws Error when a package has no licence
 */
export async function collectNotices(root: string, modules: readonly string[]): Promise<string> {
  const folders = new Set(modules.flatMap((file) => PACKAGE_FOLDER.exec(file)?.[0] ?? []))
  const notices = await Promise.all([...folders].filter((each) => each.startsWith(root)).map(renderNotice))
  const head = 'shipit contains the following packages, each under its own licence.\n'
  // npm may install one version in several places
  return [head, ...[...new Set(notices)].sort()].join(`\n${'-'.repeat(80)}\n\n`)
}

async function renderNotice(folder: string): Promise<string> {
  const json = await readFile(join(folder, 'package.json'), 'utf8')
  const { name, version, license, homepage } = JSON.parse(json) as PackageJson
  const files = (await readdir(folder)).filter((file) => LICENSE_FILE.test(file)).sort()
  const texts = await Promise.all(files.map((file) => readFile(join(folder, file), 'utf8')))
  if (license === undefined && texts.length === 0) throw new Error(`${name} has no licence`)
  const title = `${name} ${version}${license ? ` (${license})` : ''}${homepage ? `\n${homepage}` : ''}`
  return `${[title, ...texts.map((text) => text.replaceAll('\r\n', '\n').trim())].join('\n\n')}\n`
}
