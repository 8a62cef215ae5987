// HTML that is safe by its making: a template has our own words, and whatever is put into one is text, until `html` made it.
import { cleanLine } from '../../safe-text/clean-text.ts'

/** Markup of ours. */
export class Html {
  readonly markup: string

  constructor(markup: string) {
    this.markup = markup
  }
}

/** What may stand in a template. */
export type Part = Html | string | number | undefined | false | readonly Part[]

/** Makes markup of a template. What is put in is shown, in text and in attributes with quotes, and is never markup. */
export function html(words: TemplateStringsArray, ...parts: readonly Part[]): Html {
  return new Html(words.reduce((before, word, index) => `${before}${render(parts[index - 1])}${word}`))
}

function render(part: Part): string {
  if (part === undefined || part === false) return ''
  if (part instanceof Html) return part.markup
  if (typeof part === 'number') return String(Math.round(part * 100) / 100)
  if (typeof part === 'string') return textOf(part)
  return part.map(render).join('')
}

/** Every text of a report comes through here: what hosts, people and the repository chose. It is the place to hide secrets. */
function textOf(text: string): string {
  return cleanLine(text).replace(/[&<>"']/g, (char) => ENTITIES[char] ?? '')
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}
