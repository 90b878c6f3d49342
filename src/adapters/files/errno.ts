import { OutsideError } from '../../core/index.ts'

/** The `code` of a system error (`ENOENT`, …); undefined for anything else. */
export function errnoOf(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null || !('code' in error)) return undefined
  return typeof error.code === 'string' ? error.code : undefined
}

/** The disk or a limit may be better a moment later; rights and read-only mounts need a person. */
const PASSING = new Set(['ENOSPC', 'EDQUOT', 'EIO', 'EAGAIN', 'EMFILE', 'ENFILE', 'EINTR', 'EBUSY', 'ENOMEM'])

/** Classifies a failed file operation. Passes an OutsideError or UserError of ours through unchanged. */
export function filesError(code: string, what: string, cause: unknown): OutsideError {
  if (cause instanceof OutsideError) return cause
  const errno = errnoOf(cause)
  const reason = cause instanceof Error ? cause.message : String(cause)
  return new OutsideError({
    tool: 'files',
    code,
    what: `${what}: ${reason}`,
    retryable: errno !== undefined && PASSING.has(errno),
    cause,
  })
}

/** Runs `body`; answers undefined when it fails with one of `codes`. Any other failure is thrown on. */
export async function unless<T>(codes: readonly string[], body: () => Promise<T>): Promise<T | undefined> {
  try {
    return await body()
  } catch (error) {
    if (codes.includes(errnoOf(error) ?? '')) return undefined
    throw error
  }
}
