import type { EpochMs, FailClass } from '../core/index.ts'
import { blockText, instant, type Shape, shape, text } from '../core/shape.ts'
import type { Fact, Trouble } from './types.ts'

/** Facts of one record of Codex's `sessions/YYYY/MM/DD/rollout-*.jsonl` (0.4x to 0.169). */
export function codexFacts(record: Shape): Fact[] {
  const at = instant(record.timestamp)
  const event = shape(record.payload)
  if (record.type !== 'event_msg' || event === undefined || at === undefined) return []
  switch (event.type) {
    case 'task_started':
    case 'turn_started':
      return [{ kind: 'turn', state: 'working', at }]
    case 'task_complete':
    case 'turn_complete':
      return [{ kind: 'turn', state: 'idle', at }, ...troubles(shape(event.error), at)]
    case 'turn_aborted':
      return [{ kind: 'turn', state: 'idle', at }]
    case 'error':
      return troubles(event, at)
    case 'user_message':
      return said(text(event.message) ?? '', at)
    case 'item_completed':
      return itemFacts(shape(event.item), at)
    case 'token_count':
      return rateFacts(shape(event.rate_limits))
    default:
      return []
  }
}

function itemFacts(item: Shape | undefined, at: EpochMs): Fact[] {
  return item?.type === 'UserMessage' ? said(blockText(item.content), at) : []
}

function said(words: string, at: EpochMs): Fact[] {
  return words.trim() === '' ? [] : [{ kind: 'said', text: words, at }]
}

const CLASSES: Readonly<Record<string, FailClass>> = {
  context_window_exceeded: 'context',
  unauthorized: 'auth',
  server_overloaded: 'overload',
  internal_server_error: 'overload',
  response_stream_disconnected: 'overload',
  response_stream_connection_failed: 'overload',
  response_too_many_failed_attempts: 'overload',
  http_connection_failed: 'overload',
}

function troubles(error: Shape | undefined, at: EpochMs): Fact[] {
  const info = error?.codex_error_info
  const sort = text(info) ?? Object.keys(shape(info) ?? {})[0]
  if (sort === undefined) return []
  const words = text(error?.message) ?? sort
  const failClass = CLASSES[sort]
  const trouble: Trouble | undefined =
    sort === 'usage_limit_exceeded'
      ? { state: 'limited', text: words }
      : failClass && { state: 'failing', failClass, text: words }
  return trouble === undefined ? [] : [{ kind: 'trouble', trouble, at }]
}

/** The window that is used up; of several the one that ends last. */
function rateFacts(limits: Shape | undefined): Fact[] {
  if (limits === undefined) return []
  const spent = [shape(limits.primary), shape(limits.secondary)].flatMap((one) => {
    const resets = one?.resets_at
    const used = typeof one?.used_percent === 'number' && one.used_percent >= 100
    return used && typeof resets === 'number' && resets > 1e9
      ? [{ until: resets * 1000, window: windowOf(one?.window_minutes) }]
      : []
  })
  const last = spent.sort((a, b) => b.until - a.until)[0]
  return [{ kind: 'rate', until: last?.until, window: last?.window }]
}

function windowOf(minutes: unknown): string | undefined {
  if (typeof minutes !== 'number') return undefined
  if (minutes <= 6 * 60) return 'session'
  return minutes >= 6 * 24 * 60 ? 'weekly' : 'daily'
}

/** First record of a rollout. Those of helper agents are no conversation of a person's. */
export function codexMeta(
  first: unknown,
): { id: string; cwd: string; at: EpochMs; helper: boolean } | undefined {
  const record = shape(first)
  const meta = shape(record?.payload) ?? record
  const id = text(meta?.id)
  const cwd = text(meta?.cwd)
  const at = instant(meta?.timestamp) ?? instant(record?.timestamp)
  if (id === undefined || cwd === undefined || at === undefined) return undefined
  const source = meta?.thread_source
  return {
    id,
    cwd,
    at,
    helper: shape(meta?.source) !== undefined || (source !== undefined && source !== 'user'),
  }
}

/** The id in a rollout's name. */
export function codexId(path: string): string | undefined {
  return /rollout-[\dT-]+?-([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\.jsonl$/.exec(path)?.[1]
}

/** The first text of its user, among the first records. */
export function firstSaid(facts: readonly Fact[]): string | undefined {
  return facts.find((fact) => fact.kind === 'said')?.text
}
