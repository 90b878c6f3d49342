import any from './catalogue/any.json' with { type: 'json' }
import claude from './catalogue/claude.json' with { type: 'json' }
import codex from './catalogue/codex.json' with { type: 'json' }
import gemini from './catalogue/gemini.json' with { type: 'json' }
import opencode from './catalogue/opencode.json' with { type: 'json' }
import type { DialogKind } from './types.ts'

/** One dialog that a program is known to open. Patterns are searched without regard to case. */
export interface Entry {
  id: string
  kind: DialogKind
  /** Found in what stands above the options. */
  says?: string
  /** Found in the labels, one a line. */
  offers?: string
  /** Labels as they were seen, the first words of them. */
  options: readonly string[]
  /** Where and in which version. */
  seen: string
}

export const catalogue: Readonly<Record<string, readonly Entry[]>> = {
  claude: claude as Entry[],
  codex: codex as Entry[],
  gemini: gemini as Entry[],
  opencode: opencode as Entry[],
  any: any as Entry[],
}

/** Every entry, e.g. to tell a wrong id in the config. */
export const entries: readonly Entry[] = Object.values(catalogue).flat()

/** The first entry of the program, else of the general ones, that describes these texts. */
export function identify(
  program: string | undefined,
  text: string,
  labels: readonly string[],
): Pick<Entry, 'id' | 'kind'> {
  const own = program !== undefined && Object.hasOwn(catalogue, program) ? catalogue[program]! : []
  const plain = straight(text)
  const offered = straight(labels.join('\n'))
  const found = [...own, ...catalogue.any!].find((entry) => fits(entry, plain, offered))
  return found ?? { id: 'unknown', kind: 'unknown' }
}

function fits({ says, offers }: Entry, text: string, labels: string): boolean {
  const said = says === undefined || new RegExp(says, 'iu').test(text)
  return said && (offers === undefined || new RegExp(offers, 'imu').test(labels))
}

/** Curly quotes as straight ones, every run of blanks as one: programs change both between versions. */
export const straight = (text: string): string =>
  text
    .replace(/[’‘]/gu, "'")
    .replace(/[“”]/gu, '"')
    .replace(/[^\S\n]+/gu, ' ')
