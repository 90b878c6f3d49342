import type { FleetEvent } from '../../core/index.ts'
import { visible } from '../../core/text.ts'
import type { SpawnMode } from '../wire/agent-record.ts'
import type { TownEvent, TownEventType } from '../wire/town-event.ts'

/** Longest text of an event in the streams. Characters. */
const longest = 300

/** Whether the streams of the town tell of an event of the fleet's log. */
export const isTownNews = (event: FleetEvent): boolean =>
  event.agent !== undefined && typeOf(event) !== undefined

/**
 * An event of the fleet's log, as the streams of the town have it; `tt` emits nothing for most of these moments.
 * @returns undefined for what the town is not told
 */
export function townEventOf(event: FleetEvent, id: string, spawnMode: SpawnMode): TownEvent | undefined {
  const type = typeOf(event)
  if (type === undefined) return undefined
  const because = event.because === undefined ? '' : `: ${visible(event.because)}`
  return {
    type,
    agent: id,
    message: `${event.agent} ${words[type] ?? type}${because}`.slice(0, longest),
    at: event.at,
    ...(type === 'agent_spawned' ? { spawnMode } : {}),
    ...(type === 'agent_interrupted' ? { newState: 'paused' as const } : {}),
    ...(type === 'agent_resumed' ? { oldState: 'paused' as const } : {}),
  }
}

const words: Partial<Record<TownEventType, string>> = {
  agent_spawned: 'was started',
  agent_stopped: 'was stopped',
  agent_completed: 'has completed',
  agent_failed: 'has failed',
  agent_interrupted: 'is paused',
  agent_resumed: 'goes on',
}

function typeOf({ kind, cause, by }: FleetEvent): TownEventType | undefined {
  switch (kind) {
    case 'started':
      return 'agent_spawned'
    case 'stopped':
      return 'agent_stopped'
    case 'exit':
      return cause === 'exit' ? 'agent_completed' : 'agent_failed'
    case 'park':
    case 'failing':
    case 'start-failed':
      return 'agent_failed'
    // `tt interrupt` and `tt resume` have told it themselves.
    case 'pause':
      return by === 'town' ? undefined : 'agent_interrupted'
    case 'resume':
      return by === 'town' ? undefined : 'agent_resumed'
    default:
      return undefined
  }
}

/** The line of activity for it; undefined: none. */
export function activityOf(event: FleetEvent): string | undefined {
  const because = event.because === undefined ? '' : `: ${visible(event.because).slice(0, 120)}`
  switch (event.kind) {
    case 'started':
      return '🚀 Started'
    case 'stopped':
      return '🛑 Stopped'
    case 'exit':
      return event.cause === 'exit' ? '🏁 Ended by itself' : `❌ Ended${because.replace(/^: ended/, '')}`
    case 'park':
      return `❌ Given up${because}`
    case 'pause':
      return '⏸️ Paused'
    case 'resume':
      return '▶️ Resumed'
    case 'limit':
      return `⏳ Usage limit${because}`
    case 'lift':
      return '▶️ Usage limit over'
    default:
      return undefined
  }
}
