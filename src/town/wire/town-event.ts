import * as v from 'valibot'
import type { EpochMs } from '../../core/index.ts'
import type { TownKeys } from '../keys.ts'
import { AGENT_STATES, type AgentState } from './agent-record.ts'
import { parseId } from './ids.ts'
import { parsedJson, wireJson } from './json.ts'
import { jsonTime, parseTime } from './stamp.ts'

/** Words of `event_type`, as tinytown 0.10 has them. */
export const TOWN_EVENTS = [
  'agent_state_changed',
  'agent_spawned',
  'agent_stopped',
  'task_assigned',
  'task_completed',
  'task_failed',
  'mission_state_changed',
  'mission_work_promoted',
  'mission_work_assigned',
  'mission_work_completed',
  'mission_work_blocked',
  'mission_help_needed',
  'mission_watch_triggered',
  'mission_event',
  'task_delegated',
  'agent_interrupted',
  'agent_resumed',
  'agent_completed',
  'agent_failed',
  'reviewer_handoff',
  'reviewer_approval',
  'conductor_escalation',
] as const
export type TownEventType = (typeof TOWN_EVENTS)[number]

export interface TownEvent {
  type: TownEventType
  agent?: string | undefined
  task?: string | undefined
  mission?: string | undefined
  oldState?: AgentState | undefined
  newState?: AgentState | undefined
  message: string
  at: EpochMs
  parent?: string | undefined
  child?: string | undefined
  scope?: string | undefined
  spawnMode?: string | undefined
}

/** Entries that a stream keeps, about. */
export const STREAM_LENGTHS = { town: 1000, agent: 100, mission: 500 } as const

/** The JSON of an entry's `data`; what is not set has no key. */
export function encodeEvent(event: TownEvent): string {
  return wireJson({
    event_type: event.type,
    agent_id: event.agent,
    task_id: event.task,
    mission_id: event.mission,
    old_state: capital(event.oldState),
    new_state: capital(event.newState),
    message: event.message,
    timestamp: jsonTime(event.at),
    parent_agent_id: event.parent,
    child_agent_id: event.child,
    scope: event.scope,
    spawn_mode: event.spawnMode,
  })
}

const read = v.object({
  event_type: v.picklist(TOWN_EVENTS),
  message: v.string(),
  timestamp: v.string(),
  agent_id: v.nullish(v.string()),
  task_id: v.nullish(v.string()),
  mission_id: v.nullish(v.string()),
  old_state: v.nullish(v.string()),
  new_state: v.nullish(v.string()),
  parent_agent_id: v.nullish(v.string()),
  child_agent_id: v.nullish(v.string()),
  scope: v.nullish(v.string()),
  spawn_mode: v.nullish(v.string()),
})

/** @returns undefined for what is no event; readers skip it */
export function decodeEvent(data: string): TownEvent | undefined {
  const found = v.safeParse(read, parsedJson(data))
  if (!found.success) return undefined
  const event = found.output
  const at = parseTime(event.timestamp)
  if (at === undefined) return undefined
  return {
    type: event.event_type,
    agent: parseId(event.agent_id ?? ''),
    task: parseId(event.task_id ?? ''),
    mission: parseId(event.mission_id ?? ''),
    oldState: small(event.old_state),
    newState: small(event.new_state),
    message: event.message,
    at,
    parent: parseId(event.parent_agent_id ?? ''),
    child: parseId(event.child_agent_id ?? ''),
    scope: event.scope ?? undefined,
    spawnMode: event.spawn_mode ?? undefined,
  }
}

/** States are capitalised here, unlike in records. */
const capital = (state: AgentState | undefined): string | undefined =>
  state === undefined ? undefined : `${state[0]!.toUpperCase()}${state.slice(1)}`
const small = (text: string | null | undefined): AgentState | undefined =>
  AGENT_STATES.find((state) => state === text?.toLowerCase())

/** Streams that tell of an event with their lengths, in the order in which `tt` writes them; each once. */
export function streamsOf(keys: TownKeys, event: TownEvent): [key: string, length: number][] {
  const agents = new Set([event.agent, event.parent, event.child].filter((id) => id !== undefined))
  return [
    [keys.events, STREAM_LENGTHS.town],
    ...[...agents].map((id): [string, number] => [keys.agentEvents(id), STREAM_LENGTHS.agent]),
    ...(event.mission === undefined
      ? []
      : [[keys.missionEvents(event.mission), STREAM_LENGTHS.mission] as [string, number]]),
  ]
}
