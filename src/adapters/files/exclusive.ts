import { setTimeout as pause } from 'node:timers/promises'
import { UserError } from '../../core/index.ts'
import { takeLink } from './link-lock.ts'
import { type Owner, ownOwner } from './owner.ts'

const DEADLINE_MS = 5_000
const FIRST_PAUSE_MS = 1
const LONGEST_PAUSE_MS = 30

/**
 * Sections of this process queue in memory and only one of them asks the disk, so that a busy process neither waits
 * for itself by polling nor starves.
 */
export function createExclusive() {
  const tails = new Map<string, Promise<unknown>>()

  return async function exclusive<T>(
    path: string,
    body: () => Promise<T>,
    deadlineMs = DEADLINE_MS,
  ): Promise<T> {
    const until = performance.now() + deadlineMs
    const before = tails.get(path) ?? Promise.resolve()
    let leave: () => void = () => undefined
    const left = new Promise<void>((resolve) => {
      leave = resolve
    })
    const tail = before.then(() => left)
    tails.set(path, tail)
    try {
      if (!(await inTime(before, deadlineMs))) throw tooLong(path, await ownOwner(), deadlineMs)
      return await underLink(path, body, until, deadlineMs)
    } finally {
      leave()
      if (tails.get(path) === tail) tails.delete(path)
    }
  }
}

/** False when `turn` has not come after `deadlineMs`. */
async function inTime(turn: Promise<unknown>, deadlineMs: number): Promise<boolean> {
  const over = new AbortController()
  const late = pause(deadlineMs, false, { signal: over.signal }).catch(() => false)
  const came = await Promise.race([turn.then(() => true), late])
  over.abort()
  return came
}

async function underLink<T>(
  path: string,
  body: () => Promise<T>,
  until: number,
  deadlineMs: number,
): Promise<T> {
  for (let wait = FIRST_PAUSE_MS; ; wait = Math.min(wait * 2, LONGEST_PAUSE_MS)) {
    const taken = await takeLink(path)
    if (taken.kind === 'got') {
      try {
        return await body()
      } finally {
        await taken.release()
      }
    }
    if (performance.now() >= until) throw tooLong(path, taken.owner, deadlineMs)
    await pause(wait * (0.5 + Math.random()))
  }
}

function tooLong(path: string, owner: Owner | undefined, deadlineMs: number): UserError {
  const who = owner === undefined ? 'something unknown' : `process ${owner.pid}`
  return new UserError({
    code: 'LOCK_TIMEOUT',
    what: `${path} was held by ${who} for ${deadlineMs} ms`,
    fix:
      owner === undefined
        ? `If nothing runs, remove it: rm '${path}'`
        : `See what it does: ps -p ${owner.pid}`,
    file: path,
  })
}
