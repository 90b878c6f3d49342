import { createReadStream } from 'node:fs'
import { createInterface } from 'node:readline'
import type { FleetEvent } from '../../core/index.ts'
import { decodeLine, type Line } from './event-chain.ts'
import { eventsBackward } from './event-files.ts'
import { openRegular } from './safe-open.ts'
import type { EventFilter } from './types.ts'

/** Events that pass the filter, newest last. Reads from the end and stops as soon as it can. */
export async function readEvents(paths: readonly string[], filter: EventFilter): Promise<FleetEvent[]> {
  const found: FleetEvent[] = []
  const most = filter.last ?? Number.POSITIVE_INFINITY
  if (most <= 0) return found
  let lowest = Number.POSITIVE_INFINITY
  for await (const line of eventsBackward(paths)) {
    // A file that is rotated while we read comes by a second time, under its next name.
    if (line.kind === 'junk' || line.event.seq >= lowest) continue
    lowest = line.event.seq
    if (filter.afterSeq !== undefined && line.event.seq <= filter.afterSeq) break
    if (!passes(line.event, filter)) continue
    found.push(line.event)
    if (found.length >= most) break
  }
  return found.reverse()
}

/** By the wall clock, which may have jumped back in between: so an old event does not end the search. */
function passes(event: FleetEvent, filter: EventFilter): boolean {
  if (filter.agent !== undefined && event.agent !== filter.agent) return false
  return filter.sinceMs === undefined || event.at >= filter.sinceMs
}

/** All lines, oldest first. */
export async function* readLines(paths: readonly string[]): AsyncGenerator<Line> {
  for (const path of [...paths].reverse()) {
    const opened = await openRegular(path)
    if (opened.kind !== 'ok') continue
    const input = createReadStream(path, { fd: opened.handle, encoding: 'utf8' })
    for await (const text of createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })) {
      if (text !== '') yield decodeLine(text)
    }
  }
}
