// Bundles the sources and everything that they import, so that the package has no runtime dependencies.
import { readdir } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { rolldown } from 'rolldown'

/**
 * Writes the folder `dist`: an entry for each thing that is loaded by its name, and chunks that they share.
 * @returns the files that went into it, absolute
 */
export async function bundle(root: string, dist: string): Promise<readonly string[]> {
  const built = await rolldown({
    cwd: root,
    input: {
      main: 'src/main.ts',
      help: 'src/help.ts',
      index: 'src/index.ts',
      'cli/completion/answer': 'src/cli/completion/answer.ts',
      'cli/notify/webhook-process': 'src/cli/notify/webhook-process.ts',
      'config/load/config-process': 'src/config/load/config-process.ts',
      'config/load/start-config': 'src/config/load/start-config.ts',
      ...(await commandEntries(root)),
    },
    platform: 'node',
    // what ssh2 tries to load and does well without
    external: [/\.node$/, 'cpu-features'],
    treeshake: true,
    plugins: [
      {
        name: 'ssh2-crypto',
        resolveId: (source, importer) =>
          source === 'crypto' && importer?.endsWith('/ssh2/lib/protocol/crypto.js')
            ? join(root, 'src/ssh/ssh2/crypto.ts')
            : undefined,
      },
      {
        // Imported by its name, process is read whole: some of its properties take 10 ms to make.
        name: 'process',
        resolveId: (source) => (source === 'node:process' ? '\0process' : undefined),
        load: (id) => (id === '\0process' ? 'export default globalThis.process' : undefined),
      },
    ],
  })
  const { output } = await built.write({
    dir: dist,
    format: 'esm',
    entryFileNames: '[name].js',
    chunkFileNames: 'chunks/[name].js',
    // names and lines stay, so that a reported stack can be read
    minify: false,
    comments: { legal: false },
    sourcemap: false,
  })
  await built.close()
  return output.flatMap((file) => (file.type === 'chunk' ? file.moduleIds : []))
}

async function commandEntries(root: string): Promise<Record<string, string>> {
  const folder = join(root, 'src/commands')
  const files = (await readdir(folder)).filter((file) => file.endsWith('.ts'))
  return Object.fromEntries(files.map((file) => [`commands/${basename(file, '.ts')}`, join(folder, file)]))
}
