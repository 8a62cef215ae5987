// Paths as a config may have them. A slash too few or too many at the end of a folder, or between two names, changes nothing: `src` is
// `src/`, and `a//b` is `a/b`. What is installed has one form of each.
import * as v from 'valibot'
import { asHostFolder, asPath, asTreeFolder } from './own-examples.ts'
import { text } from './schema-parts.ts'

/** A folder of the tree: no absolute path, no `..`, nothing that sh, rsync or make would read as an option. */
const TREE_FOLDER = /^(?![-/])(?!.*(?:^|\/)\.\.(?:\/|$))[A-Za-z0-9._/+@ -]+$/
/** A path of the host: absolute, without `.` or `..`, at least two folders deep. A slash too many means nothing else. */
const HOST_PATH = /^(?:\/+(?!\.{1,2}(?:\/|$))[A-Za-z0-9._+@-]+){2,}\/*$/
/** A program of the host, as sudoers(5) compares it: letter by letter. */
export const PROGRAM_PATH = /^(?:\/(?!\.{1,2}(?:\/|$))[A-Za-z0-9._+@-]+){2,}$/
/** A path in each release, without `.` or `..` and without blanks. */
const SHARED_PATH = /^(?![-/])(?:(?!\.{1,2}(?:\/|$))[A-Za-z0-9._+@-]+(?:\/+|$))+$/
/** PATH of the grammar, with slashes too many. One before it means the top of the repository, as in .gitignore. */
const WRITTEN_PATH = /^\/*(?!-)(?!(?:.*\/)?\.{1,2}(?:\/|$))[A-Za-z0-9._+@=-]+(?:\/+[A-Za-z0-9._+@=-]+)*\/*$/

const singleSlashes = (path: string) => path.replace(/\/{2,}/g, '/')
const withSlash = v.transform((path: string) => `${singleSlashes(path).replace(/\/$/, '')}/`)
const withoutSlash = v.transform((path: string) => singleSlashes(path).replace(/\/$/, ''))

/** A folder of the commit that something runs in. */
export const treeFolder = text(TREE_FOLDER, "must be a folder of the commit: relative, without '..'")
/** A folder of the commit that is published. */
export const publishedFolder = v.pipe(v.string(asTreeFolder), v.regex(TREE_FOLDER, asTreeFolder), withSlash)
/** A folder of the host that is published to. */
export const hostFolder = v.pipe(v.string(asHostFolder), v.regex(HOST_PATH, asHostFolder), withSlash)
export const releasesRoot = v.pipe(
  text(HOST_PATH, "must be an absolute path, at least two folders deep: '/var/app'"),
  withoutSlash,
)
export const hostFile = v.pipe(
  text(HOST_PATH, "must be an absolute path: '/var/www/site/app.py'"),
  withoutSlash,
)
/** Below a release. */
export const sharedPath = v.pipe(
  text(SHARED_PATH, "must be a path in each release: relative, without '..' or blanks"),
  withoutSlash,
)
/** A folder or a file of the repository, for `paths`. */
export const repositoryPath = v.pipe(
  v.string(asPath),
  v.regex(WRITTEN_PATH, asPath),
  v.transform((path) => singleSlashes(path).replace(/^\//, '')),
)
