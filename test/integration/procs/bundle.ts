import { mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { build } from 'esbuild'

export const repoRoot = join(import.meta.dirname, '..', '..', '..')

/**
 * Bundles TypeScript text, which may import from `#src/…`, into one file that a bare `node` runs, as the released
 * program is bundled. The caller removes the folder.
 */
export async function bundle(source: string): Promise<{ dir: string; file: string }> {
  const dir = await mkdtemp(join(tmpdir(), 'b-'))
  const file = join(dir, 'main.mjs')
  const contents = source.replaceAll('#src/', `${repoRoot}/src/`)
  const banner =
    "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);"
  const { outputFiles } = await build({
    stdin: { contents, loader: 'ts', resolveDir: repoRoot },
    bundle: true,
    platform: 'node',
    format: 'esm',
    banner: { js: banner },
    write: false,
  })
  await writeFile(file, outputFiles[0]!.text)
  return { dir, file }
}
