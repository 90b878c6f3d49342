// Bundles src/cli/run.ts to dist/: one small entry and lazily loaded chunks, so that `agents status`
// reads a few kilobytes instead of a module tree.
import { chmod, rename, rm } from 'node:fs/promises'
import { build, context } from 'esbuild'

const options = {
  entryPoints: { agents: 'src/cli/run.ts' },
  outdir: 'dist',
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node20.19',
  minifySyntax: true,
  legalComments: 'linked',
  chunkNames: 'chunks/[name]-[hash]',
  banner: {
    // Bundled CommonJS dependencies call require().
    js: "#!/usr/bin/env node\nimport { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);",
  },
}

if (process.argv.includes('--watch')) {
  await (await context(options)).watch()
} else {
  // Built beside and swapped in: a command that starts meanwhile finds the old program or the new one.
  const fresh = `dist.${process.pid}`
  await build({ ...options, outdir: fresh })
  await chmod(`${fresh}/agents.js`, 0o755)
  await rm('dist', { recursive: true, force: true })
  await rename(fresh, 'dist')
}
