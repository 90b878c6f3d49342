import { join } from 'node:path'
import { Exit, UserError } from '../core/errors.ts'

/** The name that the program was started by. `tt` is tinytown's: the same program with tinytown's spellings. */
export type ProgramName = 'agents' | 'tt'

export interface Globals {
  /** From `--config PATH`, or `agents.toml` below `--town DIR`; the first of them counts (the Python driver's rule). */
  config: string | undefined
  /** `-v` of `tt`: an error is told with where it came from. */
  verbose: boolean
  /** What is left, in its order. */
  words: string[]
}

/**
 * `--config PATH` and `--town DIR` may stand anywhere, also before the verb; as `tt` also `-t DIR` and `-v`. After `events`
 * `--town` without a folder is its `--in-town`.
 * @throws {UserError} CLI_OPTION_VALUE, exit 2
 */
export function takeGlobals(argv: readonly string[], program: ProgramName): Globals {
  const taken: Globals = { config: undefined, verbose: false, words: [] }
  for (let at = 0; at < argv.length; at++) {
    const word = argv[at]!
    if (word === '--') return { ...taken, words: [...taken.words, ...argv.slice(at)] }
    if (program === 'tt' && (word === '-v' || word === '--verbose')) {
      taken.verbose = true
      continue
    }
    const option = optionOf(word, program)
    if (isSwitch(word, argv[at + 1], taken.words)) {
      taken.words.push('--in-town')
      continue
    }
    if (option === undefined) {
      taken.words.push(word)
      continue
    }
    const value = option.value ?? argv[++at]
    if (value === undefined || value === '') throw valueMissing(word, option.name)
    taken.config ??= option.name === 'config' ? value : join(value, 'agents.toml')
  }
  return taken
}

/** `events --town` names no folder: it asks for the events of the town. */
const isSwitch = (word: string, next: string | undefined, before: readonly string[]): boolean =>
  word === '--town' && before[0] === 'events' && (next === undefined || next.startsWith('-'))

interface Taken {
  name: 'config' | 'town'
  /** Of `--config=x`, `-tx`; undefined: the next word. */
  value: string | undefined
}

function optionOf(word: string, program: ProgramName): Taken | undefined {
  const [, long, value] = /^--(config|town)(?:=(.*))?$/s.exec(word) ?? []
  if (long !== undefined) return { name: long as Taken['name'], value }
  if (program !== 'tt' || !/^-t/.test(word)) return undefined
  return { name: 'town', value: word === '-t' ? undefined : word.slice(2).replace(/^=/, '') }
}

function valueMissing(word: string, name: Taken['name']): UserError {
  const given = word.replace(/=$/, '')
  return new UserError({
    code: 'CLI_OPTION_VALUE',
    what: name === 'config' ? '--config needs the path of a config file.' : `${given} needs a folder.`,
    fix: name === 'config' ? 'Write --config PATH.' : `Write ${given} DIR: the folder with agents.toml.`,
    exit: Exit.usage,
  })
}
