// Hostile texts, drawn from a seed, through the outbox, tmux and real terminals; what arrives is compared byte for byte.
//   npm run hostile -- --count 10000 --seed 1
// Exit 0: each arrived once and as docs/messages.md says; 1: some did not, they are printed; 2: usage.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { build } from 'esbuild'

const root = fileURLToPath(new URL('..', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'hostile-runner-'))
try {
  const outfile = join(folder, 'main.mjs')
  await build({
    entryPoints: [join(root, 'test/hostile/main.ts')],
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    outfile,
    logLevel: 'warning',
  })
  const { main } = await import(pathToFileURL(outfile).href)
  process.exitCode = await main(process.argv.slice(2), root)
} finally {
  rmSync(folder, { recursive: true, force: true })
}
