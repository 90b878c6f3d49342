import type { EpochMs } from '../../core/index.ts'
import { parseId } from './ids.ts'
import { hashTime, parseTime } from './stamp.ts'

export const AGENT_STATES = [
  'cold',
  'starting',
  'idle',
  'working',
  'paused',
  'draining',
  'stopped',
  'error',
] as const
export type AgentState = (typeof AGENT_STATES)[number]
export const AGENT_TYPES = ['supervisor', 'worker'] as const
export type AgentType = (typeof AGENT_TYPES)[number]
export const SPAWN_MODES = ['fresh', 'forkedcontext', 'resumed'] as const
export type SpawnMode = (typeof SPAWN_MODES)[number]

/** `tt:{town}:agent:A` of tinytown 0.10. */
export interface AgentRecord {
  id: string
  name: string
  type: AgentType
  state: AgentState
  cli: string
  createdAt: EpochMs
  heartbeatAt: EpochMs
  tasksCompleted: number
  roundsCompleted: number
  activeAt: EpochMs
  spawnMode: SpawnMode
  currentTask: string | undefined
  nickname: string | undefined
  role: string | undefined
  parent: string | undefined
  /** Fields `fleet_*`, and what a later version of tinytown writes. */
  extra: Record<string, string>
}

/** Over: no process is presumed, nothing is expected of it. */
export const isTerminal = (state: AgentState): boolean =>
  state === 'cold' || state === 'stopped' || state === 'error'

const FIELDS = new Set([
  'id',
  'name',
  'agent_type',
  'state',
  'cli',
  'created_at',
  'last_heartbeat',
  'tasks_completed',
  'rounds_completed',
  'last_active_at',
  'spawn_mode',
  'current_task',
  'nickname',
  'role_id',
  'parent_agent_id',
])

/** The fields that are set, in the order of the protocol; what is undefined is no field. */
export function encodeAgent(record: AgentRecord): [string, string][] {
  const optional: [string, string | undefined][] = [
    ['current_task', record.currentTask],
    ['nickname', record.nickname],
    ['role_id', record.role],
    ['parent_agent_id', record.parent],
  ]
  return [
    ['id', record.id],
    ['name', record.name],
    ['agent_type', record.type],
    ['state', record.state],
    ['cli', record.cli],
    ['created_at', hashTime(record.createdAt)],
    ['last_heartbeat', hashTime(record.heartbeatAt)],
    ['tasks_completed', String(record.tasksCompleted)],
    ['rounds_completed', String(record.roundsCompleted)],
    ['last_active_at', hashTime(record.activeAt)],
    ['spawn_mode', record.spawnMode],
    ...optional.filter((field): field is [string, string] => field[1] !== undefined),
    ...Object.entries(record.extra),
  ]
}

/**
 * What a hash holds, with the defaults that `tt` reads for what is missing or bad.
 * @returns undefined without an id: such a record is nobody's
 */
export function decodeAgent(hash: Readonly<Record<string, string>>, now: EpochMs): AgentRecord | undefined {
  const id = parseId(hash.id ?? '')
  if (id === undefined) return undefined
  const createdAt = parseTime(hash.created_at ?? '') ?? now
  return {
    id,
    name: hash.name ?? '',
    type: word(AGENT_TYPES, hash.agent_type, 'worker'),
    state: word(AGENT_STATES, hash.state, 'starting'),
    cli: hash.cli ?? '',
    createdAt,
    heartbeatAt: parseTime(hash.last_heartbeat ?? '') ?? now,
    tasksCompleted: count(hash.tasks_completed),
    roundsCompleted: count(hash.rounds_completed),
    activeAt: parseTime(hash.last_active_at ?? '') ?? createdAt,
    spawnMode: word(SPAWN_MODES, hash.spawn_mode, 'fresh'),
    currentTask: parseId(hash.current_task ?? ''),
    nickname: hash.nickname,
    role: hash.role_id,
    parent: parseId(hash.parent_agent_id ?? ''),
    extra: Object.fromEntries(Object.entries(hash).filter(([name]) => !FIELDS.has(name))),
  }
}

const word = <const T extends readonly string[]>(
  words: T,
  text: string | undefined,
  other: T[number],
): T[number] => words.find((one) => one === text) ?? other

const count = (text: string | undefined): number => {
  const read = Number(text ?? '')
  return Number.isSafeInteger(read) && read >= 0 ? read : 0
}

/** Nickname, else name. */
export const displayName = ({ nickname, name }: Pick<AgentRecord, 'nickname' | 'name'>): string =>
  nickname ?? name

/** `Dorothy [backend]`, as tinytown shows an agent. */
export function agentLabel(record: Pick<AgentRecord, 'nickname' | 'name' | 'role'>): string {
  const role = record.role === undefined || record.role === 'default' ? record.name : record.role
  return `${displayName(record)} [${role}]`
}
