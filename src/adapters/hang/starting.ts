import type { HangGuard } from './hang-guard.ts'

const everyMs = 500

/**
 * Stands in for the ticks of a program that is still starting, so that a start that waits for ever (a disk that does not
 * answer) ends like any other hang: after `longestMs` nobody beats any more.
 * @param longestMs milliseconds
 * @returns to be called once the program beats by itself
 */
export function beatWhileStarting(guard: Pick<HangGuard, 'beat'>, longestMs: number): () => void {
  let left = Math.floor(longestMs / everyMs)
  const timer = setInterval(() => {
    guard.beat()
    left -= 1
    if (left <= 0) clearInterval(timer)
  }, everyMs)
  timer.unref()
  return () => clearInterval(timer)
}
