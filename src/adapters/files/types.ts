import type { EventDraft, FleetEvent } from '../../core/index.ts'

/** What came of reading a record: good, from the older generation, absent, or neither generation readable. */
export type Loaded<T> =
  | { kind: 'ok'; value: T; generation: 'current' | 'previous' }
  | { kind: 'absent' }
  | { kind: 'corrupt'; why: string }
  /** Written by a newer program: must not be overwritten. */
  | { kind: 'newer'; version: number }

/**
 * Small JSON records in the state folder: write to a temporary file, fsync, rename, fsync of the folder, with a
 * checksum and one older generation (`name.1`). Files 0600, folder 0700 and ours. Symbolic links, FIFOs and devices
 * at a record's path are refused.
 */
export interface StateStore {
  load<T>(name: string, check: (value: unknown) => T | undefined): Promise<Loaded<T>>
  /** @throws {OutsideError} `FILES_WRITE`; the old generation then still stands. */
  save(name: string, value: unknown): Promise<void>
  /** Plain text written the same atomic way, without checksum: files that the Python driver reads too. */
  saveText(path: string, text: string): Promise<void>
  /** The same for a text that is run: 0700. */
  saveProgram(path: string, text: string): Promise<void>
  loadText(
    path: string,
  ): Promise<{ kind: 'ok'; text: string } | { kind: 'absent' } | { kind: 'refused'; why: string }>
  remove(path: string): Promise<boolean>
  /** Sweeps temporary files older than this start. */
  sweep(): Promise<number>
}

export interface EventFilter {
  agent?: string
  /** Only events at or after this instant, epoch milliseconds. */
  sinceMs?: number
  /** Only the newest so many of those that pass. */
  last?: number
  /** Only events with a higher sequence number. */
  afterSeq?: number
}

/** `<log_dir>/events.jsonl`. Several processes may write; sequence and hash chain stay whole. */
export interface EventLog {
  /**
   * Resolves when the event is in the log. Rejects with OutsideError (`EVENTS_WRITE`) when it could not be written;
   * it is then kept in memory and tried again. May be left unawaited: it never raises an unhandled rejection.
   */
  append(draft: EventDraft): Promise<FleetEvent>
  /** Events that are not in the log: waiting for another try, or dropped because too many waited. */
  lost(): number
  /** Newest last. */
  read(filter?: EventFilter): Promise<FleetEvent[]>
  /** Calls the listener for each event from now on, in order; resolves when `signal` is aborted. */
  follow(listener: (event: FleetEvent) => void, signal: AbortSignal): Promise<void>
  /** Checks the hash chain. Answers the first broken sequence number. */
  verify(): Promise<{ kind: 'ok'; events: number } | { kind: 'broken'; seq: number; why: string }>
  /** Waits for what was appended; tries failed events once more. */
  flush(): Promise<void>
}

export interface FileLock {
  release(): Promise<void>
}

export interface Locks {
  /** Short exclusive section between processes. Stale owners (dead pid or other start time) are taken over. */
  exclusive<T>(path: string, body: () => Promise<T>, deadlineMs?: number): Promise<T>
  /**
   * The watchdog's lock: released by the kernel when the holder dies (Linux: abstract socket; elsewhere a file with
   * pid and start time). `held` names the holder.
   */
  instance(
    stateDir: string,
  ): Promise<{ kind: 'got'; lock: FileLock } | { kind: 'held'; pid: number | undefined }>
  /** Who holds it now, without taking it; undefined: nobody. */
  holder(stateDir: string): Promise<{ pid: number | undefined } | undefined>
}
