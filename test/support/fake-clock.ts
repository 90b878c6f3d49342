import type { Clock, Now } from '../../src/core/index.ts'

export interface FakeClock extends Clock {
  /** Moves both clocks on and wakes whoever sleeps until then, in order, letting their continuations run. */
  advance(ms: number): Promise<void>
  /** Sets the wall clock off by `ms`, forward or back; the monotonic clock does not notice. */
  jumpWall(ms: number): void
  /** How many sleep now. */
  sleepers(): number
}

interface Sleeper {
  at: number
  wake: () => void
}

/** A clock that moves only by hand. */
export function createFakeClock(start: Partial<Now> = {}): FakeClock {
  const now: Now = { wall: start.wall ?? 1_800_000_000_000, mono: start.mono ?? 1_000_000 }
  const sleeping = new Set<Sleeper>()

  function sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason)
      const stop = () => {
        sleeping.delete(sleeper)
        reject(signal?.reason)
      }
      const wake = () => {
        sleeping.delete(sleeper)
        signal?.removeEventListener('abort', stop)
        resolve()
      }
      const sleeper = { at: now.mono + Math.max(0, ms), wake }
      sleeping.add(sleeper)
      signal?.addEventListener('abort', stop, { once: true })
    })
  }

  function step(ms: number): void {
    now.mono += ms
    now.wall += ms
  }

  async function advance(ms: number): Promise<void> {
    const until = now.mono + ms
    await settle()
    for (let next = earliest(until); next !== undefined; next = earliest(until)) {
      step(Math.max(0, next.at - now.mono))
      next.wake()
      await settle()
    }
    step(until - now.mono)
  }

  function earliest(until: number): Sleeper | undefined {
    const due = [...sleeping].filter((sleeper) => sleeper.at <= until)
    return due.sort((a, b) => a.at - b.at)[0]
  }

  return {
    now: () => ({ ...now }),
    sleep,
    bootId: () => 'fake-boot',
    advance,
    jumpWall: (ms) => {
      now.wall += ms
    },
    sleepers: () => sleeping.size,
  }
}

/** Lets promise chains run, a macrotask's worth of them. */
function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
