import type { TownKeys } from '../keys.ts'
import { type Town, textsOf } from '../town.ts'
import { unlessAway } from '../unless-away.ts'
import { decodeEvent, encodeEvent, streamsOf, type TownEvent } from '../wire/town-event.ts'

/** An entry of a stream: its id orders it and is never given twice. */
export interface SeenEvent extends TownEvent {
  entry: string
}

/** For `tell` of a script (lua/parts.ts): how many entries, then each. */
export function eventArgs(keys: TownKeys, events: readonly TownEvent[]): (string | number)[] {
  const entries = events.flatMap((event) =>
    streamsOf(keys, event).map(([key, length]) => [key, length, event.type, encodeEvent(event)]),
  )
  return [entries.length, ...entries.flat()]
}

/** Writes an event into all its streams or into none (R21). */
export async function emitEvent(town: Town, event: TownEvent): Promise<void> {
  const data = encodeEvent(event)
  await town.redis.multi(
    streamsOf(town.keys, event).map(
      ([key, length]) =>
        ['XADD', key, 'MAXLEN', '~', length, '*', 'event_type', event.type, 'data', data] as const,
    ),
  )
}

/** The newest events of a stream, oldest first; what is no event is passed over (W23). */
export async function latestEvents(town: Town, stream: string, count: number): Promise<SeenEvent[]> {
  if (count <= 0) return []
  return entriesOf(await town.redis.call('XREVRANGE', stream, '+', '-', 'COUNT', count)).reverse()
}

/** As they happened: a program may tell of a start after what it saw of it. */
export const inTime = (events: readonly SeenEvent[]): SeenEvent[] => [...events].sort((a, b) => a.at - b.at)

/** Where a stream ends now: what comes later is after this entry. */
export async function lastEntry(town: Town, stream: string): Promise<string> {
  const [last] = ids(await town.redis.call('XREVRANGE', stream, '+', '-', 'COUNT', 1))
  return last ?? '0-0'
}

/** What came after an entry, at most `count`; and the entry to go on from, though none of it could be read. */
export async function eventsAfter(
  town: Town,
  stream: string,
  entry: string,
  count = 500,
): Promise<{ events: SeenEvent[]; last: string }> {
  const reply = await town.redis.call('XRANGE', stream, `(${entry}`, '+', 'COUNT', count)
  return { events: entriesOf(reply), last: ids(reply).at(-1) ?? entry }
}

/**
 * Goes on with what comes into a stream, until `stop`, also over a restart of Redis: each entry once (W23). A stream that is emptied or begins anew
 * with a smaller id is read on from its new beginning.
 * @param everyMs how often it is looked at. @default 500
 */
export async function followEvents(
  town: Town,
  stream: string,
  from: string,
  show: (event: SeenEvent) => Promise<void>,
  wait: (ms: number) => Promise<void>,
  stop: AbortSignal,
  everyMs = 500,
): Promise<void> {
  let last = from
  while (!stop.aborted) {
    const look = await unlessAway(eventsAfter(town, stream, last))
    const next = 'away' in look ? { events: [], last } : look.value
    for (const event of next.events) await show(event)
    const more = next.last !== last
    if (more) last = next.last
    else {
      const start = 'away' in look ? undefined : await unlessAway(begun(town, stream, last))
      if (start !== undefined && 'value' in start) last = start.value
      await wait(everyMs)
    }
  }
}

async function begun(town: Town, stream: string, last: string): Promise<string> {
  const newest = await lastEntry(town, stream)
  return compare(newest, last) < 0 ? '0-0' : last
}

/** By their two numbers: `9-0` is before `10-0`. */
function compare(one: string, other: string): number {
  const [a = 0, b = 0] = one.split('-').map(Number)
  const [c = 0, d = 0] = other.split('-').map(Number)
  return a - c || b - d
}

const ids = (reply: unknown): string[] =>
  Array.isArray(reply) ? reply.map((entry: unknown) => textsOf(entry)[0] ?? '') : []

function entriesOf(reply: unknown): SeenEvent[] {
  if (!Array.isArray(reply)) return []
  return reply.flatMap((entry: unknown) => {
    const [id, fields] = Array.isArray(entry) ? (entry as unknown[]) : []
    const texts = textsOf(fields)
    const at = texts.findIndex((text, index) => index % 2 === 0 && text === 'data')
    const event = at === -1 ? undefined : decodeEvent(texts[at + 1] ?? '')
    return event === undefined ? [] : [{ ...event, entry: String(id) }]
  })
}
