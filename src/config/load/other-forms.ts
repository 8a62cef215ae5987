// Configs in a form that other tools take and shipit does not: named where there is no config, so that nobody looks for them in vain.
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

/** A file that was taken for a config, and what to do with it. */
type OtherForm = { what: string; suggestion: string }

const DATA_NAMES = ['json', 'jsonc', 'json5', 'yaml', 'yml', 'toml'].map((end) => `deploy.config.${end}`)
const SCRIPT_NAMES = ['deploy.config.cjs', 'deploy.config.cts']
const PACKAGE_KEYS = ['deploy', 'shipit']

const MOVE = 'Move its content to deploy.config.ts, which is a program: export default defineConfig({ … })'

/** Finds the nearest one, from a folder upwards. */
export function findOtherForm(from: string): OtherForm | undefined {
  for (let folder = from; ; folder = dirname(folder)) {
    const found = otherFormIn(folder)
    if (found || folder === dirname(folder)) return found
  }
}

function otherFormIn(folder: string): OtherForm | undefined {
  const existing = (names: readonly string[]) => names.map((each) => join(folder, each)).find(existsSync)
  const script = existing(SCRIPT_NAMES)
  if (script !== undefined) {
    const name = script.endsWith('.cts') ? 'deploy.config.mts' : 'deploy.config.mjs'
    return {
      what: `'${script}'`,
      suggestion: `Rename it to ${name}, and write 'export default' in place of 'module.exports ='.`,
    }
  }
  const data = existing(DATA_NAMES)
  if (data !== undefined) return { what: `'${data}'`, suggestion: MOVE }
  const file = join(folder, 'package.json')
  const key = PACKAGE_KEYS.find((each) => readKeys(file).includes(each))
  return key === undefined ? undefined : { what: `the key '${key}' of '${file}'`, suggestion: MOVE }
}

/** A package.json may be missing or broken. */
function readKeys(file: string): string[] {
  try {
    return Object.keys(JSON.parse(readFileSync(file, 'utf8')) as object)
  } catch {
    return []
  }
}
