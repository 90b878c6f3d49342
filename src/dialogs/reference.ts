import { catalogue } from './identify.ts'

const INTRO = `# Dialogs that are known

Made from \`src/dialogs/catalogue/\` by \`node scripts/gen-config-docs.mjs\`; do not edit. What the ids and kinds are for:
[dialogs.md](../dialogs.md).
`

const names: Readonly<Record<string, string>> = {
  claude: 'Claude Code',
  codex: 'Codex',
  gemini: 'Gemini CLI',
  opencode: 'opencode',
  any: 'Any other program, and what these do not describe',
}

/** docs/reference/dialogs.md */
export function dialogReference(): string {
  return `${INTRO}\n${Object.entries(catalogue).map(section).join('\n')}`
}

function section([program, entries]: [string, (typeof catalogue)[string]]): string {
  const rows = entries.map(({ id, kind, options, seen }) => {
    const labels = options.map((label) => `\`${label}\``).join(', ')
    return `| \`${id}\` | \`${kind}\` | ${labels} | ${seen.replaceAll('|', '\\|')} |`
  })
  return `## ${names[program] ?? program}\n\n| id | kind | options | seen |\n|---|---|---|---|\n${rows.join('\n')}\n`
}
