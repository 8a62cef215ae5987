// How a project of each kind is deployed where nobody has written it down yet: the recipes of docs/recipes, as far as they fit.

import { pipWords } from './pip-words.ts'
import { has, type Project } from './project.ts'
import type { Finding, ProposedStep } from './proposal.ts'

const GIT: ProposedStep = { call: 'git' }

export const OUT_IS_A_GUESS = 'out is a guess: the folder that it makes'

/** Proposes a recipe by what lies in the project. There is always one. @param app its name on the host */
export function byKind(project: Project, app: string): Finding {
  const found =
    nodeApp(project, app) ??
    phpApp(project, app) ??
    pythonApp(project, app) ??
    generatedSite(project, app) ??
    plainSite(project, app)
  return found ?? { what: 'a project of files', steps: [GIT, releases(app)], unread: [] }
}

/** Pages that Sphinx, or a Makefile of that form, makes of a docs folder: built and published on request. */
export function docsSteps(project: Project, app: string): Pick<Finding, 'steps' | 'flags'> {
  for (const folder of ['docs', 'doc']) {
    const makefile = project.texts.get(`${folder}/Makefile`) ?? ''
    const isSphinx =
      /sphinx/i.test(makefile) && (/^html:/m.test(makefile) || /^%:|^\.PHONY: help/m.test(makefile))
    if (!isSphinx && !/^html:/m.test(makefile)) continue
    const build = /^BUILDDIR\s*\??=\s*(\S+)/m.exec(makefile)?.[1] ?? '_build'
    const out = `${build.replace(/\/+$/, '')}/html`
    return {
      flags: { docs: { char: 'd', summary: 'build and publish the docs' } },
      steps: [
        { call: 'make', argument: 'html', options: { in: folder, out, as: 'build', when: 'docs' } },
        {
          call: 'rsync',
          options: { from: `${folder}/${out}/`, to: `/srv/${app}-docs/`, delete: true, when: 'docs' },
        },
      ],
    }
  }
  return { steps: [] }
}

/** A new folder: nothing that is live is touched by the first deploy. */
export function releases(app: string, options: Readonly<Record<string, unknown>> = {}): ProposedStep {
  return {
    call: 'releases',
    options: { root: `/srv/${app}`, ...options },
    note: `let the web server or service use /srv/${app}/current`,
  }
}

function unit(app: string, verb: string, name = app): ProposedStep {
  // nothing that comes after it would go back
  const options = verb === 'restart' ? { options: { onFailure: 'rollback' } } : {}
  return { call: 'service', argument: [name, verb], ...options, note: 'the unit of your service' }
}

type Manifest = {
  scripts?: Record<string, string>
  dependencies?: Record<string, string>
  devDependencies?: Record<string, string>
  main?: string
}

function nodeApp(project: Project, app: string): Finding | undefined {
  const manifest = parseJson<Manifest>(project.texts.get('package.json'))
  if (!manifest) return undefined
  const { scripts = {}, dependencies = {} } = manifest
  const isServer =
    scripts.start !== undefined &&
    !/\b(?:vite|react-scripts|parcel|ng|astro|eleventy|webpack)\b/.test(scripts.start)
  const out = buildFolder(project)
  const tool = has(project, 'pnpm-lock.yaml') ? 'pnpm' : has(project, 'yarn.lock') ? 'yarn' : 'npm'
  const isLocked = ['package-lock.json', 'npm-shrinkwrap.json'].some((file) => has(project, file))
  const install = {
    npm: isLocked ? 'npm ci' : 'npm install',
    pnpm: 'pnpm install --frozen-lockfile',
    yarn: 'yarn install --frozen-lockfile',
  }[tool]
  if (scripts.build !== undefined && !isServer) {
    return {
      what: 'a site that is built by Node',
      file: 'package.json',
      steps: [
        GIT,
        {
          call: 'shell',
          argument: `${install} && ${tool} run build`,
          options: { name: 'build', as: 'build', out },
          note: OUT_IS_A_GUESS,
        },
        {
          call: 'rsync',
          options: { from: `${out}/`, to: `/srv/${app}/public/`, delete: true },
          note: 'what the web server serves',
        },
      ],
      unread: [],
    }
  }
  // a package for a tool, beside an app of another language
  if (!isServer && manifest.main === undefined && Object.keys(dependencies).length === 0) return undefined
  const production = {
    npm: ['npm', isLocked ? 'ci' : 'install', '--omit=dev'],
    pnpm: ['pnpm', 'install', '--prod', '--frozen-lockfile'],
    yarn: ['yarn', 'install', '--production', '--frozen-lockfile'],
  }[tool]
  return {
    what: 'a Node service',
    file: 'package.json',
    steps: [
      GIT,
      ...(scripts.build === undefined
        ? []
        : [
            {
              call: 'shell',
              argument: `${install} && ${tool} run build`,
              options: { name: 'build', as: 'build', out },
              note: OUT_IS_A_GUESS,
            } as const,
          ]),
      {
        call: 'command',
        argument: production,
        options: { name: 'node_modules', as: 'build', out: 'node_modules' },
      },
      releases(app),
      unit(app, 'restart'),
    ],
    unread: [],
  }
}

