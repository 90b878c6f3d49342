import { GLOBAL_OPTIONS, type OptionSpec, VERBS, type VerbSpec } from '../table.ts'

/** All options of a verb that are offered. */
export function offered(verb: VerbSpec): OptionSpec[] {
  return [...verb.options, ...GLOBAL_OPTIONS].filter((option) => option.hidden !== true)
}

/** `-f --follow --config …`, separated by blanks. */
export function optionWords(verb: VerbSpec): string {
  return offered(verb).flatMap(spellings).join(' ')
}

export const VERB_WORDS = [...VERBS.map((verb) => verb.name), 'help'].join(' ')

/** Words that a verb takes as its first argument, or as any where it takes names. */
export function wordsOf({ completes }: VerbSpec): readonly string[] {
  if (typeof completes === 'string') return []
  return 'wordsAndAgents' in completes ? completes.wordsAndAgents : completes
}

/** Whether its arguments are names of agents. */
export const takesAgents = ({ completes }: VerbSpec): boolean =>
  completes === 'agents' || (typeof completes === 'object' && 'wordsAndAgents' in completes)

/** Verbs whose arguments are names of agents, for a shell's `case`. */
export const NAMING_VERBS = VERBS.filter(takesAgents).map((verb) => verb.name)

/** Verbs whose first argument is one of a few words. */
export const WORDED_VERBS = VERBS.flatMap((verb) =>
  wordsOf(verb).length > 0 ? [{ name: verb.name, words: wordsOf(verb) }] : [],
)

/** Verbs that take a folder, or a file. */
export const PATH_VERBS = (['folders', 'files'] as const).map((sort) => ({
  sort,
  names: VERBS.filter(({ completes }) => completes === sort).map(({ name }) => name),
}))

export type Offer = 'agents' | 'files' | 'folders' | readonly string[]

/** What may follow an option as its value. @returns undefined: nobody knows */
export function offerOf(option: OptionSpec): Offer | undefined {
  if (option.offers !== undefined) return option.offers
  if (option.words !== undefined) return option.words
  if (option.value === 'PATH') return 'files'
  return option.value === 'DIR' ? 'folders' : undefined
}

/** `-a`, `--agent`. */
export const spellings = (option: OptionSpec): string[] => [
  ...(option.short === undefined ? [] : [`-${option.short}`]),
  `--${option.name}`,
]
