interface Waiting {
  bytes: string
  done: Promise<void>
  settle: { resolve: () => void; reject: (error: unknown) => void }
}

/**
 * One writer at a time for each path. Saves that come while one is running are joined: only the newest is written,
 * and all of them settle with it, because what is then on the disk is theirs or newer.
 */
export function createWriteQueue(write: (path: string, bytes: string) => Promise<void>) {
  const running = new Map<string, Waiting | undefined>()

  async function drain(path: string): Promise<void> {
    for (let next = running.get(path); next !== undefined; next = running.get(path)) {
      running.set(path, undefined)
      await write(path, next.bytes).then(next.settle.resolve, next.settle.reject)
    }
    running.delete(path)
  }

  return function save(path: string, bytes: string): Promise<void> {
    const waiting = running.get(path)
    if (waiting !== undefined) {
      waiting.bytes = bytes
      return waiting.done
    }
    const fresh = createWaiting(bytes)
    const idle = !running.has(path)
    running.set(path, fresh)
    if (idle) void drain(path)
    return fresh.done
  }
}

function createWaiting(bytes: string): Waiting {
  let settle: Waiting['settle'] | undefined
  const done = new Promise<void>((resolve, reject) => {
    settle = { resolve, reject }
  })
  return { bytes, done, settle: settle! }
}
