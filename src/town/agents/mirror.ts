import type { Reply } from '../../adapters/redis/types.ts'
import type { EpochMs } from '../../core/index.ts'
import { enrol } from '../lua/enrol.ts'
import { epoch } from '../lua/epoch.ts'
import { heartbeat } from '../lua/heartbeat.ts'
import { mirror } from '../lua/mirror.ts'
import { pulse } from '../lua/pulse.ts'
import type { Town } from '../town.ts'
import { AGENT_STATES, type AgentRecord, type AgentState, encodeAgent } from '../wire/agent-record.ts'
import { parseId } from '../wire/ids.ts'
import { hashTime } from '../wire/stamp.ts'
import { encodeEvent, streamsOf, type TownEvent } from '../wire/town-event.ts'
import { GUARD, lineOf, type StopFlag } from './orders.ts'

/** An agent of ours, as a pulse asks for it. */
export interface Expected {
  id: string
  /** The state that we wrote last. */
  state: AgentState
  /** See `Found` in orders.ts. */
  paused: boolean
}

/** What a pulse found of one agent; those of whom nothing is to be told are left out. */
export interface Beat {
  /** Place in the list of expected ones. */
  at: number
  what: 'here' | 'missing' | 'foreign' | 'garbage'
  state: AgentState
  /** `fleet_state`, what we wrote last; undefined: nothing. */
  ours: AgentState | undefined
  stop: StopFlag
  line: string
  inbox: number
  urgent: number
}

export interface Pulse {
  /** undefined: there is none any more. */
  epoch: string | undefined
  /** Another word each time that the mailbox of people has changed; '' while it is empty. */
  people: string
  beats: Beat[]
}

/** A letter for each thing that may be expected of an agent. */
const letters = 'abcdefghijklmnopqrstuvwxyz'
const letterOf = (state: AgentState, paused: boolean): string =>
  letters[2 * AGENT_STATES.indexOf(state) + (paused ? 1 : 0)]!
const meanings = JSON.stringify(
  Object.fromEntries(
    AGENT_STATES.flatMap((state) =>
      [false, true].map((paused) => [letterOf(state, paused), [state, lineOf(state, paused)]]),
    ),
  ),
)

/**
 * One look at everything that is not as it was left.
 * @param thorough otherwise of those who are as expected it is not looked who owns their records
 */
export async function readPulse(
  town: Town,
  owner: string,
  expected: readonly Expected[],
  thorough: boolean,
): Promise<Pulse> {
  let ids = ''
  let marks = ''
  for (const { id, state, paused } of expected) {
    ids += id
    marks += letterOf(state, paused)
  }
  const args = [owner, ids, marks, meanings, thorough ? '1' : '']
  const reply = await town.redis.script(pulse, [town.keys.root], args)
  const [, mark, people, ...found] = Array.isArray(reply) ? reply : []
  return {
    epoch: text(mark) === '' ? undefined : text(mark),
    people: text(people),
    beats: found.flatMap((row) => beatOf(row)),
  }
}

const whats = ['here', 'missing', 'foreign', 'garbage'] as const

function beatOf(row: Reply): Beat[] {
  if (!Array.isArray(row)) return []
  const [at, what, state, ours, stop, line, inbox, urgent] = row
  return [
    {
      at: Number(at),
      what: whats.find((one) => one === what) ?? 'garbage',
      state: stateOf(text(state)) ?? 'starting',
      ours: stateOf(text(ours)),
      stop: text(stop) === '' ? 'none' : text(stop) === GUARD ? 'guard' : 'asked',
      line: text(line),
      inbox: Number(inbox),
      urgent: Number(urgent),
    },
  ]
}

const stateOf = (word: string): AgentState | undefined => AGENT_STATES.find((state) => state === word)
/** Half of a character that a screen was cut in is no JSON for Lua. */
const whole = (word: string): string => word.replace(/\p{Surrogate}/gu, '\ufffd')
const text = (reply: Reply | undefined): string => (typeof reply === 'string' ? reply : '')

/** What is written into one record. */
export interface MirrorWrite {
  id: string
  /** State that must still stand there; undefined: whatever stands there is overwritten. */
  expect: AgentState | undefined
  state: AgentState
  /** Turns completed since the agent was first seen. Counted once, however often it is written. */
  rounds: number
  /** Fields that changed; undefined: the field goes. */
  fields: Readonly<Record<string, string | undefined>>
  /** Newest activity lines, oldest first. */
  lines: readonly string[]
  event: TownEvent | undefined
  /** `honour` takes a flag away that asked for a stop; `guard` sets ours; `unguard` takes ours away. */
  stop: 'honour' | 'guard' | 'unguard' | ''
}

export type Mirrored =
  | { kind: 'ok'; tasks: number; task: string | undefined }
  /** Another writer came in between; nothing was written. */
  | { kind: 'differs' }
  | { kind: 'missing' }
  | { kind: 'foreign' }

