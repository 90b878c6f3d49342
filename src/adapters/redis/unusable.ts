import { OutsideError } from '../../core/index.ts'
import type { ServerState } from './types.ts'

/**
 * A private server that cannot be used, as an error: `REDIS_MISSING` (exit 5, with the command that installs it),
 * `REDIS_SERVER`.
 */
export function unusable(state: Exclude<ServerState, { kind: 'running' }>): OutsideError {
  if (state.kind === 'missing-tool') {
    const what = 'redis-server is not installed, or not on PATH'
    return new OutsideError({ tool: 'redis', code: 'REDIS_MISSING', what, retryable: false })
  }
  const what = `the Redis of this fleet cannot be started: ${state.why}`
  return new OutsideError({ tool: 'redis', code: 'REDIS_SERVER', what, fix: state.fix, retryable: false })
}
