// This shipit's own public module, for a config that imports it: beside this folder among the sources, and beside the chunks of the bundle.
import { extname, join } from 'node:path'
import { pathToFileURL } from 'node:url'

export const OWN_INDEX = pathToFileURL(
  join(import.meta.dirname, '..', `index${extname(import.meta.filename)}`),
).href
export const OWN_FORMAT = extname(import.meta.filename) === '.ts' ? 'module-typescript' : 'module'