/** How long our own stop flag waits for a loop of `tt` that it is meant for. Seconds. */
const guardSeconds = 60

export async function writeMirror(town: Town, owner: string, write: MirrorWrite): Promise<Mirrored> {
  const { event, fields } = write
  const streams = event === undefined ? [] : streamsOf(town.keys, event)
  const set = Object.entries(fields).flatMap(([name, value]) => (value === undefined ? [] : [name, value]))
  const order = {
    owner,
    expect: write.expect ?? '*',
    state: write.state,
    rounds: write.rounds,
    set: set.map(whole),
    drop: Object.keys(fields).filter((name) => fields[name] === undefined),
    lines: write.lines.map(whole),
    stop: write.stop,
    seconds: guardSeconds,
    event: event?.type ?? '',
    data: event === undefined ? '' : whole(encodeEvent(event)),
    lengths: streams.map(([, length]) => length),
  }
  const keys = [town.keys.root, ...streams.map(([key]) => key)]
  const reply = await town.redis.script(mirror, keys, [write.id, JSON.stringify(order)])
  const [word, tasks, task] = Array.isArray(reply) ? reply : []
  if (word === 'ok') return { kind: 'ok', tasks: Number(tasks) || 0, task: parseId(text(task)) }
  if (word === 'differs') return { kind: 'differs' }
  return { kind: word === 'foreign' ? 'foreign' : 'missing' }
}

/** An agent of the config, as the town is to know it. */
export interface Enrolment {
  name: string
  /** The id that the ledger has. */
  known: string | undefined
  /** Ids of records of that name that were found in the town. */
  namesakes: readonly string[]
  /** Those of them whose fleet is gone: their last sign of life, as it stands there. */
  silent: Readonly<Record<string, string>>
  /** For a record that is not there. */
  record: Omit<AgentRecord, 'id'>
}

export type Enrolled =
  | {
      kind: 'ok'
      id: string
      how: 'created' | 'ours' | 'taken'
      /** Turns that the record has of us. */
      rounds: number
      tasks: number
      task: string | undefined
    }
  /** Somebody lives in this town under that name. */
  | { kind: 'conflict'; id: string }

/** Gives an agent its record: the one it has, one that is over and has its name, or a new one. */
export async function enrolAgent(
  town: Town,
  owner: string,
  { name, known, namesakes, silent, record }: Enrolment,
  newId: string,
): Promise<Enrolled> {
  const all = encodeAgent({ ...record, id: newId }).filter(([field]) => field !== 'id')
  const config = all.filter(([field]) => ['name', 'agent_type', 'cli', 'role_id'].includes(field))
  const args = [
    owner,
    name,
    known ?? '',
    newId,
    JSON.stringify(namesakes),
    pairs(all),
    pairs(config),
    JSON.stringify(silent),
  ]
  const reply = await town.redis.script(enrol, [town.keys.root], args)
  const [word, id, how, rounds, tasks, task] = Array.isArray(reply) ? reply : []
  if (word === 'conflict') return { kind: 'conflict', id: text(id) }
  return {
    kind: 'ok',
    id: text(id),
    how: how === 'created' || how === 'taken' ? how : 'ours',
    rounds: Number(rounds) || 0,
    tasks: Number(tasks) || 0,
    task: parseId(text(task)),
  }
}

const pairs = (fields: readonly [string, string][]): string =>
  JSON.stringify(fields.flatMap((pair) => pair.map(whole)))

/** What others have counted and set; undefined: its record is not there, or not ours. */
export type Counted = { tasks: number; task: string | undefined; rounds: number } | undefined

/** A sign of life of all who live, in one step. */
export async function sendHeartbeats(
  town: Town,
  owner: string,
  agents: readonly { id: string; lives: boolean }[],
  at: EpochMs,
): Promise<Counted[]> {
  const asked = agents.flatMap(({ id, lives }) => [id, lives ? '1' : ''])
  const reply = await town.redis.script(heartbeat, [town.keys.root], [owner, hashTime(at), ...asked])
  const [, ...rows] = Array.isArray(reply) ? reply : []
  return agents.map((_, at) => {
    const row = rows[at]
    if (!Array.isArray(row) || row.length === 0) return undefined
    return { tasks: Number(row[0]) || 0, task: parseId(text(row[1])), rounds: Number(row[2]) || 0 }
  })
}

/** The mark of this Redis; made where there is none. */
export async function ensureEpoch(town: Town, fresh: string): Promise<{ mark: string; made: boolean }> {
  const reply = await town.redis.script(epoch, [town.keys.root], [fresh])
  const [, mark, how] = Array.isArray(reply) ? reply : []
  return { mark: text(mark), made: how === 'made' }
}
