import { OutsideError, UserError } from '../../core/errors.ts'
import type { Fleet } from '../../core/fleet.ts'
import type { CliDeps } from '../types.ts'

/** Makes a town known to `agents towns`. A home that cannot be written is no reason to fail. @returns what was not done */
export async function noteOf(fleet: Fleet, name: string, deps: CliDeps): Promise<string[]> {
  const [done] = await Promise.allSettled([deps.rememberTown(fleet, name)])
  if (done.status === 'fulfilled') return []
  if (!(done.reason instanceof OutsideError) && !(done.reason instanceof UserError)) throw done.reason
  return [`agents towns will not list it: ${done.reason.message}`]
}
