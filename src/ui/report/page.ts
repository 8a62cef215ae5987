// The document around a report: one file, which asks for nothing.
import { createHash } from 'node:crypto'
import { Html, html, type Part } from './html.ts'
import { STYLE_SHEET } from './style-sheet.ts'

/** The style sheet alone may be used, by its digest: no script, no picture, no request, whatever a text in the page would be. */
const POLICY = `default-src 'none'; img-src data:; style-src 'sha256-${createHash('sha256').update(STYLE_SHEET).digest('base64')}'; base-uri 'none'; form-action 'none'`

/** Renders a whole document. */
export function renderPage(page: { title: string; body: Part; time: string; version: string }): string {
  const { title, body, time, version } = page
  const { markup } = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${new Html(POLICY)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<meta name="robots" content="noindex">
<link rel="icon" href="data:,">
<title>${title}</title>
<style>${new Html(STYLE_SHEET)}</style>
</head>
<body>
${body}
<footer>Made by shipit ${version}, ${utc(time)}. Times are the hosts' own clocks, in UTC.</footer>
</body>
</html>
`
  return markup
}

/** A moment as a report has it: `2026-11-22 12:00:00 UTC`. */
export function utc(time: string): string {
  return `${time.slice(0, 19).replace('T', ' ')} UTC`
}
