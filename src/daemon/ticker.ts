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

/**
 * A small fleet is looked at more often than `tickMs` asks for: as often as ticks take a sixtieth of the time, and at most
 * every quarter of a second. A banner or a dialog that tmux tells nothing about is then seen at once. Milliseconds.
 */
const quickestMs = 250
const restPerTick = 60

/** Shortest pause, so that a due instant that never passes cannot make it spin. Milliseconds. */
const shortestMs = 5

export function createTicker(deps: TickerDeps): Ticker {
  let why: string | undefined
  let woken = false
  let pausing: AbortController | undefined
  /** What a tick has cost lately, smoothed. Milliseconds. */
  let costMs: number | undefined

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
    const pace = Math.min(deps.tickMs(), Math.max(quickestMs, restPerTick * (costMs ?? deps.tickMs())))
    const due = next === undefined ? pace : Math.max(shortestMs, next - deps.clock.now().mono)
    pausing = new AbortController()
    await deps.clock.sleep(Math.min(pace, due), pausing.signal).then(
      () => undefined,
      () => undefined,
    )
    pausing = undefined
    woken = false
  }

  async function run(beat: () => void): Promise<string> {
    while (why === undefined) {
      beat()
      const began = deps.clock.now().mono
      await deps.tick().then(() => undefined, deps.complain)
      const tookMs = deps.clock.now().mono - began
      costMs = costMs === undefined ? tookMs : 0.7 * costMs + 0.3 * tookMs
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
