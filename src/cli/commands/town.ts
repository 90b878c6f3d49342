import { Exit, UserError } from '../../core/errors.ts'
import type { Command } from '../types.ts'

export const command: Command = async (call, deps) => {
  const [word, ...rest] = call.args
  const asked = { ...call, args: rest }
  if (rest.length > (word === 'join' ? 1 : 0)) throw tooMuch(word ?? '', rest)
  switch (word) {
    case 'init':
      return (await import('../town/init.ts')).initTown(asked, deps)
    case 'join':
      return (await import('../town/join.ts')).joinTown(asked, deps)
    case undefined:
    case 'info':
      return (await import('../town/info.ts')).townInfo(asked, deps)
    default:
      throw new UserError({
        code: 'CLI_ARGUMENTS',
        what: `agents town ${word} is not understood.`,
        fix: 'Write agents town init, agents town join [DIR], or agents town info.',
        exit: Exit.usage,
      })
  }
}

function tooMuch(word: string, rest: readonly string[]): UserError {
  return new UserError({
    code: 'CLI_ARGUMENTS',
    what: `agents town ${word} does not take "${rest.at(-1)}".`,
    fix: 'See agents town --help.',
    exit: Exit.usage,
  })
}
