// Real faults, drawn from a seed, against a running fleet; invariants are read from outside. See docs/chaos.md.
//   node scripts/chaos.mjs --faults 1000 --seed 7
// Uses the program in dist/ (or the folder $AGENTS_DIST). Bundles test/chaos/, which is TypeScript, on the fly.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { build } from 'esbuild'

const root = fileURLToPath(new URL('..', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'chaos-runner-'))
try {
  const outfile = join(folder, 'main.mjs')
  await build({
    entryPoints: [join(root, 'test/chaos/main.ts')],
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    outfile,
    logLevel: 'warning',
  })
  const { main } = await import(pathToFileURL(outfile).href)
  process.exitCode = await main(process.argv.slice(2), root, process.env.AGENTS_DIST ?? join(root, 'dist'))
} finally {
  rmSync(folder, { recursive: true, force: true })
}
