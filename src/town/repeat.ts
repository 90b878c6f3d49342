import { OutsideError } from '../core/index.ts'

/** Nobody knows whether it was done. */
const unclear = new Set(['REDIS_TIMEOUT', 'REDIS_LOST'])
const tries = 3

/** Once more where nobody knows whether it was done: only for what says the same, done twice. */
export function repeated<T>(work: () => Promise<T>, left = tries): Promise<T> {
  return work().then(
    (value) => value,
    (error: unknown) => {
      if (left > 1 && error instanceof OutsideError && unclear.has(error.code))
        return repeated(work, left - 1)
      throw error
    },
  )
}
