// Bundles to dist/: agents.js, one file that answers `agents status` while a watchdog runs (and tt.js, which starts it
// by tinytown's name), and the program proper, main.js with lazily loaded chunks. Every file that Node loads costs about
// half a millisecond.
import { chmod, rename, rm, writeFile } from 'node:fs/promises'

const { build, context } = await import('esbuild').catch((error) => {
  if (error.code !== 'ERR_MODULE_NOT_FOUND') throw error
  console.error('What the build needs is not installed in this folder. Type `npm ci`, then try again.')
  process.exit(1)
})

const common = {
  outdir: 'dist',
  bundle: true,
  format: 'esm',
  platform: 'node',
  target: 'node20.19',
  minifySyntax: true,
  legalComments: 'linked',
}

const entry = {
  ...common,
  entryPoints: { agents: 'src/cli/bin.ts' },
  banner: { js: '#!/usr/bin/env node' },
  plugins: [
    {
      name: 'main-beside',
      setup: (build) =>
        build.onResolve({ filter: /^\.\/run\.ts$/ }, () => ({ path: './main.js', external: true })),
    },
  ],
}

const main = {
  ...common,
  entryPoints: { main: 'src/cli/run.ts' },
  splitting: true,
  chunkNames: 'chunks/[name]-[hash]',
  banner: {
    // Bundled CommonJS dependencies call require().
    js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);",
  },
}

if (process.argv.includes('--watch')) {
  for (const options of [entry, main]) await (await context(options)).watch()
} else {
  // Built beside and swapped in: a command that starts meanwhile finds the old program or the new one.
  const fresh = `dist.${process.pid}`
  for (const options of [entry, main]) await build({ ...options, outdir: fresh })
  await writeFile(`${fresh}/tt.js`, "#!/usr/bin/env node\nimport './agents.js'\n")
  // Also a copy of this folder alone is known to hold modules: else Node reads each file twice to find out.
  await writeFile(`${fresh}/package.json`, '{ "type": "module" }\n')
  for (const name of ['agents.js', 'tt.js']) await chmod(`${fresh}/${name}`, 0o755)
  await rm('dist', { recursive: true, force: true })
  await rename(fresh, 'dist')
}
