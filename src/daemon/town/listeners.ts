import type { TownDoor, TownPulse } from './door.ts'

export interface Listeners {
  on: TownDoor['onPulse']
  /** Calls all that are not busy with an earlier pulse, and waits for none of them. */
  call(pulse: TownPulse): void
}

/** Who wants to know of each pulse of the town. */
export function createListeners(complain: (error: unknown) => void): Listeners {
  const listeners = new Map<(pulse: TownPulse) => Promise<void>, { busy: boolean }>()
  return {
    on: (listener) => {
      listeners.set(listener, { busy: false })
      return () => void listeners.delete(listener)
    },
    call(pulse) {
      for (const [listener, line] of listeners) {
        if (line.busy) continue
        line.busy = true
        listener(pulse)
          .catch(complain)
          .finally(() => {
            line.busy = false
          })
      }
    },
  }
}
