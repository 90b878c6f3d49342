import { defaultableKeys, type KeyNotes, type TableNotes, tablesOfSchema } from './keys.ts'

const INTRO = `# Config reference

Made from the schema by \`node scripts/gen-config-docs.mjs\`; do not edit.

One \`agents.toml\` describes a project's whole fleet. \`agents config check\` tells every problem at once, and
\`agents config schema\` prints the JSON Schema for editors: write \`#:schema ./agents.schema.json\` in the first line.

- **Durations**: \`"90s"\`, \`"10m"\`, \`"2h"\`, \`"500ms"\`, \`"1d"\`, or a bare number of seconds. Longer ones than 24 days count as that.
- **Sizes**: \`"10MB"\`, \`"512KB"\`, or a bare number of bytes.
- **Paths**: relative to the project (\`project_dir\`) unless the key says otherwise; \`~\` is the home folder.
- **Names**: letters, digits, \`_\` and \`-\`, at most 64, not beginning with \`-\`.
- Unknown keys are errors. \`x_…\` keys and \`[x-…]\` tables are yours: nobody reads them.
- The file is at most 1 MiB and nested at most 64 deep.
- \`AGENT_MODEL_<name>\` and \`AGENT_BACKEND_<name>\` in the environment override an agent's model and backend for one call.
`

/** docs/reference/config.md */
export function configReference(): string {
  return `${INTRO}\n${tablesOfSchema().map(section).join('\n')}`
}

function section(table: TableNotes): string {
  const extra =
    table.path === 'defaults'
      ? `\nAgent keys that may stand here: ${defaultableKeys()
          .map((key) => `\`${key}\``)
          .join(', ')}.\n`
      : ''
  const rows = table.keys.map(row).join('\n')
  return `## \`${table.header}\`\n\n${table.about}\n${extra}\n| key | type | default | meaning |\n|---|---|---|---|\n${rows}\n`
}

function row(key: KeyNotes): string {
  const unit = key.unit === undefined ? '' : ` (${key.unit})`
  return `| \`${key.name}\` | ${cell(key.type + unit)} | ${cell(key.default)} | ${cell(key.about)} |`
}

const cell = (text: string): string => text.replaceAll('|', '\\|')
