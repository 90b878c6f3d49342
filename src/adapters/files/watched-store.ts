import { OutsideError } from '../../core/index.ts'
import type { StateStore } from './types.ts'

export interface WatchedStore extends StateStore {
  /** Why the last write came to nothing, while no other has succeeded since: the disk is full, read-only, not ours. */
  trouble(): string | undefined
}

/** Remembers that the state folder cannot be written. A single record that is refused for what stands there is not that. */
export function watchStore(store: StateStore): WatchedStore {
  let trouble: string | undefined

  const watched =
    (write: (to: string, what: never) => Promise<void>) =>
    async (to: string, what: unknown): Promise<void> => {
      try {
        await write(to, what as never)
        trouble = undefined
      } catch (error) {
        if (error instanceof OutsideError) trouble = error.message
        throw error
      }
    }

  return {
    ...store,
    save: watched(store.save),
    saveText: watched(store.saveText),
    saveProgram: watched(store.saveProgram),
    trouble: () => trouble,
  }
}
