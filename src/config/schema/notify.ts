// The schema of the webhooks and programs to notify when a deploy has ended.
import * as v from 'valibot'
import { defined } from '../../defined.ts'
import { NOTIFIED } from '../../results/notified.ts'
import { didYouMean } from '../../words/did-you-mean.ts'
import type { CheckedNotify } from '../checked-config.ts'
import { either, exact, keyOf, onOrOff, text, together } from './schema-parts.ts'
import { variable } from './secrets.ts'

/** Without an account: fetch refuses one. */
const WEBHOOK = /^https:\/\/[^\s/@]+(?:\/\S*)?$/

const WAYS = ['url', 'urlEnv', 'command'] as const

const FORM = 'must be the URL of a webhook: https://…'

const written = exact({
  url: v.optional(
    v.pipe(
      text(WEBHOOK, FORM),
      v.check((url) => URL.canParse(url), FORM),
    ),
  ),
  urlEnv: v.optional(variable),
  command: v.optional(
    v.pipe(
      v.array(
        v.pipe(v.string('must be a word'), v.regex(/^[^\0]+$/, 'must be a word')),
        'must be a list: a program and its words',
      ),
      v.minLength(1, 'must name a program'),
    ),
  ),
  on: v.optional(
    v.array(
      v.picklist(NOTIFIED, ({ input }) =>
        [`must be one of ${NOTIFIED.join(', ')}`, ...didYouMean(String(input), NOTIFIED)].join('. '),
      ),
      'must be a list of outcomes',
    ),
    [...NOTIFIED],
  ),
  sandbox: v.optional(onOrOff, false),
})

const one = v.pipe(
  together(written, (each) =>
    typeof each !== 'object' || WAYS.filter((way) => keyOf(each, way) !== undefined).length === 1
      ? undefined
      : 'must have one of url, urlEnv and command',
  ),
  v.transform(({ url, urlEnv, command, on, sandbox }): CheckedNotify => {
    const to = defined({ url, urlEnv, command }) as CheckedNotify['to']
    return { on, sandbox, to }
  }),
)
const alone = v.pipe(
  one,
  v.transform((each): CheckedNotify[] => [each]),
)
const several = v.array(one, 'must be { url }, { urlEnv } or { command }, or a list of them')

export const notify = v.optional(
  either([alone, several], (input) => (Array.isArray(input) ? several : alone)),
  [],
)
