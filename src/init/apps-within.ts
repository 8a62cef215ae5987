// The apps of a monorepo, by the folders in which people keep them.
import { parseJson } from './found/kinds-of-project.ts'
import type { Project } from './found/project.ts'

const APP_FOLDER = /^(?:apps|services|packages|projects)\/[^/]+\/$/
const WORKSPACES = ['pnpm-workspace.yaml', 'turbo.json', 'nx.json', 'lerna.json', 'rush.json']

/** Lists the folders of its apps, `apps/` first; none where the project is one app. */
export function appsWithin(project: Project): string[] {
  const manifest = parseJson<{ workspaces?: unknown; scripts?: { start?: string } }>(
    project.texts.get('package.json'),
  )
  const isWorkspace = WORKSPACES.some((file) => project.paths.has(file)) || manifest?.workspaces !== undefined
  const isOne =
    !isWorkspace &&
    [...project.texts.keys()].some((path) => /^(?:package|composer)\.json$|^pyproject\.toml$/.test(path))
  if (isOne) return []
  const folders = [...project.paths].filter((path) => APP_FOLDER.test(path)).sort()
  const apps = folders.filter((path) => !path.startsWith('packages/'))
  return apps.length > 0 ? apps : isWorkspace ? folders : []
}
