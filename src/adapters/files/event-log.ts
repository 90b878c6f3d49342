import { join, resolve } from 'node:path'
import { OutsideError } from '../../core/index.ts'
import { createVerifier, type Verdict } from './event-chain.ts'
import { eventPaths } from './event-files.ts'
import { followEvents } from './event-follow.ts'
import { createEventQueue } from './event-queue.ts'
import { readEvents, readLines } from './event-read.ts'
import { createEventWriter, readHead } from './event-writer.ts'
import { createLocks } from './locks.ts'
import type { EventLog, Locks } from './types.ts'

export interface EventLogOptions {
  /** Several processes write; a batch is written under this lock. @default createLocks() */
  locks?: Pick<Locks, 'exclusive'>
  /** Size at which `events.jsonl` becomes `events.1.jsonl`. @default 10 MiB */
  maxBytes?: number
  /** Older files kept. @default 5 */
  keep?: number
  /** Wall clock, for `at`. @default Date.now */
  now?: () => number
  /** Pause before failed events are tried again, milliseconds. @default 1000 */
  retryMs?: number
}

/**
 * `<log_dir>/events.jsonl`; see `EventLog`. Not synced at each line: a power cut may take the last ones, a killed
 * process does not.
 */
export function createEventLog(folder: string, options: EventLogOptions = {}): EventLog {
  const logDir = resolve(folder)
  const locks = options.locks ?? createLocks()
  const paths = eventPaths(logDir, options.keep ?? 5)
  const lockPath = join(logDir, '.events.lock')
  const headPath = join(logDir, '.events.head')
  const write = createEventWriter(logDir, paths, options.maxBytes ?? 10 * 1024 * 1024)
  const queue = createEventQueue({
    write: (batch) => locks.exclusive(lockPath, () => write(batch)).catch(classify),
    now: options.now ?? Date.now,
    retryMs: options.retryMs ?? 1000,
  })

  async function verify(): Promise<Verdict> {
    // Under the lock, so that the files do not rotate below the reader.
    return locks.exclusive(lockPath, async () => {
      const verdict = await verifyLines(paths)
      return verdict.kind === 'ok'
        ? againstHead(verdict.events, verdict.last, await readHead(headPath))
        : verdict
    })
  }

  return {
    append: queue.append,
    flush: queue.flush,
    lost: queue.lost,
    read: (filter) => readEvents(paths, filter ?? {}),
    follow: (listener, signal) => followEvents(paths, listener, signal),
    verify,
  }
}

/** One code, whether the lock or the file refused. */
function classify(cause: unknown): never {
  const retryable = !(cause instanceof OutsideError) || cause.retryable
  const what = `the event log cannot be written: ${cause instanceof Error ? cause.message : String(cause)}`
  throw new OutsideError({ tool: 'files', code: 'EVENTS_WRITE', what, retryable, cause })
}

async function verifyLines(paths: readonly string[]) {
  const next = createVerifier()
  let verdict: Verdict = { kind: 'ok', events: 0 }
  let last = 0
  for await (const line of readLines(paths)) {
    verdict = next(line)
    if (verdict.kind === 'broken') return verdict
    if (line.kind === 'event') last = line.event.seq
  }
  return { ...verdict, last }
}

function againstHead(events: number, last: number, head: { seq: number } | undefined): Verdict {
  if (head === undefined || head.seq <= last) return { kind: 'ok', events }
  return { kind: 'broken', seq: last + 1, why: `events ${last + 1} to ${head.seq} are missing from the end` }
}
