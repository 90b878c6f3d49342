import { createExclusive } from './exclusive.ts'
import { instanceHolder, takeInstance } from './instance.ts'
import type { Locks } from './types.ts'

export interface LocksOptions {
  /** Version of the program, written to `watchdog.pid` for people. @default 'unknown' */
  version?: string
}

/** Locks between processes; see `Locks` and docs/decisions/0004. */
export function createLocks(options: LocksOptions = {}): Locks {
  return {
    exclusive: createExclusive(),
    instance: (stateDir) => takeInstance(stateDir, options.version ?? 'unknown'),
    holder: instanceHolder,
  }
}
