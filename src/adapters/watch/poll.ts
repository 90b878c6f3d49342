import { stat } from 'node:fs/promises'

/** @param remade it is another file or folder than before, or is gone */
type OnDifference = (path: string, remade: boolean) => void

/** Looks at each path every `everyMs` and tells what differs from the look before; the first look tells nothing. */
export async function createPoll(paths: readonly string[], everyMs: number, onDifference: OnDifference) {
  const marks = new Map<string, Mark>()
  const look = async (first: boolean) => {
    for (const path of paths) {
      const before = marks.get(path)
      const now = await markOf(path)
      marks.set(path, now)
      if (!first && before?.text !== now.text) onDifference(path, before?.ino !== now.ino)
    }
  }
  await look(true)
  let busy = false
  const timer = setInterval(async () => {
    if (busy) return
    busy = true
    await look(false)
    busy = false
  }, everyMs).unref()
  return { close: () => clearInterval(timer) }
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
