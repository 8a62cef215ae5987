// Draws three real runs as pictures for the README and the docs: `node build/draw-runs.ts`, after a build. Each is what a pseudo-terminal
// (script, of util-linux) shows at the end of a command in a sandbox of its own; light or dark, as the reader's system is.
import { execFileSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { demoAppStream } from '../src/sandbox/demo-app.ts'

const ROOT = join(import.meta.dirname, '..')
const COLUMNS = 96

/** By the picture's name, in order: a later command sees what an earlier one did. */
const RUNS = [
  ['deploy', 'shipit deploy --docs'],
  ['deploy-fails', 'shipit deploy --branch nope'],
  ['history', 'shipit history'],
] as const

type Cell = { character: string; style: string }

/** The classes of the pictures, by the number that ANSI gives a colour or a weight. */
const STYLES: Readonly<Record<string, string>> = { 1: 'bold', 2: 'dim', 31: 'red', 32: 'green', 33: 'yellow' }

const PIECES = /\x1b\[([?0-9;]*)([@-~])|\x1b[^[]|([\r\n])|([^\x1b\r\n]+)/g

/** What the screen shows at the end: of the control sequences those that the rows of a deploy are painted with. */
function readCells(raw: string): Cell[][] {
  const lines: Cell[][] = [[]]
  let row = 0
  let column = 0
  let style = ''
  const down = () => {
    row += 1
    lines[row] ??= []
  }
  for (const [, parameters = '', final, control, text] of raw.matchAll(PIECES)) {
    const count = Math.max(1, Number(parameters) || 0)
    if (control === '\n') down()
    else if (control === '\r') column = 0
    else if (final === 'A') row = Math.max(0, row - count)
    else if (final === 'B') for (let step = 0; step < count; step += 1) down()
    else if (final === 'G') column = count - 1
    else if (final === 'K' && parameters === '2') lines[row] = []
    else if (final === 'K') lines[row]?.splice(column)
    else if (final === 'J') lines.splice(row + 1)
    else if (final === 'm') style = parameters.split(';').reduce((_, code) => STYLES[code] ?? '', style)
    for (const character of text ?? '') {
      const line = lines[row] ?? []
      while (line.length < column) line.push({ character: ' ', style: '' })
      line[column] = { character, style }
      column += 1
    }
  }
  return lines
}

const CELL = { width: 8.43, height: 19 }
const EDGE = 16

/** Draws lines of a terminal. */
function renderSvg(lines: readonly Cell[][], title: string): string {
  const width = Math.ceil(COLUMNS * CELL.width + 2 * EDGE)
  const height = lines.length * CELL.height + 2 * EDGE
  const texts = lines.map((line, index) => {
    const y = EDGE + (index + 0.75) * CELL.height
    return `<text x="${EDGE}" y="${y}">${spansOf(line)}</text>`
  })
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img" aria-label="${escapeXml(title)}">
<style>
  svg { color-scheme: light dark }
  rect { fill: #fff; stroke: #d0d7de }
  text { fill: #1f2328; font: 14px ui-monospace, 'SF Mono', Menlo, Consolas, 'DejaVu Sans Mono', monospace; white-space: pre }
  .bold { font-weight: bold } .dim { fill: #656d76 } .red { fill: #cf222e } .green { fill: #1a7f37 } .yellow { fill: #9a6700 }
  @media (prefers-color-scheme: dark) {
    rect { fill: #0d1117; stroke: #30363d }
    text { fill: #e6edf3 }
    .dim { fill: #8d96a0 } .red { fill: #ff7b72 } .green { fill: #3fb950 } .yellow { fill: #d29922 }
  }
</style>
<rect x="0.5" y="0.5" width="${width - 1}" height="${height - 1}" rx="6"/>
${texts.join('\n')}
</svg>
`
}

/** Neighbours of one style are one piece, at its column: a font that is a little wider moves nothing. */
function spansOf(line: readonly Cell[]): string {
  const spans: { at: number; style: string; text: string }[] = []
  for (const [at, { character, style }] of line.entries()) {
    const last = spans.at(-1)
    if (last?.style === style) last.text += character
    else spans.push({ at, style, text: character })
  }
  return spans
    .filter(({ text }) => text.trim() !== '')
    .map(({ at, style, text }) => {
      const name = style === '' ? '' : ` class="${style}"`
      return `<tspan x="${(EDGE + at * CELL.width).toFixed(1)}"${name}>${escapeXml(text.trimEnd())}</tspan>`
    })
    .join('')
}

function escapeXml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;')
}

/** Runs a command in a terminal and returns all that it sent there. */
function capture(command: string, cwd: string): string {
  const { PATH, HOME } = process.env
  const env = {
    PATH: `${join(cwd, 'bin')}:${PATH}`,
    HOME,
    SHELL: '/bin/sh',
    TERM: 'xterm-256color',
    LANG: 'C.UTF-8',
  }
  const script = `stty cols ${COLUMNS} rows 40; ${command}; true`
  return execFileSync('script', ['-qec', script, '/dev/null'], {
    cwd,
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  }).toString()
}

const project = mkdtempSync(join(tmpdir(), 'shipit-draw-'))
try {
  mkdirSync(join(project, 'node_modules/@deploybot'), { recursive: true })
  mkdirSync(join(project, 'bin'))
  symlinkSync(ROOT, join(project, 'node_modules/@deploybot/shipit'))
  symlinkSync(join(ROOT, 'bin/shipit.js'), join(project, 'bin/shipit'))
  cpSync(join(ROOT, 'deploy.config.ts'), join(project, 'deploy.config.ts'))
  // the sandbox deploys the commits of a checkout
  const git = (words: string[], input = '') => execFileSync('git', words, { cwd: project, input })
  git(['init', '-q', '-b', 'master'])
  // without a warning of what is not committed
  writeFileSync(join(project, '.git/info/exclude'), '*\n')
  git(['fast-import', '--quiet', '--done'], demoAppStream())
  git(['checkout', '-q', '-f', 'master'])
  const folder = join(ROOT, 'docs/pictures')
  mkdirSync(folder, { recursive: true })
  for (const [name, command] of RUNS) {
    const shown = capture(command, project).replaceAll(project, '~/project')
    const prompt = [...`$ ${command}`].map((character) => ({ character, style: 'bold' }))
    const lines = [prompt, ...readCells(shown)]
    while (lines.at(-1)?.every(({ character }) => character === ' ')) lines.pop()
    writeFileSync(join(folder, `${name}.svg`), renderSvg(lines, `What ${command} shows in a terminal`))
    process.stdout.write(`docs/pictures/${name}.svg: ${lines.length} lines\n`)
  }
} finally {
  rmSync(project, { recursive: true })
}
