import type { Command } from '../types.ts'

/** One option of a verb. Without `value` it is a switch. */
export interface OptionSpec {
  name: string
  short?: string
  /** Placeholder of its value, e.g. `DUR`. */
  value?: string
  /** The value may be left out and is then this. */
  whenBare?: string
  /** With `whenBare`: words that are its value when they follow it; else it is what begins with a digit. */
  words?: readonly string[]
  /** What a shell offers as its value; `PATH` and `DIR` are files and folders anyway. */
  offers?: 'agents' | readonly string[]
  summary: string
  /** Not shown in help and completions. */
  hidden?: boolean
}

/** What may be completed at an argument's place. */
export type Completes =
  | 'agents'
  | 'folders'
  | 'files'
  | readonly string[]
  /** Some words, or an agent. */
  | { wordsAndAgents: readonly string[] }
  | 'nothing'

export interface VerbSpec {
  name: string
  group: string
  /** As shown after the verb, e.g. `[NAME...]`. */
  args: string
  min: number
  max: number
  completes: Completes
  summary: string
  /** More than the summary says, for `agents VERB --help` and the reference. */
  details: string
  options: readonly OptionSpec[]
  examples: readonly string[]
  load(): Promise<{ command: Command }>
}

export const JSON_OPTION: OptionSpec = {
  name: 'json',
  summary: 'print one JSON document (version 1) for programs',
}
export const FRESH: OptionSpec = {
  name: 'fresh',
  summary: 'begin new conversations, whatever could be resumed',
}
export const GRACE: OptionSpec = {
  name: 'grace',
  value: 'DUR',
  summary: 'wait this long for an agent to leave before its processes are ended (default: its stop_grace)',
}
export const ALL: OptionSpec = { name: 'all', summary: 'every agent of the config' }
export const NAMES = {
  args: '[NAME...]',
  min: 0,
  max: Number.POSITIVE_INFINITY,
  completes: 'agents',
} as const
export const NAME = { args: 'NAME', min: 1, max: 1, completes: 'agents' } as const
export const NOTHING = { args: '', min: 0, max: 0, completes: 'nothing' } as const
export const OUTCOMES =
  'JSON: `{version, outcomes: [{name, result, detail}]}`. Exit 1 when anything failed or was refused.'

/** Options that every verb takes. */
export const GLOBAL_OPTIONS: readonly OptionSpec[] = [
  {
    name: 'config',
    value: 'PATH',
    summary: 'the config file (default: agents.toml in this folder)',
  },
  { name: 'town', value: 'DIR', summary: 'the same by its folder: DIR/agents.toml' },
  { name: 'help', short: 'h', summary: 'what the verb does' },
]
