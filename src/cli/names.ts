import { NAME } from '../config/names.ts'
import { nearest } from '../config/nearest.ts'
import { Exit, UserError } from '../core/errors.ts'
import type { Fleet } from '../core/fleet.ts'

/** Every name that `up`, `down` and the like understand. */
export function knownNames(fleet: Fleet): string[] {
  return [
    ...fleet.agents.map((agent) => agent.name),
    ...fleet.services.map((service) => service.name),
    'watchdog',
  ]
}

/** A name that `up` understands, or the session of one. */
export const isKnown = (name: string, fleet: Fleet): boolean =>
  knownNames(fleet).includes(name) ||
  [...fleet.agents, ...fleet.services].some((each) => each.session === name)

/**
 * @param more names that this verb understands besides
 * @throws {UserError} NAME_UNKNOWN, exit 2, before anything is touched; names all that are wrong and offers the nearest.
 */
export function requireKnown(names: readonly string[], fleet: Fleet, more: readonly string[] = []): void {
  const known = [...knownNames(fleet), ...more]
  const unknown = names.filter((name) => !known.includes(name))
  if (unknown.length === 0) return
  const offers = unknown.map((name) => nearest(name, known)).filter((name) => name !== undefined)
  throw new UserError({
    code: 'NAME_UNKNOWN',
    what: `No agent or service is called ${unknown.map((name) => `"${name}"`).join(', ')}; nothing was done.`,
    fix: `${offers.length === 0 ? '' : `Did you mean ${[...new Set(offers)].join(', ')}? `}Known: ${known.join(', ')}.`,
    exit: Exit.usage,
  })
}

/** @throws {UserError} NAME_UNKNOWN, exit 2 */
export function requireAgent(name: string, fleet: Fleet): void {
  const agents = fleet.agents.map((agent) => agent.name)
  if (agents.includes(name)) return
  const offer = nearest(name, agents)
  throw new UserError({
    code: 'NAME_UNKNOWN',
    what: `No agent is called "${name}".`,
    fix: `${offer === undefined ? '' : `Did you mean ${offer}? `}Known: ${agents.join(', ') || 'none'}.`,
    exit: Exit.usage,
  })
}

/**
 * An agent's or service's session; any other name is taken as prefix + name, so `watchdog` works, too.
 * @throws {UserError} NAME_UNKNOWN, exit 2, for what cannot be a name: it would become a path or a tmux format
 */
export function sessionOf(name: string, fleet: Fleet): string {
  if (!NAME.test(name))
    throw new UserError({
      code: 'NAME_UNKNOWN',
      what: `"${name}" cannot be the name of an agent or service.`,
      fix: `Known: ${knownNames(fleet).join(', ')}.`,
      exit: Exit.usage,
    })
  const found =
    fleet.agents.find((agent) => agent.name === name) ??
    fleet.services.find((service) => service.name === name) ??
    [...fleet.agents, ...fleet.services].find((each) => each.session === name)
  return found?.session ?? `${fleet.sessionPrefix}${name}`
}
