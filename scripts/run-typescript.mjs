import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { build } from 'esbuild'

export const root = fileURLToPath(new URL('..', import.meta.url))

/**
 * Bundles the TypeScript file of a script into a temporary folder and runs its `main`; the folder goes with it.
 * @param entry path below the project
 * @returns the exit code that `main` answers
 */
export async function runTypeScript(entry, ...args) {
  const { main } = await importTypeScript(entry)
  return main(...args)
}

/** What a TypeScript file exports, bundled. */
export const importTypeScript = (entry) => withBundle(entry, (outfile) => import(pathToFileURL(outfile).href))

/** The same bundle for `use`, which is given its path; it is gone afterwards. */
export async function withBundle(entry, use) {
  const folder = mkdtempSync(join(tmpdir(), 'script-runner-'))
  try {
    const outfile = join(folder, 'main.mjs')
    await build({
      entryPoints: [join(root, entry)],
      bundle: true,
      platform: 'node',
      format: 'esm',
      target: 'node20',
      outfile,
      // Packages in CommonJS ask for the modules of Node by `require`.
      banner: {
        js: "import { createRequire as __createRequire } from 'node:module'\nconst require = __createRequire(import.meta.url)",
      },
      logLevel: 'warning',
    })
    return await use(outfile)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
