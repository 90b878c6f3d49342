import { UserError } from '../core/index.ts'

/** undefined where the state of a task or an agent does not allow it any more: somebody else has settled that. */
export function unlessRefused<T>(asked: Promise<T>): Promise<T | undefined> {
  return asked.then(
    (value) => value,
    (error: unknown) => {
      if (!(error instanceof UserError)) throw error
      return undefined
    },
  )
}
