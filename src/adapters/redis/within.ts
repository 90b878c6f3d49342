import type { OutsideError } from '../../core/index.ts'
import { type Link, lostError } from './link.ts'
import { type Context, troubleError } from './refusal.ts'

/**
 * Runs `talk` on a connection until `until` (of performance.now()). After that the connection is dropped, so that a
 * reply that comes late is never taken for that of another call.
 * @throws {OutsideError} `REDIS_TIMEOUT`
 */
export function within<T>(link: Link, until: number, context: Context, talk: () => Promise<T>): Promise<T> {
  return before(talk(), until, () => {
    link.drop(lostError(context))
    return late(context)
  })
}

/** Rejects with what `onLate` answers when `work` is not done by `until`. */
export function before<T>(work: Promise<T>, until: number, onLate: () => OutsideError): Promise<T> {
  return new Promise((resolve, reject) => {
    let open = true
    // A process that was stopped for a while runs its timers before it reads what has come meanwhile: read first.
    const timer = setTimeout(
      () => setImmediate(() => open && reject(onLate())),
      Math.max(0, until - performance.now()),
    )
    const done = () => {
      open = false
      clearTimeout(timer)
    }
    work.finally(done).then(resolve, reject)
  })
}

export function late(context: Context): OutsideError {
  const what = 'did not answer in time; nobody knows whether it was done'
  return troubleError({ code: 'REDIS_TIMEOUT', what, retryable: true }, context)
}
