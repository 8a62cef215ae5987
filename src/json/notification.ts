// What a notification says: the JSON that a webhook or a program gets. Its type and its schema in schema/ come from here.
import * as v from 'valibot'
import { NOTIFIED } from '../results/notified.ts'
import { type Plain, RESULT } from './lines.ts'
import { ref } from './shapes.ts'

/** Changes when a program that reads notifications would have to. */
export const NOTIFICATION_VERSION = 1

const text = v.string()

export const NOTIFICATION = v.strictObject({
  schema: v.literal(NOTIFICATION_VERSION),
  // a line for people, as Slack and others take it
  text,
  outcome: v.picklist(NOTIFIED),
  app: text,
  environment: text,
  verb: v.picklist(['deploy', 'rollback']),
  ref: v.optional(ref),
  run: text,
  user: v.optional(text),
  commit: v.optional(text),
  ms: v.number(),
  exitCode: v.number(),
  hosts: v.record(text, v.strictObject(RESULT)),
})

export type Notification = Plain<v.InferOutput<typeof NOTIFICATION>>
