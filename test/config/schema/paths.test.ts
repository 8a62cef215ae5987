// A slash too few or too many where it can mean only one thing.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as v from 'valibot'
import {
  hostFile,
  hostFolder,
  PROGRAM_PATH,
  publishedFolder,
  releasesRoot,
  repositoryPath,
  sharedPath,
} from '../../../src/config/schema/paths.ts'

const read = (schema: v.GenericSchema, path: string) => {
  const { success, output } = v.safeParse(schema, path)
  return success ? output : 'refused'
}

test('a path that only misses a slash, or has one too many, is taken', () => {
  for (const [schema, path, ...same] of [
    [publishedFolder, 'src/', 'src', 'src//'],
    [publishedFolder, 'a/b/', 'a/b', 'a//b'],
    [publishedFolder, './', '.'],
    [hostFolder, '/var/www/docs/', '/var/www/docs', '//var/www//docs'],
    [releasesRoot, '/var/app', '/var/app/', '/var//app//'],
    [hostFile, '/var/www/app.py', '/var//www/app.py'],
    [sharedPath, 'var/log', 'var/log/', 'var//log'],
    [repositoryPath, 'apps/web', '/apps/web', 'apps//web'],
    [repositoryPath, 'apps/web/', '//apps/web//'],
  ] as const)
    for (const each of [path, ...same]) assert.equal(read(schema, each), path, each)
})

test('one whose slash means another place is not', () => {
  for (const [schema, ...paths] of [
    // the host's, or the commit's?
    [publishedFolder, '/src', '/'],
    [hostFolder, 'var/www/docs', '/', '//', '/var', '/var/../x', '/var//./x'],
    [sharedPath, '/var/log', '//x', 'a//../b'],
    [repositoryPath, '/', '/../x', 'a//../b', '/-x', ''],
  ] as const)
    for (const each of paths) assert.equal(read(schema, each), 'refused', each)
  // sudo compares letter by letter
  for (const program of ['/usr//bin/x', '/usr/bin/x/', 'x']) assert.doesNotMatch(program, PROGRAM_PATH)
})
