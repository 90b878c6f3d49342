import type { Now } from '../../core/index.ts'
import type { Town } from '../../town/town.ts'

/** What one pulse found in the inboxes; those that are empty are left out. */
export interface TownPulse {
  town: Town
  now: Now
  /** By name of the agent. */
  mail: ReadonlyMap<string, { id: string; inbox: number; urgent: number }>
  /** Another word each time that the mailbox of people has changed; '' while it is empty. */
  people: string
}

/** The town as the rest of the watchdog sees it. */
export interface TownDoor {
  /** Id of an agent of ours; undefined: it has none yet, or somebody else has its name. */
  idOf(agent: string): string | undefined
  /** The same for one that is about to start: it gets an id where it has none. undefined: the town is off */
  assign(agent: string): Promise<string | undefined>
  /** undefined: off, or it cannot be reached now. */
  town(): Town | undefined
  /**
   * Called after each pulse, a quarter to half a second apart. One call at a time: a listener that is slow misses pulses and keeps
   * nobody waiting. @returns ends it
   */
  onPulse(listener: (pulse: TownPulse) => Promise<void>): () => void
}
