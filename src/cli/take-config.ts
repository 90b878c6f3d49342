import { Exit, UserError } from '../core/errors.ts'

/** `--config` may stand anywhere, also before the verb; the first one counts (the Python driver's rule). */
export function takeConfig(argv: readonly string[]): { config: string | undefined; words: string[] } {
  const words: string[] = []
  let config: string | undefined
  for (let at = 0; at < argv.length; at++) {
    const word = argv[at]!
    if (word === '--') return { config, words: [...words, ...argv.slice(at)] }
    if (word !== '--config' && !word.startsWith('--config=')) {
      words.push(word)
      continue
    }
    const value = word === '--config' ? argv[++at] : word.slice('--config='.length)
    if (value === undefined || value === '')
      throw new UserError({
        code: 'CLI_OPTION_VALUE',
        what: '--config needs the path of a config file.',
        fix: 'Write --config PATH.',
        exit: Exit.usage,
      })
    config ??= value
  }
  return { config, words }
}