/** Where `npm run build` writes, as far as the packages tell. */
export function buildFolder(project: Project): string {
  const { dependencies = {}, devDependencies = {} } =
    parseJson<Manifest>(project.texts.get('package.json')) ?? {}
  const packages = { ...dependencies, ...devDependencies }
  if ('next' in packages) return '.next'
  if ('react-scripts' in packages || '@sveltejs/kit' in packages) return 'build'
  if ('@11ty/eleventy' in packages) return '_site'
  return 'dist'
}

function phpApp(project: Project, app: string): Finding | undefined {
  if (!project.texts.has('composer.json')) return undefined
  const isLaravel = has(project, 'artisan')
  const isSymfony = has(project, 'symfony.lock') || has(project, 'bin/console')
  const shared = isLaravel ? [{ file: '.env' }, 'storage'] : isSymfony ? ['var/log'] : []
  const composer = ['composer', 'install', '--no-dev', '--no-interaction', '--optimize-autoloader']
  return {
    what: isLaravel ? 'a Laravel app' : isSymfony ? 'a Symfony app' : 'a PHP app',
    file: 'composer.json',
    steps: [
      GIT,
      { call: 'command', argument: composer, options: { name: 'composer', as: 'build', out: 'vendor' } },
      releases(app, shared.length > 0 ? { shared } : {}),
      unit(app, 'reload', 'php-fpm'),
    ],
    unread: [],
  }
}

function pythonApp(project: Project, app: string): Finding | undefined {
  const isListed = has(project, 'requirements.txt')
  const file = isListed
    ? 'requirements.txt'
    : ['pyproject.toml', 'setup.py'].find((each) => has(project, each))
  // a project may be built by a tool of Python
  if (file === undefined || (!isListed && has(project, 'mkdocs.yml'))) return undefined
  const words = pipWords(isListed ? 'requirements.txt' : undefined)
  return {
    what: has(project, 'manage.py') ? 'a Django app' : 'a Python service',
    file,
    steps: [
      GIT,
      { call: 'command', argument: words, options: { name: 'pip', as: 'build', out: 'packages' } },
      releases(app),
      unit(app, 'restart'),
    ],
    unread: [],
  }
}

const GENERATORS: readonly (readonly [
  name: string,
  files: readonly string[],
  argv: readonly string[],
  out: string,
])[] = [
  ['Hugo', ['hugo.toml', 'hugo.yaml', 'archetypes/'], ['hugo', '--minify'], 'public'],
  ['Jekyll', ['_config.yml'], ['jekyll', 'build'], '_site'],
  ['MkDocs', ['mkdocs.yml'], ['mkdocs', 'build'], 'site'],
]

function generatedSite(project: Project, app: string): Finding | undefined {
  for (const [name, files, argument, out] of GENERATORS) {
    const file = files.find((each) => has(project, each))
    if (file === undefined) continue
    return {
      what: `a site that ${name} makes`,
      file,
      steps: [
        GIT,
        { call: 'command', argument, options: { as: 'build', out } },
        {
          call: 'rsync',
          options: { from: `${out}/`, to: `/srv/${app}/public/`, delete: true },
          note: 'what the web server serves',
        },
      ],
      unread: [],
    }
  }
  return undefined
}

function plainSite(project: Project, app: string): Finding | undefined {
  const folder = ['public', 'site', 'www', 'htdocs', 'html', 'src'].find((each) =>
    has(project, `${each}/index.html`),
  )
  if (folder === undefined && !has(project, 'index.html')) return undefined
  const from = folder === undefined ? './' : `${folder}/`
  return {
    what: 'a site of plain files',
    file: `${folder === undefined ? '' : from}index.html`,
    steps: [
      GIT,
      {
        call: 'rsync',
        options: { from, to: `/srv/${app}/public/`, delete: true },
        note: 'what the web server serves',
      },
    ],
    unread: [],
  }
}

/** Parses JSON of a project; nothing where it is broken. */
export function parseJson<T>(text: string | undefined): T | undefined {
  try {
    const value: unknown = JSON.parse(text ?? '')
    return typeof value === 'object' && value !== null ? (value as T) : undefined
  } catch {
    return undefined
  }
}
