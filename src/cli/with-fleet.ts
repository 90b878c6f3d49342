import { Exit, UserError } from '../core/errors.ts'
import type { Fleet } from '../core/fleet.ts'
import type { CliDeps, Invocation, OpenFleet } from './types.ts'

/** Verbs that do their work in a town, also where it is one of tinytown and the folder has no agents.toml. */
const ofTown = new Set([
  ...['list', 'status', 'history', 'assign', 'task', 'backlog', 'inbox', 'send', 'ack', 'sync', 'conductor'],
  ...['kill', 'interrupt', 'resume', 'close', 'wait', 'restart', 'prune', 'reset', 'reclaim', 'recover'],
  ...['save', 'restore', 'migrate'],
])

function isOfTown({ verb, options }: Invocation): boolean {
  if (verb === 'events') return options['in-town'] === true || options.mission !== undefined
  return ofTown.has(verb) || verb === 'town'
}

/** Opens the fleet, gives it to `body`, and closes it whatever happens. */
export async function withFleet<T>(
  call: Invocation,
  deps: CliDeps,
  body: (open: OpenFleet) => Promise<T>,
): Promise<T> {
  const open = await deps.openFleet(call.config, { thorough: call.verb === 'up', townOnly: isOfTown(call) })
  try {
    return await body(open)
  } finally {
    await open.close()
  }
}

/**
 * The config alone, for verbs that only read files.
 * @param townOnly a folder with a tinytown.toml and no agents.toml will do
 * @throws {UserError} CONFIG_MISSING or CONFIG_INVALID with all problems, exit 2
 */
export async function fleetOf(call: Invocation, deps: CliDeps, townOnly = isOfTown(call)): Promise<Fleet> {
  const read = await deps.readConfig(call.config, { townOnly })
  if (read.kind === 'ok') return read.fleet
  const [first] = read.problems
  if (first?.code === 'CONFIG_MISSING')
    throw new UserError({
      code: first.code,
      what: first.what,
      fix: first.fix,
      file: read.path,
      exit: Exit.usage,
    })
  const error = new UserError({
    code: 'CONFIG_INVALID',
    what: `${read.path} cannot be used.`,
    fix: 'Mend what is listed; agents config check lists it again.',
    file: read.path,
    exit: Exit.usage,
  })
  throw Object.assign(error, { problems: read.problems })
}
