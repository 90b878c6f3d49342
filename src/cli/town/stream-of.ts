import { Exit, UserError } from '../../core/errors.ts'
import { visible } from '../../core/text.ts'
import { findAgent, readAgent } from '../../town/agents/agents.ts'
import type { Town } from '../../town/town.ts'
import { parseId } from '../../town/wire/ids.ts'

/**
 * The stream of an agent's events. What it did is still told when it has left the town: by its whole id.
 * @throws {UserError} TOWN_AGENT_UNKNOWN, TOWN_AGENT_AMBIGUOUS (exit 2)
 */
export async function agentStream(town: Town, ref: string): Promise<string> {
  const id = parseId(ref)
  const gone =
    id !== undefined && (await readAgent(town, id)) === undefined ? town.keys.agentEvents(id) : undefined
  if (gone !== undefined && (await isThere(town, gone))) return gone
  return town.keys.agentEvents((await findAgent(town, ref)).id)
}

/** The stream of a mission of tinytown's. @throws {UserError} TOWN_MISSION (exit 2) */
export async function missionStream(town: Town, ref: string): Promise<string> {
  const id = parseId(ref)
  if (id === undefined) throw noMission(`"${visible(ref)}" is no mission id.`)
  const stream = town.keys.missionEvents(id)
  if ((await isThere(town, stream)) || (await isThere(town, town.keys.mission(id)))) return stream
  throw noMission(`There is no mission ${id} in this town.`)
}

const isThere = async (town: Town, key: string): Promise<boolean> =>
  (await town.redis.call('EXISTS', key)) === 1

const noMission = (what: string): UserError =>
  new UserError({
    code: 'TOWN_MISSION',
    what,
    fix: 'Write the whole id that `tt mission list --all` of tinytown shows.',
    exit: Exit.usage,
  })
