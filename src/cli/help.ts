import { GLOBAL_OPTIONS, type OptionSpec, VERBS, type VerbSpec } from './table.ts'
import type { ProgramName } from './take-globals.ts'

const BY_NAME: Readonly<Record<ProgramName, readonly string[]>> = {
  agents: [
    'agents: runs and supervises AI coding agents in tmux, from one agents.toml',
    'Usage: agents VERB [ARGS] [--config PATH | --town DIR]',
    'tt is the same program by tinytown’s name: `tt -t DIR VERB`, and `tt plan` means tasks.toml.',
  ],
  tt: [
    'tt: the verbs of tinytown, done by agents (both are one program)',
    'Usage: tt VERB [ARGS] [-t DIR | --town DIR | --config PATH] [-v]',
    '`tt plan` is `agents plan --tasks`; -v tells where an error came from; all else is as with agents.',
  ],
}

/** What `agents` alone prints, or `tt`. */
export function usageText(program: ProgramName = 'agents'): string {
  const width = Math.max(...VERBS.map((verb) => synopsis(verb).length))
  const groups = [...new Set(VERBS.map((verb) => verb.group))].map((group) => {
    const rows = VERBS.filter((verb) => verb.group === group)
    return [`${group}:`, ...rows.map((verb) => `  ${synopsis(verb).padEnd(width)}  ${verb.summary}`)].join(
      '\n',
    )
  })
  return `${[
    ...BY_NAME[program],
    ...groups,
    'agents VERB --help says more; agents --version; most verbs take --json.',
    'Exit codes: 0 done, 1 failed, 2 usage or config, 3 something needs a person (status --check),\n' +
      '4 another watchdog runs, 5 a needed tool is missing, 124 it did not happen in time (wait, task wait, send --wait).',
  ].join('\n\n')}\n`
}

/** What `agents VERB --help` prints. */
export function verbText(verb: VerbSpec, program: ProgramName = 'agents'): string {
  const options = shown([...verb.options, ...GLOBALS[program]])
  const width = Math.max(...options.map((option) => optionText(option).length))
  return `${[
    `Usage: ${program} ${synopsis(verb)} [OPTIONS]`,
    `${capital(verb.summary)}.`,
    wrap(verb.details.replaceAll('`', ''), 100),
    `Options:\n${options.map((option) => `  ${optionText(option).padEnd(width)}  ${option.summary}`).join('\n')}`,
    `Examples:\n${verb.examples.map((example) => `  ${example}`).join('\n')}`,
  ].join('\n\n')}\n`
}

/** `tt` takes tinytown's short forms of the global options, too. */
const GLOBALS: Record<ProgramName, readonly OptionSpec[]> = {
  agents: GLOBAL_OPTIONS,
  tt: [
    ...GLOBAL_OPTIONS.map((option) => (option.name === 'town' ? { ...option, short: 't' } : option)),
    { name: 'verbose', short: 'v', summary: 'tell where an error came from' },
  ],
}

/** docs/reference/cli.md, generated; a test keeps the committed file equal to it. */
export function referenceText(): string {
  const verbs = VERBS.map((verb) =>
    [
      `## agents ${synopsis(verb).replaceAll('|', '\\|')}`,
      `${capital(verb.summary)}.`,
      verb.details,
      shown(verb.options)
        .map((option) => `- \`${optionText(option)}\`: ${option.summary}`)
        .join('\n'),
      `\`\`\`sh\n${verb.examples.join('\n')}\n\`\`\``,
    ]
      .filter((part) => part !== '')
      .join('\n\n'),
  )
  return `${[
    '<!-- Generated from src/cli/table.ts; `npx vitest run src/cli/help.test.ts --update` writes it. -->\n\n# Command line',
    '`agents VERB [ARGS] [--config PATH | --town DIR]`. Both may stand anywhere; with nothing but one of them, the verb is `status`. ' +
      'Names are text: an agent called `007` stays `007`. `tt` is the same program by tinytown’s name: it takes `-t DIR` ' +
      'and `-v` too, and `tt plan` is `agents plan --tasks`.',
    'Exit codes: 0 done, 1 failed, 2 usage or config, 3 something needs a person (`status --check`), 4 another ' +
      'watchdog holds the lock, 5 a needed tool is missing (with the command that installs it), 124 what was waited for ' +
      'did not happen in time (`wait`, `task wait`, `send --wait`).',
    'With `--json` an error is one object on stdout, `{version, error: {code, what, fix, file, key, line}}`, with the same ' +
      'exit code; otherwise it is text on stderr. Colour only on a terminal and never with `NO_COLOR`.',
    ...verbs,
  ].join('\n\n')}\n`
}

function synopsis(verb: VerbSpec): string {
  return verb.args === '' ? verb.name : `${verb.name} ${verb.args}`
}

function optionText(option: OptionSpec): string {
  const value =
    option.value === undefined
      ? ''
      : option.whenBare === undefined
        ? ` ${option.value}`
        : ` [${option.value}]`
  return `${option.short === undefined ? '' : `-${option.short}, `}--${option.name}${value}`
}

function shown(options: readonly OptionSpec[]): OptionSpec[] {
  return options.filter((option) => option.hidden !== true)
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}

function wrap(text: string, width: number): string {
  const lines: string[] = []
  let line = ''
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line)
      line = word
    } else line = line === '' ? word : `${line} ${word}`
  }
  return [...lines, line].join('\n')
}
