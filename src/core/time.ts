/** Milliseconds since 1970 by the wall clock. May jump; only for instants that people or banners name. */
export type EpochMs = number
/** Milliseconds by a clock that never jumps (CLOCK_MONOTONIC, shared by all processes of one boot). For durations. */
export type MonoMs = number

/** One reading of both clocks. Every decision gets its time as this value, never by asking (INV-37). */
export interface Now {
  wall: EpochMs
  mono: MonoMs
}

export interface Clock {
  now(): Now
  /** Resolves after `ms` milliseconds by the monotonic clock; rejects with the signal's reason when aborted. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>
  /** Identifies this boot: a saved `mono` is comparable only within the same boot. */
  bootId(): string
}
