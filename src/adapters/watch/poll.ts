import { stat } from 'node:fs/promises'

/** @param remade it is another file or folder than before, or is gone */
type OnDifference = (path: string, remade: boolean) => void

/** How often a path that is not there is looked for: nothing else tells that it came. Milliseconds. */
const absentMs = 100

/**
 * Looks at each path every `everyMs`, at absent ones every 100 ms, and tells what differs from the look before; the
 * first look tells nothing.
 */
export async function createPoll(paths: readonly string[], everyMs: number, onDifference: OnDifference) {
  const marks = new Map<string, Mark>()
  async function look(path: string): Promise<void> {
    const before = marks.get(path)
    const now = await markOf(path)
    marks.set(path, now)
    if (before !== undefined && before.text !== now.text) onDifference(path, before.ino !== now.ino)
  }
  const isAbsent = (path: string) => marks.get(path)?.ino === undefined
  for (const path of paths) await look(path)
  let busy = false
  let dueAt = performance.now() + everyMs
  const timer = setInterval(
    async () => {
      if (busy) return
      busy = true
      const all = performance.now() >= dueAt
      if (all) dueAt += everyMs
      for (const path of paths) if (all || isAbsent(path)) await look(path)
      busy = false
    },
    Math.min(everyMs, absentMs),
  ).unref()
  return {
    /** Now, because a watcher said something of it. */
    look(path: string): void {
      if (marks.has(path)) void look(path)
    },
    close: () => clearInterval(timer),
  }
}

interface Mark {
  ino: bigint | undefined
  text: string
}

/** Absent and unreadable look alike: both are "not there now". */
async function markOf(path: string): Promise<Mark> {
  const seen = await stat(path, { bigint: true }).catch(() => undefined)
  if (seen === undefined) return { ino: undefined, text: '' }
  // The time of a folder changes with every file in it, also those that nobody asked about.
  const text = seen.isDirectory() ? `${seen.ino}` : `${seen.ino}:${seen.size}:${seen.mtimeNs}:${seen.ctimeNs}`
  return { ino: seen.ino, text }
}
