import type { EventDraft, FleetEvent } from '../../core/index.ts'
import type { Draft } from './event-writer.ts'

interface Waiting extends Draft {
  resolve: (event: FleetEvent) => void
  reject: (error: unknown) => void
}

export interface EventQueueParts {
  /** Writes all or nothing. */
  write(batch: readonly Draft[]): Promise<FleetEvent[]>
  now(): number
  retryMs: number
}

/** Events kept in memory while the disk refuses them; the oldest go first. */
const MOST_KEPT = 5_000

/**
 * Joins what is appended in one turn into one write. A failed event rejects its promise, so its writer knows, is kept
 * and tried again with the next one or after a pause, and counts in `lost()` until it is in the log. A promise that
 * nobody awaits stays silent: a full disk must not end the daemon.
 */
export function createEventQueue(parts: EventQueueParts) {
  let fresh: Waiting[] = []
  let kept: Draft[] = []
  let dropped = 0
  let writing: Promise<void> | undefined
  let retry: NodeJS.Timeout | undefined

  function append(draft: EventDraft): Promise<FleetEvent> {
    const promise = new Promise<FleetEvent>((resolve, reject) => {
      // Copied at once, and here, so that a value JSON cannot hold is refused alone and does not stop the others.
      const copy = JSON.parse(JSON.stringify(draft)) as EventDraft
      fresh.push({ draft: copy, at: parts.now(), resolve, reject })
    })
    promise.catch(() => undefined)
    void start()
    return promise
  }

  function start(): Promise<void> {
    writing ??= drain()
    return writing
  }

  async function drain(): Promise<void> {
    await Promise.resolve()
    clearTimeout(retry)
    do await writeOnce()
    while (fresh.length > 0)
    // In the same step as the last look at `fresh`: an event that comes a moment later must start a new drain.
    writing = undefined
    if (kept.length > 0) retry = setTimeout(start, parts.retryMs).unref()
  }

  async function writeOnce(): Promise<void> {
    const old = kept
    const batch = fresh
    fresh = []
    try {
      const events = await parts.write([...old, ...batch])
      kept = []
      batch.forEach((waiting, index) => {
        waiting.resolve(events[old.length + index]!)
      })
    } catch (error) {
      keep([...old, ...batch.map(({ draft, at }) => ({ draft, at }))])
      for (const waiting of batch) waiting.reject(error)
    }
  }

  function keep(drafts: Draft[]): void {
    dropped += Math.max(0, drafts.length - MOST_KEPT)
    kept = drafts.slice(-MOST_KEPT)
  }

  return {
    append,
    lost: () => dropped + kept.length,
    /** One more try for everything that waits. */
    flush: async () => {
      if (writing !== undefined || fresh.length > 0 || kept.length > 0) await start()
    },
  }
}
