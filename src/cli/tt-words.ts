import { Exit, UserError } from '../core/errors.ts'

/** Verbs of tinytown that have no place here, and what to use instead. */
const INSTEAD: Readonly<Record<string, { why: string; fix: string }>> = {
  bootstrap: {
    why: 'nothing is downloaded or built here',
    fix: 'The town starts a redis-server of its own; `agents doctor` says how to install one.',
  },
  start: {
    why: 'nothing needs to be kept open',
    fix: 'Type `agents up`: it starts the agents and the watchdog, which keeps the town.',
  },
  'agent-loop': {
    why: 'it is what tinytown calls itself with',
    fix: 'Type `agents spawn NAME`, or `agents worker NAME` for one in this terminal.',
  },
  mission: {
    why: 'missions are tinytown’s own',
    fix: 'Type it with the `tt` of tinytown in a town that both are in (`agents town init`): it works with these agents.',
  },
}

/**
 * What was typed to `tt`, in the words of `agents`.
 * @param words without the global options
 * @throws {UserError} TT_NO_PLACE, exit 2
 */
export function ttWords(words: readonly string[]): string[] {
  const [verb, ...rest] = words
  if (verb === undefined) return []
  const instead = Object.hasOwn(INSTEAD, verb) ? INSTEAD[verb] : undefined
  if (instead !== undefined)
    throw new UserError({
      code: 'TT_NO_PLACE',
      what: `tt ${verb} has no place in this program: ${instead.why}.`,
      fix: instead.fix,
      exit: Exit.usage,
    })
  // `agents plan` is what the next tick would do; the plan of tinytown is tasks.toml.
  if (verb === 'plan') return ['plan', ...rest, ...(rest.some(asksForInit) ? [] : ['--tasks'])]
  // `agents events` is the fleet's own log; `tt events` is the stream of the town.
  if (verb === 'events') return ['events', ...rest, ...(rest.includes('--in-town') ? [] : ['--in-town'])]
  return [...words]
}

const asksForInit = (word: string): boolean => word === '-i' || word === '--init'
