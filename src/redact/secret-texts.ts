// The forms in which a value that is secret may turn up in the output of a program.
import { LEAST_CHARACTERS } from './pattern.ts'

/** Of a value with several lines: a shorter line, such as a bracket, says nothing. */
const LEAST_OF_A_LINE = 8

/** In the path of a URL: what is long is a token. */
const LEAST_OF_A_TOKEN = 16

/** Lists what is to be hidden of the URL of a webhook: whole, from the path on, and the parts that are as long as tokens. */
export function secretsOfUrl(url: string): string[] {
  const { pathname, search } = URL.canParse(url) ? new URL(url) : { pathname: '', search: '' }
  const tokens = `${pathname}${search}`.split(/[/?&=]/).filter((part) => part.length >= LEAST_OF_A_TOKEN)
  const path = `${pathname}${search}`
  return [url, ...(path.length >= LEAST_OF_A_LINE ? [path] : []), ...tokens].flatMap(secretTexts)
}

/** A URL within a word of a command: `--url=https://…`, or in a line for a shell. */
const URL_IN_WORD = /https?:\/\/[^\s'"`;|<>()]+/gi

/** Lists what is to be hidden of the URLs in a word of a command that sends something. */
export function secretsInWord(word: string): string[] {
  return (word.match(URL_IN_WORD) ?? []).flatMap(secretsOfUrl)
}

/**
 * Lists what is to be hidden of a value: each of its lines, as it is and as URLs and JSON have it, and the value in base64, alone
 * or within other text.
 * @returns nothing for one that is too short to be told from other words
 */
export function secretTexts(value: string): string[] {
  const lines = value
    .toWellFormed()
    .split(/[\r\n]+/)
    .map((line) => line.trim())
  const isOne = lines.filter((line) => line !== '').length === 1
  const kept = lines.filter((line) => line.length >= (isOne ? LEAST_CHARACTERS : LEAST_OF_A_LINE))
  const forms = kept.flatMap((line) => [line, encodeURIComponent(line), JSON.stringify(line).slice(1, -1)])
  return [...new Set([...forms, ...(kept.length > 0 ? encodedTexts(value.trim()) : [])])]
}

/** In base64, with one, two or no bytes of other text before it in a group of three, and in the alphabet of URLs as well. */
function encodedTexts(value: string): string[] {
  const bytes = Buffer.from(value)
  return [0, 1, 2]
    .map((before) => {
      const encoded = Buffer.concat([Buffer.alloc(before), bytes]).toString('base64')
      // the characters at both ends have bits of what stands beside it
      return encoded.slice(Math.ceil((8 * before) / 6), Math.floor((8 * (before + bytes.length)) / 6))
    })
    .filter((encoded) => encoded.length >= LEAST_OF_A_LINE)
    .flatMap((encoded) => [encoded, encoded.replaceAll('+', '-').replaceAll('/', '_')])
}
