// `npm run pages [FOLDER]`: opens reports in a real browser, light, dark, on paper and without colour, and leaves a picture of each
// in a folder, to be looked at. It fails where a page asks for anything, breaks its own policy, is slow, or has text that is hard to read.
// Needs Chromium (apt-get install chromium), or another one that BROWSER names.
import { spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { HistoryReport } from '../../src/json/lines.ts'
import { renderHistoryPage } from '../../src/ui/report/history-page.ts'
import { renderRunPage } from '../../src/ui/report/run-page.ts'
import { exampleHistory, exampleRun } from '../ui/report/example-runs.ts'
import { Browser } from './browser.ts'

const NOTHING: HistoryReport = {
  ...exampleHistory(2),
  ...{ runs: [], weeks: [], keys: { failed: { count: 0, of: 0 } } },
}
const PAGES: Readonly<Record<string, string>> = {
  'run-1': renderRunPage(exampleRun(1)),
  'run-20': renderRunPage(exampleRun(20)),
  'run-300': renderRunPage(exampleRun(300)),
  history: renderHistoryPage(exampleHistory()),
  'history-1000': renderHistoryPage(exampleHistory(1000)),
  'history-none': renderHistoryPage(NOTHING),
}
const LOOKS: Readonly<Record<string, object>> = {
  light: { features: [{ name: 'prefers-color-scheme', value: 'light' }] },
  dark: { features: [{ name: 'prefers-color-scheme', value: 'dark' }] },
  paper: { media: 'print' },
}
/** What runs in the page. */
const FAINT_TEXTS = readFileSync(new URL('faint-texts.js', import.meta.url), 'utf8')
const WIDTH = 1280
const PHONE = 390
/** Of a picture: what follows looks like what stands above. */
const TALLEST = 2000
/** Of CPU time, until it is drawn. */
const LOAD_MS = 1000
/** WCAG 2, AA. */
const CONTRAST = 4.5

const [folder = 'pages'] = process.argv.slice(2)
const program = process.env.BROWSER ?? 'chromium'
if (spawnSync(program, ['--version']).status !== 0) {
  say(`there is no ${program}: apt-get install chromium, or name another one in BROWSER`)
  process.exit(69)
}
mkdirSync(folder, { recursive: true })
const browser = await Browser.start(program)
const wrong: string[] = []
try {
  // of the page's own thread, so that what else the machine does does not count
  await browser.send('Performance.enable', { timeDomain: 'threadTicks' })
  for (const domain of ['Page', 'Network', 'Log', 'Runtime', 'Security'])
    await browser.send(`${domain}.enable`)
  for (const [name, page] of Object.entries(PAGES)) await check(name, page)
} finally {
  await browser.end()
}
for (const each of wrong) say(each)
process.exitCode = wrong.length > 0 ? 1 : 0

async function check(name: string, page: string): Promise<void> {
  const file = resolve(join(folder, `${name}.html`))
  writeFileSync(file, page)
  for (const [look, media] of Object.entries(LOOKS)) {
    await browser.send('Emulation.setEmulatedMedia', { media: '', ...media })
    await setWidth(WIDTH)
    browser.events.length = 0
    const before = await cpuMs()
    await browser.send('Page.navigate', { url: pathToFileURL(file).href })
    await until(() => browser.events.some(({ method }) => method === 'Page.loadEventFired'))
    const ms = await browser.ask<number>(
      `new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done(Math.round(performance.now())))))`,
    )
    const after = await cpuMs()
    const cpu = Math.round(after >= before ? after - before : after)
    const told = browser.events.filter(({ method }) =>
      /^Log\.entryAdded|^Runtime\.exceptionThrown/.test(method),
    )
    const requests = browser.events
      .filter(({ method }) => method === 'Network.requestWillBeSent')
      .map(({ params }) => String((params.request as { url: string }).url).slice(0, 80))
      .filter((url) => url !== pathToFileURL(file).href && url !== 'data:,')
    const faint = await browser.ask<string[]>(`${FAINT_TEXTS}\nfaintTexts(${CONTRAST})`)
    say(
      `${name} ${look}: ${Math.round(page.length / 1024)} KiB, drawn after ${ms} ms (${cpu} of CPU), ${requests.length} requests`,
    )
    if (cpu > LOAD_MS) wrong.push(`${name} ${look}: ${cpu} ms of CPU`)
    for (const url of requests) wrong.push(`${name} ${look}: asks for ${url}`)
    for (const { params } of told) wrong.push(`${name} ${look}: ${JSON.stringify(params).slice(0, 300)}`)
    for (const each of faint) wrong.push(`${name} ${look}: hard to read: ${each}`)
    await picture(`${name}-${look}`)
  }
  await browser.send('Emulation.setEmulatedMedia', { media: '' })
  await browser.send('Emulation.setEmulatedVisionDeficiency', { type: 'achromatopsia' })
  await picture(`${name}-grey`)
  await browser.send('Emulation.setEmulatedVisionDeficiency', { type: 'none' })
  await setWidth(PHONE)
  const wide = await browser.ask<number>('document.documentElement.scrollWidth')
  if (wide > PHONE) wrong.push(`${name}: ${wide} px wide on a screen of ${PHONE}`)
  await picture(`${name}-phone`)
}

async function cpuMs(): Promise<number> {
  const { metrics } = await browser.send<{ metrics: { name: string; value: number }[] }>(
    'Performance.getMetrics',
  )
  return 1000 * (metrics.find(({ name }) => name === 'TaskDuration')?.value ?? 0)
}

function setWidth(width: number): Promise<unknown> {
  return browser.send('Emulation.setDeviceMetricsOverride', {
    width,
    height: 900,
    deviceScaleFactor: 1,
    mobile: false,
  })
}

async function picture(name: string): Promise<void> {
  const [width, height] = await browser.ask<number[]>(
    '[Math.max(innerWidth, document.documentElement.scrollWidth), document.documentElement.scrollHeight]',
  )
  const clip = { x: 0, y: 0, scale: 1, width, height: Math.min(height ?? 0, TALLEST) }
  const { data } = await browser.send<{ data: string }>('Page.captureScreenshot', {
    ...{ captureBeyondViewport: true, clip },
  })
  writeFileSync(join(folder, `${name}.png`), Buffer.from(data, 'base64'))
}

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise((done) => setTimeout(done, 5))
}

function say(text: string): void {
  process.stdout.write(`${text}\n`)
}
