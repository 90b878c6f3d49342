// Looks for dialogs on a labelled collection of screens and prints, for each agent, how many were made out.
//   npm run dialogs -- DIR [--each]
// DIR holds index.json, a list of `{file, agent, label, altLabels?}`, and the screens. Counted are those labelled
// `awaiting-input`, also as one of two readings: options found, their cursor, an entry of the catalogue. --each prints
// every dialog. Exit 0: read and counted, whatever the figures; 2: usage.
import { existsSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { optionsOf, refuse } from './options.mjs'
import { importTypeScript } from './run-typescript.mjs'

const usage = 'npm run dialogs -- DIR [--each]     (DIR holds index.json and the screens)'
const { values, positionals } = optionsOf(usage, {
  options: { each: { type: 'boolean' } },
  allowPositionals: true,
})
const dir = positionals.length === 1 ? resolve(positionals[0]) : undefined
if (dir === undefined) refuse(usage, 'one folder is needed')
if (!existsSync(join(dir, 'index.json'))) refuse(usage, `${dir} holds no index.json`)

const { findDialog } = await importTypeScript('src/dialogs/find.ts')
const rows = new Map()
for (const { file, agent, label, altLabels = [] } of JSON.parse(
  readFileSync(join(dir, 'index.json'), 'utf8'),
)) {
  if (label !== 'awaiting-input' && !altLabels.includes('awaiting-input')) continue
  const dialog = findDialog(readFileSync(join(dir, file), 'utf8'), agent)
  if (values.each) show(file, dialog)
  const row = rows.get(agent) ?? { agent, screens: 0, options: 0, cursor: 0, known: 0 }
  row.screens += 1
  row.options += dialog.options.length > 0 ? 1 : 0
  row.cursor += dialog.cursor !== undefined || ['key', 'letter', 'across'].includes(dialog.how) ? 1 : 0
  row.known += dialog.id !== 'unknown' ? 1 : 0
  rows.set(agent, row)
}
const all = [...rows.values()]
const sum = (key) => all.reduce((total, row) => total + row[key], 0)
console.table([
  ...all,
  {
    agent: 'all',
    ...Object.fromEntries(['screens', 'options', 'cursor', 'known'].map((key) => [key, sum(key)])),
  },
])

function show(file, { id, question, cursor, options }) {
  console.log(`${file}: ${id}\n  ${question}`)
  for (const [at, option] of options.entries())
    console.log(
      `  ${at === cursor ? '>' : ' '} ${option.number} ${option.label}${option.key ? ` [${option.key}]` : ''}`,
    )
}
