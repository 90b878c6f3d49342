import { GLOBAL_OPTIONS, type OptionSpec, VERBS, type VerbSpec } from '../table.ts'

/** All options of a verb that are offered. */
export function offered(verb: VerbSpec): OptionSpec[] {
  return [...verb.options, ...GLOBAL_OPTIONS].filter((option) => option.hidden !== true)
}

/** `-f --follow --config …`, separated by blanks. */
export function optionWords(verb: VerbSpec): string {
  return offered(verb)
    .flatMap((option) => [...(option.short === undefined ? [] : [`-${option.short}`]), `--${option.name}`])
    .join(' ')
}

export const VERB_WORDS = [...VERBS.map((verb) => verb.name), 'help'].join(' ')

/** Verbs whose arguments are names of agents, for a shell's `case`. */
export const NAMING_VERBS = VERBS.filter((verb) => verb.completes === 'agents').map((verb) => verb.name)

/** Verbs whose first argument is one of a few words. */
export const WORDED_VERBS = VERBS.flatMap((verb) =>
  Array.isArray(verb.completes) ? [{ name: verb.name, words: verb.completes as readonly string[] }] : [],
)
