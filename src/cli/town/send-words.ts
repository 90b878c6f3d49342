import { Exit, UserError } from '../../core/errors.ts'
import { sanitisePaste } from '../../core/text.ts'
import { ackOf, type Content } from '../../town/wire/message.ts'
import { PRIORITIES, type Priority } from '../../town/wire/task-record.ts'
import type { Invocation } from '../types.ts'

const KINDS = ['query', 'info', 'ack'] as const

/** It asks for something that the town does, so the town is used although it was not before. */
export function isOfTown(call: Invocation): boolean {
  return needsTown(call) || [...KINDS, 'urgent'].some((name) => call.options[name] !== undefined)
}

/** Nothing but the town can do that: a mailbox of people, a thread, who sends, an order among those that wait. */
export function needsTown({ options, args }: Invocation): boolean {
  const own = ['from', 'reply-to', 'priority'].some((name) => options[name] !== undefined)
  return own || ['supervisor', 'conductor'].includes((args[0] ?? '').toLowerCase())
}

/** What an inbox says of a message beside it, where it is typed without one. */
export function inWords(call: Invocation, text: string): string {
  const kind = kindOf(call)
  if (sanitisePaste(text).trim() === '') return text
  if (kind === 'query') return `Question, please answer: ${text}`
  if (kind === 'info') return `For your information, nothing is to be done: ${text}`
  return kind === 'ack' ? `Confirmation: ${text}` : text
}

/** @throws {UserError} CLI_ARGUMENTS (exit 2): two of them */
export function kindOf({ options }: Invocation): (typeof KINDS)[number] | undefined {
  const given = KINDS.filter((kind) => options[kind] === true)
  if (given.length > 1)
    throw usage('CLI_ARGUMENTS', `--${given.join(' and --')} exclude each other.`, 'Write one of them.')
  return given[0]
}

/** @default normal. @throws {UserError} CLI_OPTION_VALUE (exit 2) */
export function priorityOf({ options }: Invocation): Priority {
  const given = options.priority ?? 'normal'
  const found = PRIORITIES.find((one) => one === given)
  if (found !== undefined) return found
  throw usage(
    'CLI_OPTION_VALUE',
    `--priority ${String(given)} is not known.`,
    `Known: ${PRIORITIES.join(', ')}.`,
  )
}

/** What a message of this kind says. */
export function contentOf(kind: (typeof KINDS)[number] | undefined, text: string): Content {
  if (kind === 'query') return { type: 'query', question: text }
  if (kind === 'info') return { type: 'informational', summary: text }
  if (kind === 'ack') return { type: 'confirmation', ack_type: ackOf(text) }
  return { type: 'task', description: text }
}

/** @throws {UserError} MESSAGE_EMPTY (exit 2) */
export function refuseEmpty(text: string): void {
  if (sanitisePaste(text).trim() !== '') return
  throw usage(
    'MESSAGE_EMPTY',
    'The message is empty, or holds nothing but control characters.',
    'Write what the agent is to be told.',
  )
}

export const usage = (code: string, what: string, fix: string): UserError =>
  new UserError({ code, what, fix, exit: Exit.usage })
