import type { Clock } from './time.ts'

/** The value of `work`, or `late` when it takes longer than `ms` milliseconds. The work itself goes on. */
export async function within<T, L>(clock: Clock, ms: number, work: Promise<T>, late: L): Promise<T | L> {
  const abort = new AbortController()
  const timer = clock.sleep(ms, abort.signal).then(
    () => late,
    () => late,
  )
  return Promise.race([work, timer]).finally(() => abort.abort())
}
