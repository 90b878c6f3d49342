import type { World } from '../world.ts'

/** A conversation of an agent with one backend. */
export interface ConversationRecord {
  id: string
  /** Where its files were seen; undefined: they were not found yet. */
  paths: string[] | undefined
}

/** By backend: an agent that goes to another one for a while comes back to its own conversation. */
export type ConversationRecords = Readonly<Record<string, ConversationRecord>>

const recordName = (agent: string): string => `conversation-${agent}.json`

/** `state/conversation-<agent>.json`; empty when there is none that can be read. */
export async function loadConversations(world: World, agent: string): Promise<ConversationRecords> {
  const loaded = await world.store.load(recordName(agent), check)
  return loaded.kind === 'ok' ? loaded.value : {}
}

/** @param one undefined: the backend has none any more */
export async function saveConversation(
  world: World,
  agent: string,
  backend: string,
  one: ConversationRecord | undefined,
): Promise<void> {
  const { [backend]: _old, ...others } = await loadConversations(world, agent)
  await world.store.save(recordName(agent), one === undefined ? others : { ...others, [backend]: one })
}

function check(value: unknown): ConversationRecords | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined
  return Object.values(value).every(isRecord) ? (value as ConversationRecords) : undefined
}

function isRecord(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false
  const { id, paths } = value as Partial<ConversationRecord>
  return (
    typeof id === 'string' &&
    (paths === undefined || (Array.isArray(paths) && paths.every((path) => typeof path === 'string')))
  )
}
