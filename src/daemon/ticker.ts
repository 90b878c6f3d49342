import type { Clock, MonoMs } from '../core/index.ts'

export interface Ticker {
  /** Ticks until `stop`; answers why it stopped. `beat` is called before every tick. */
  run(beat: () => void): Promise<string>
  stop(why: string): void
  /** Ticks now instead of at the end of the pause. */
  wake(): void
}

export interface TickerDeps {
  clock: Clock
  /** Longest pause between two ticks, milliseconds. */
  tickMs: () => number
  /** Earliest instant at which a tick could do something new by the clock alone. */
  nextAt: () => MonoMs | undefined
  tick: () => Promise<void>
  /** What fails in one tick is said here, and the next tick comes (row 41). */
  complain: (error: unknown) => void
}

/** Shortest pause, so that a due instant that never passes cannot make it spin. Milliseconds. */
const shortestMs = 5

export function createTicker(deps: TickerDeps): Ticker {
  let why: string | undefined
  let woken = false
  let pausing: AbortController | undefined

  function wake(): void {
    woken = true
    pausing?.abort()
  }

  async function pause(): Promise<void> {
    if (woken || why !== undefined) {
      woken = false
      return
    }
    const next = deps.nextAt()
    const due = next === undefined ? deps.tickMs() : Math.max(shortestMs, next - deps.clock.now().mono)
    pausing = new AbortController()
    await deps.clock.sleep(Math.min(deps.tickMs(), due), pausing.signal).then(
      () => undefined,
      () => undefined,
    )
    pausing = undefined
    woken = false
  }

  async function run(beat: () => void): Promise<string> {
    while (why === undefined) {
      beat()
      await deps.tick().then(() => undefined, deps.complain)
      await pause()
    }
    return why
  }

  return {
    run,
    wake,
    stop: (reason) => {
      why ??= reason
      wake()
    },
  }
}
