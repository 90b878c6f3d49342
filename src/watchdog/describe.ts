import type { Action } from './types.ts'

/** One line for a person: `restart builder: idle for 31 min (stall)`. Used by `agents plan` and `agents why`. */
export function describe(action: Action): string {
  switch (action.kind) {
    case 'start':
    case 'restart':
    case 'park':
      return `${action.kind} ${action.agent}: ${action.because} (${action.cause})`
    case 'note':
      return `${action.event}${action.agent === undefined ? '' : ` ${action.agent}`}: ${action.because}`
    case 'advance':
      return `advance from phase ${action.from + 1} to ${action.to + 1}: ${action.because}`
    case 'complete':
      return `complete the sequence: ${action.because}`
    default:
      return `${action.kind} ${action.agent}: ${action.because}`
  }
}
