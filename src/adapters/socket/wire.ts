import { Exit, OutsideError, UserError, type UserErrorParts } from '../../core/index.ts'
import { parseJson } from '../files/record.ts'

/** One line of JSON each way. Ids are the caller's; answers may come in another order. */
export interface Request {
  id: number
  verb: string
  args: unknown[]
}

export type Answer = { id: number | null } & ({ ok: true; value: unknown } | { ok: false; error: WireError })

export interface WireError extends Omit<UserErrorParts, 'cause'> {
  /** A `UserError` is made again at the other end; anything else is an OutsideError there. */
  user: boolean
}

/** undefined for a line that is no request. */
export function parseRequest(line: string): Request | undefined {
  const found = parseJson(line)
  if (typeof found !== 'object' || found === null) return undefined
  const { id, verb, args } = found as Record<string, unknown>
  if (typeof id !== 'number' || typeof verb !== 'string') return undefined
  return { id, verb, args: Array.isArray(args) ? args : [] }
}

export function parseAnswer(line: string): Answer | undefined {
  const found = parseJson(line)
  if (typeof found !== 'object' || found === null || !('ok' in found)) return undefined
  return found as Answer
}

export function toWire(error: unknown): WireError {
  if (error instanceof UserError) {
    const { code, fix, file, key, line, exit } = error
    return { user: true, code, what: error.message, fix, file, key, line, exit }
  }
  const what = error instanceof Error ? error.message : String(error)
  return { user: false, code: error instanceof OutsideError ? error.code : 'CONTROL_FAILED', what }
}

export function fromWire(error: WireError): UserError | OutsideError {
  const { code, what, fix, file, key, line } = error
  if (!error.user) return new OutsideError({ tool: 'control', code, what, retryable: false })
  const exit = Object.values(Exit).find((known) => known === error.exit)
  return new UserError({ code, what, fix, file, key, line, exit })
}
