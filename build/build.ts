// Builds what is shipped: dist/ and oclif.manifest.json. Runs in `prepare`, so also in a fresh clone.
import { cp, mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { bundle } from './bundle.ts'
import { emitDeclarations } from './declarations.ts'
import { renderHelp, renderManifest } from './manifest.ts'
import { collectNotices } from './notices.ts'
import { writeSchemas } from './schema.ts'

const root = join(import.meta.dirname, '..')

// what is being built stands aside until it is whole: somebody may be running the one before, and a failed build leaves it
const staging = await mkdtemp(join(root, '.build-'))
try {
  const dist = join(staging, 'dist')
  for (const name of ['bin', 'package.json'])
    await cp(join(root, name), join(staging, name), { recursive: true })
  const [modules] = await Promise.all([bundle(root, dist), emitDeclarations(root, dist)])
  await writeFile(join(dist, 'THIRD_PARTY_NOTICES'), await collectNotices(root, modules))
  await writeFile(join(staging, 'oclif.manifest.json'), await renderManifest(staging))
  await writeFile(join(dist, 'help.txt'), await renderHelp(staging))
  writeSchemas(root)
  await rename(join(root, 'dist'), join(staging, 'old')).catch(ignoreMissing)
  await rename(dist, join(root, 'dist'))
  await rename(join(staging, 'oclif.manifest.json'), join(root, 'oclif.manifest.json'))
} finally {
  await rm(staging, { recursive: true })
}

function ignoreMissing(error: NodeJS.ErrnoException): void {
  if (error.code !== 'ENOENT') throw error
}
