import { setTimeout as pause } from 'node:timers/promises'
import type { FleetEvent } from '../../core/index.ts'
import { eventsBackward, fileMark } from './event-files.ts'
import { readEvents } from './event-read.ts'

const LOOK_EVERY_MS = 100

/**
 * Calls `listener` for each event written after now, in order, until `signal` is aborted. Finds its place by the
 * sequence number and not by an offset, so rotation and a deleted log lose and repeat nothing.
 */
export async function followEvents(
  paths: readonly string[],
  listener: (event: FleetEvent) => void,
  signal: AbortSignal,
): Promise<void> {
  const [path] = paths as [string]
  let mark = await fileMark(path)
  let seq = await newestSeq(paths)
  while (!signal.aborted) {
    const now = await fileMark(path)
    if (now !== undefined && (now.ino !== mark?.ino || now.size !== mark.size)) {
      for (const event of await readEvents(paths, { afterSeq: seq })) {
        if (signal.aborted) return
        listener(event)
        seq = event.seq
      }
      mark = now
    }
    await pause(LOOK_EVERY_MS, undefined, { signal }).catch(() => undefined)
  }
}

async function newestSeq(paths: readonly string[]): Promise<number> {
  for await (const line of eventsBackward(paths)) if (line.kind === 'event') return line.event.seq
  return 0
}
