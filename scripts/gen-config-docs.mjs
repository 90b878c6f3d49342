// Writes agents.schema.json and docs/reference/config.md from src/config/schema.ts, and docs/reference/dialogs.md from
// src/dialogs/catalogue. With --check only compares: exit 1 when a file is stale.
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { build } from 'esbuild'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const check = process.argv.includes('--check')

async function loadGenerators() {
  const folder = await mkdtemp(join(root, 'node_modules', '.gen-'))
  const entry =
    "export { jsonSchema } from './src/config/json-schema.ts'; export { configReference } from './src/config/reference.ts'; export { dialogReference } from './src/dialogs/reference.ts'"
  try {
    await build({
      stdin: { contents: entry, resolveDir: root, loader: 'ts' },
      bundle: true,
      platform: 'node',
      format: 'esm',
      outfile: join(folder, 'gen.mjs'),
      logLevel: 'warning',
    })
    return await import(pathToFileURL(join(folder, 'gen.mjs')).href)
  } finally {
    await rm(folder, { recursive: true })
  }
}

const { jsonSchema, configReference, dialogReference } = await loadGenerators()
const outputs = {
  'agents.schema.json': `${JSON.stringify(jsonSchema(), null, 2)}\n`,
  'docs/reference/config.md': configReference(),
  'docs/reference/dialogs.md': dialogReference(),
}
for (const [name, text] of Object.entries(outputs)) {
  const path = join(root, name)
  const old = await readFile(path, 'utf8').catch(() => '')
  if (old === text) continue
  if (check) {
    console.error(`${name} is stale. Type: node scripts/gen-config-docs.mjs`)
    process.exitCode = 1
    continue
  }
  await mkdir(dirname(path), { recursive: true })
  await writeFile(path, text)
  console.log(`wrote ${name}`)
}
