// Emits the types of the public interface.
import { execFile } from 'node:child_process'
import { glob, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'

/** A relative import in a declaration: `from './x.ts'`, `import('./x.ts')`. */
const RELATIVE_IMPORT = /((?:from|import) ?\(?['"]\.{1,2}\/[^'"]+)\.ts(?=['"])/g

/** Writes index.d.ts, and what it imports, into the folder `dist`. */
export async function emitDeclarations(root: string, dist: string): Promise<void> {
  const tsc = join(root, 'node_modules/typescript/bin/tsc')
  await promisify(execFile)(process.execPath, [
    tsc,
    '-p',
    join(root, 'build/tsconfig.json'),
    '--outDir',
    dist,
  ])
  // tsc leaves the endings of the sources, which a consumer does not have
  for await (const file of glob(join(dist, '**/*.d.ts'))) {
    const text = await readFile(file, 'utf8')
    await writeFile(file, text.replace(RELATIVE_IMPORT, '$1.js'))
  }
}
