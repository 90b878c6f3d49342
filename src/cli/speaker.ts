import { basename, dirname } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import type { ReportDoor } from '../adapters/socket/report-door.ts'
import { Exit, UserError } from '../core/errors.ts'
import type { Fleet } from '../core/fleet.ts'
import { visible } from '../core/text.ts'
import { fleetId } from '../daemon/names.ts'
import {
  bearerNamed,
  bearerOf,
  identityPath,
  sessionIn,
  sessionVariables,
  tokenKeyName,
  townVariables,
} from '../daemon/reports/token.ts'
import { agentNamed, findAgent, readAgent } from '../town/agents/agents.ts'
import type { Whom } from '../town/agents/meant.ts'
import type { Town } from '../town/town.ts'
import { parseId, SUPERVISOR, shortId } from '../town/wire/ids.ts'

/** Who types a command: an agent inside its session, proven by its token; or a person. */
export type Speaker = { kind: 'agent'; name: string } | { kind: 'person' }

/**
 * Who speaks. Whatever proof the environment has must be good, be about the same agent, and be of its session of now: what
 * was copied out of one that ended is none. A name alone (`AGENTS_SELF`) proves nothing, and an agent that takes its
 * environment off is no person.
 * @throws {UserError} TOWN_FROM (exit 2)
 */
export async function speakerOf(
  door: Pick<ReportDoor, 'key' | 'runsAbove'>,
  fleet: Pick<Fleet, 'stateDir' | 'agents' | 'projectDir' | 'sessionPrefix'>,
  env: NodeJS.ProcessEnv,
): Promise<Speaker> {
  const token = env[sessionVariables.token]
  const file = env[sessionVariables.identity]
  const self = env[sessionVariables.self]
  if (!token && !file && !self) {
    if ([env.AGENTS_RUN ?? '', ...(await door.runsAbove())].some((run) => isAgentOf(fleet, run)))
      throw stranger()
    return { kind: 'person' }
  }
  const key = await door.key(fleet.stateDir, tokenKeyName)
  if (key === undefined) throw stranger()
  const kept = file ? await door.key(dirname(file), basename(file)) : undefined
  const says = [
    ...(token ? [bearerOf(key, token)] : []),
    ...(file ? [sessionIn(key, kept ?? '')] : []),
    ...(self ? [bearerNamed(self)] : []),
  ]
  const name = token || file ? says[0]?.agent : undefined
  if (name === undefined) throw stranger()
  const path = identityPath(fleet, name)
  const now = sessionIn(key, (await door.key(dirname(path), basename(path))) ?? '')
  if (now?.agent !== name || says.some((one) => one?.agent !== name || one.nonce !== now.nonce))
    throw stranger()
  return { kind: 'agent', name }
}

/** The run of an agent's session; services, notices and the watchdog have none to speak for. */
const isAgentOf = (fleet: Pick<Fleet, 'agents' | 'projectDir' | 'sessionPrefix'>, run: string): boolean =>
  fleet.agents.some(({ name }) => run === `${fleetId(fleet)}:${name}`)

const stranger = (): UserError =>
  new UserError({
    code: 'TOWN_FROM',
    what: 'The environment names an agent of which it has no proof: its token is missing, of another fleet or agent, or of a session that ended. Nothing was done.',
    fix: 'Run it in a session that agents started, or outside of any.',
    exit: Exit.usage,
  })

/**
 * Whose mailbox is meant by "mine", and who is the sender: an agent of ours by its token, a worker of tinytown by the
 * variables that its loop sets (it has no token), else the people's mailbox.
 * @throws {UserError} TOWN_FROM, TOWN_AGENT_UNKNOWN (exit 2), TOWN_NAME_TAKEN
 */
export async function whoSpeaks(
  town: Town,
  fleet: Pick<Fleet, 'agents' | 'projectDir' | 'sessionPrefix'>,
  speaker: Speaker,
  env: NodeJS.ProcessEnv,
): Promise<Whom> {
  if (speaker.kind === 'agent') return enrolled(town, fleetId(fleet), speaker.name)
  const worker = await tinytownWorker(town, env)
  if (worker === undefined) return { id: SUPERVISOR, name: 'supervisor', record: undefined }
  const ours = worker.record?.extra.fleet_owner !== undefined
  if (ours || fleet.agents.some((spec) => spec.name === worker.name)) throw stranger()
  return worker
}

/** Somebody who was just started has its record within a pulse or two. Milliseconds. */
const enrolledWithinMs = 3_000
const lookEveryMs = 100

/** By its whole name, nothing looser: who has no record yet must not be taken for another one; nor for another fleet's. */
async function enrolled(town: Town, owner: string, name: string): Promise<Whom> {
  let found: Whom | undefined
  for (let waited = 0; waited < enrolledWithinMs; waited += lookEveryMs) {
    found = await agentNamed(town, name)
    if (isOf(owner, found)) return found
    await setTimeout(lookEveryMs)
  }
  if (found !== undefined)
    throw new UserError({
      code: 'TOWN_NAME_TAKEN',
      what: `This is ${visible(name)}, but somebody else lives in the town ${visible(town.name)} under that name (${shortId(found.id)}). Nothing was done.`,
      fix: 'One of the two needs another name: `agents status` shows it.',
      exit: Exit.failed,
    })
  throw new UserError({
    code: 'TOWN_AGENT_UNKNOWN',
    what: `This is ${visible(name)}, of whom the town does not know yet. Nothing was done.`,
    fix: 'The watchdog tells of it: see `agents status`.',
    exit: Exit.usage,
  })
}

/** Its record is that of this fleet (`fleetId`). */
export const isOf = (owner: string, whom: Whom | undefined): whom is Whom =>
  whom?.record?.extra.fleet_owner === owner

async function tinytownWorker(town: Town, env: NodeJS.ProcessEnv): Promise<Whom | undefined> {
  const id = parseId(env[townVariables.id] ?? '')
  const record = id === undefined || id === SUPERVISOR ? undefined : await readAgent(town, id)
  return record === undefined ? undefined : { id: record.id, name: record.name, record }
}

/**
 * The sender that `--from` names must be who speaks.
 * @throws {UserError} TOWN_FROM, TOWN_AGENT_UNKNOWN (exit 2)
 */
export async function requireOwnName(town: Town, me: Whom, from: string): Promise<void> {
  const named = await findAgent(town, from)
  if (named.id === me.id) return
  throw new UserError({
    code: 'TOWN_FROM',
    what: `This is ${visible(me.name)}, who cannot send as ${visible(named.name)}. Nothing was sent.`,
    fix:
      me.id === SUPERVISOR
        ? 'An agent is believed in its own session only; leave --from out, or write --from supervisor.'
        : 'Leave --from out.',
    exit: Exit.usage,
  })
}
