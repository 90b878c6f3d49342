import { OutsideError } from '../core/index.ts'

/**
 * What a look at Redis gives, or the error where the next look may do better: for those who look again anyway, e.g. while
 * its server is started anew.
 */
export function unlessAway<T>(look: Promise<T>): Promise<{ value: T } | { away: OutsideError }> {
  return look.then(
    (value) => ({ value }),
    (error: unknown) => {
      if (error instanceof OutsideError && error.tool === 'redis' && error.retryable) return { away: error }
      throw error
    },
  )
}
