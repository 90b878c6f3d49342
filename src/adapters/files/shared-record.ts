import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Locks, StateStore } from './types.ts'

/** One record of the state folder that several processes read and change. */
export interface SharedRecord<T> {
  /** The last value read or written here; `read` first. */
  peek(): T
  /** Reads again when the file has changed since. A damaged file is written anew as it was last read here. */
  read(): Promise<T>
  /** What was read is only the older generation, because the newest is damaged. */
  doubted(): boolean
  /** Read, change, write under the record's lock. Writes nothing when `change` answers the same value. */
  update(change: (value: T) => T): Promise<T>
  /**
   * `update`, where not doing it is worse than forgetting it: a change that cannot be written counts in this process
   * all the same, and is written once that is possible again. It may be made more than once. Answers why it is not on disk.
   */
  insist(change: (value: T) => T): Promise<string | undefined>
}

export interface SharedRecordOptions<T> {
  name: string
  check: (value: unknown) => T | undefined
  empty: T
  /** Neither generation could be read, or a newer program wrote it. */
  onTrouble: (why: string) => void
}

/** Keeps one record in step between the watchdog and short-lived commands. */
export function createSharedRecord<T>(
  deps: { store: StateStore; locks: Locks; stateDir: string },
  options: SharedRecordOptions<T>,
): SharedRecord<T> {
  let value = options.empty
  let stamp = ''
  /** `value` was the current generation at some time. */
  let known = false
  let doubted = false
  /** Changes that count here and are not on disk. */
  let unwritten: ((value: T) => T)[] = []
  const path = join(deps.stateDir, options.name)

  async function currentStamp(): Promise<string> {
    try {
      const found = await stat(path)
      return `${found.ino}:${found.mtimeMs}:${found.size}`
    } catch (error) {
      // Not there yet, or not readable: `load` says which.
      return (error as NodeJS.ErrnoException).code ?? 'unreadable'
    }
  }

  async function read(): Promise<T> {
    const found = await readFile()
    if (unwritten.length === 0) return found
    value = unwritten.reduce<T>((so, change) => change(so), found)
    tryAgain()
    return value
  }

  let trying = false

  /** With every read while something is not on disk: a full disk is asked about once a look. */
  function tryAgain(): void {
    if (trying) return
    trying = true
    update((same) => same)
      .catch(() => undefined)
      .finally(() => {
        trying = false
      })
  }

  async function readFile(): Promise<T> {
    const now = await currentStamp()
    if (now === stamp) return value
    const loaded = await deps.store.load(options.name, options.check)
    if (loaded.kind === 'ok' && loaded.generation === 'current') known = true
    else if (known && loaded.kind !== 'newer') return keep(now)
    if (loaded.kind === 'ok') value = loaded.value
    else if (loaded.kind === 'absent') value = options.empty
    else options.onTrouble(loaded.kind === 'newer' ? `written by version ${loaded.version}` : loaded.why)
    doubted = loaded.kind === 'corrupt' || (loaded.kind === 'ok' && loaded.generation === 'previous')
    stamp = now
    return value
  }

  /** Nobody writes an older generation or nothing: the file was damaged. What was read last is newer than what is left. */
  function keep(damaged: string): T {
    stamp = damaged
    options.onTrouble('damaged or removed; written anew as it was last read')
    mend(damaged).catch((error: unknown) => options.onTrouble(String(error)))
    return value
  }

  function mend(damaged: string): Promise<void> {
    return deps.locks.exclusive(`${path}.lock`, async () => {
      if ((await currentStamp()) !== damaged) return
      await deps.store.save(options.name, value)
      stamp = await currentStamp()
    })
  }

  function update(change: (value: T) => T): Promise<T> {
    return deps.locks.exclusive(`${path}.lock`, async () => {
      const before = await read()
      const after = change(before)
      if (after === before && unwritten.length === 0) return before
      await deps.store.save(options.name, after)
      value = after
      unwritten = []
      known = true
      doubted = false
      stamp = await currentStamp()
      return after
    })
  }

  return {
    peek: () => value,
    doubted: () => doubted,
    read,
    update,
    insist: async (change) => {
      try {
        await update(change)
        return undefined
      } catch (error) {
        unwritten.push(change)
        value = change(value)
        return error instanceof Error ? error.message : String(error)
      }
    },
  }
}
