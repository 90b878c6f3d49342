// Writes agents.schema.json and docs/reference/config.md from src/config/schema/schema.ts, and docs/reference/dialogs.md from
// src/dialogs/catalogue. With --check only compares: exit 1 when a file is stale.
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { importTypeScript, root } from './run-typescript.mjs'

const check = process.argv.includes('--check')
const { jsonSchema } = await importTypeScript('src/config/json-schema.ts')
const { configReference } = await importTypeScript('src/config/reference.ts')
const { dialogReference } = await importTypeScript('src/dialogs/reference.ts')
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
