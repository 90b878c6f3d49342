import * as v from 'valibot'
import type { EpochMs } from '../../core/index.ts'
import { parseId } from './ids.ts'
import { parsedJson, wireJson } from './json.ts'
import { jsonTime, parseTime } from './stamp.ts'
import { PRIORITIES, type Priority } from './task-record.ts'

export type AckType =
  | { type: 'received' | 'acknowledged' | 'thanks' | 'approved' }
  | { type: 'rejected'; reason: string }

/** What a message says, as tinytown 0.10 has it. An unknown `type` cannot be read by `tt`; none is ever made up. */
export type Content =
  | { type: 'task'; description: string }
  | { type: 'query'; question: string }
  | { type: 'informational'; summary: string }
  | { type: 'confirmation'; ack_type: AckType }
  | { type: 'task_assign'; task_id: string }
  | { type: 'task_done'; task_id: string; result: string }
  | { type: 'task_failed'; task_id: string; error: string }
  | { type: 'status_request' }
  | { type: 'status_response'; state: string; current_task: string | null }
  | { type: 'ping' }
  | { type: 'pong' }
  | { type: 'shutdown' }
  | { type: 'custom'; kind: string; payload: string }

/** One element of an inbox. */
export interface TownMessage {
  id: string
  from: string
  to: string
  content: Content
  priority: Priority
  createdAt: EpochMs
  correlation: string | undefined
}

const text = v.string()
const ack = v.variant('type', [
  v.object({ type: v.picklist(['received', 'acknowledged', 'thanks', 'approved']) }),
  v.object({ type: v.literal('rejected'), reason: text }),
])
const content = v.variant('type', [
  v.object({ type: v.literal('task'), description: text }),
  v.object({ type: v.literal('query'), question: text }),
  v.object({ type: v.literal('informational'), summary: text }),
  v.object({ type: v.literal('confirmation'), ack_type: ack }),
  v.object({ type: v.literal('task_assign'), task_id: text }),
  v.object({ type: v.literal('task_done'), task_id: text, result: text }),
  v.object({ type: v.literal('task_failed'), task_id: text, error: text }),
  v.object({ type: v.literal('status_request') }),
  v.object({
    type: v.literal('status_response'),
    state: text,
    current_task: v.optional(v.nullable(text), null),
  }),
  v.object({ type: v.literal('ping') }),
  v.object({ type: v.literal('pong') }),
  v.object({ type: v.literal('shutdown') }),
  v.object({ type: v.literal('custom'), kind: text, payload: text }),
])

const id = v.pipe(
  text,
  v.rawTransform<string, string>(({ dataset, addIssue, NEVER }) => {
    const read = parseId(dataset.value)
    if (read !== undefined) return read
    addIssue({ message: 'no id' })
    return NEVER
  }),
)
const time = v.pipe(
  text,
  v.rawTransform<string, EpochMs>(({ dataset, addIssue, NEVER }) => {
    const read = parseTime(dataset.value)
    if (read !== undefined) return read
    addIssue({ message: 'no time' })
    return NEVER
  }),
)
const envelope = v.object({
  id,
  from: id,
  to: id,
  priority: v.picklist(PRIORITIES),
  created_at: time,
  correlation_id: v.optional(v.nullable(id)),
})

/** One line of JSON, its fields in the order of the protocol. */
export function encodeMessage(message: TownMessage): string {
  const { id, from, to, content, priority, createdAt, correlation } = message
  return wireJson({
    id,
    from,
    to,
    ...content,
    priority,
    created_at: jsonTime(createdAt),
    correlation_id: correlation ?? null,
  })
}

/** @returns undefined for what `tt` could not read either */
export function decodeMessage(raw: string): TownMessage | undefined {
  const value = parsedJson(raw)
  const outer = v.safeParse(envelope, value)
  const inner = v.safeParse(content, value)
  if (!outer.success || !inner.success) return undefined
  const { id, from, to, priority, created_at, correlation_id } = outer.output
  return {
    id,
    from,
    to,
    content: inner.output,
    priority,
    createdAt: created_at,
    correlation: correlation_id ?? undefined,
  }
}

/** The confirmation that a text stands for; the same words, in the same order, as `tt send --ack`. */
export function ackOf(text: string): AckType {
  const trimmed = text.trim()
  const said = trimmed.toLowerCase()
  if (said.startsWith('rejected:')) {
    const reason = trimmed.slice(trimmed.indexOf(':') + 1).trim()
    return { type: 'rejected', reason: reason === '' ? 'No reason provided' : reason }
  }
  if (said.startsWith('received')) return { type: 'received' }
  if (said.startsWith('approved')) return { type: 'approved' }
  if (said.includes('thanks') || said.includes('thank you')) return { type: 'thanks' }
  return { type: 'acknowledged' }
}

export type MessageClass = 'task' | 'query' | 'other' | 'information' | 'confirmation'

/**
 * What is to be done with a message, by its type alone: `tt` looks for words in the text of a `custom` message and so
 * takes "package" for an acknowledgement.
 */
export function classOf({ type }: Pick<Content, 'type'>): MessageClass {
  switch (type) {
    case 'task':
    case 'task_assign':
    case 'custom':
      return 'task'
    case 'query':
    case 'status_request':
      return 'query'
    case 'shutdown':
      return 'other'
    case 'confirmation':
      return 'confirmation'
    default:
      return 'information'
  }
}

/** It wants something done or answered; the rest is good to know. */
export function isActionable(content: Pick<Content, 'type'>): boolean {
  return ['task', 'query', 'other'].includes(classOf(content))
}

/** Id of the task that a message assigns. */
export const assignedTask = ({ content }: Pick<TownMessage, 'content'>): string | undefined =>
  content.type === 'task_assign' ? parseId(content.task_id) : undefined

/** The words of a message, whole. A task that is assigned is told by its id; its text is in its record. */
export function textOf(content: Content): string {
  switch (content.type) {
    case 'task':
      return content.description
    case 'query':
      return content.question
    case 'informational':
      return content.summary
    case 'confirmation':
      return content.ack_type.type === 'rejected'
        ? `rejected: ${content.ack_type.reason}`
        : content.ack_type.type
    case 'task_assign':
      return `task ${content.task_id}`
    case 'task_done':
      return `task ${content.task_id} is done: ${content.result}`
    case 'task_failed':
      return `task ${content.task_id} failed: ${content.error}`
    case 'status_response':
      return content.current_task === null
        ? content.state
        : `${content.state}, at task ${content.current_task}`
    case 'custom':
      return content.kind === '' ? content.payload : `${content.kind}: ${content.payload}`
    case 'status_request':
      return 'asks for your status'
    default:
      return content.type
  }
}
