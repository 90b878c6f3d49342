import type { EpochMs, FailClass } from '../core/index.ts'
import { blockText, instant, list, type Shape, shape, text } from '../core/shape.ts'
import type { Fact, Trouble } from './types.ts'

/** Facts of one record of Claude Code's `projects/<folder>/<session>.jsonl` (2.0 to 2.1.329). */
export function claudeFacts(record: Shape): Fact[] {
  const at = instant(record.timestamp)
  if (record.type === 'queue-operation')
    return record.operation === 'enqueue' ? said(text(record.content), at) : []
  if (record.type === 'attachment') return queued(shape(record.attachment), at)
  // What helper agents say, and what the program puts in for the model alone, is no turn of this conversation.
  if (record.isSidechain === true || record.isMeta === true) return []
  if (record.type === 'user') return userFacts(shape(record.message)?.content, at)
  return record.type === 'assistant' && at !== undefined ? assistantFacts(record, at) : []
}

/** A message that waited for the end of a turn is handed over as an attachment. */
function queued(attachment: Shape | undefined, at: EpochMs | undefined): Fact[] {
  return attachment?.type === 'queued_command' ? said(blockText(attachment.prompt), at) : []
}

function userFacts(content: unknown, at: EpochMs | undefined): Fact[] {
  const blocks = list(content).map(shape)
  const spoken = typeof content === 'string' ? content : blockText(blocks.filter((b) => b?.type === 'text'))
  const interrupted = /^\[Request interrupted by user/.test(spoken)
  if (at === undefined) return interrupted ? [] : said(spoken, at)
  if (interrupted) return [{ kind: 'turn', state: 'idle', at }]
  return [...said(spoken, at), { kind: 'turn', state: 'working', at }]
}

function assistantFacts(record: Shape, at: EpochMs): Fact[] {
  const message = shape(record.message)
  if (record.isApiErrorMessage === true) {
    const trouble = troubleOf(record, blockText(message?.content))
    const over: Fact = { kind: 'turn', state: 'idle', at }
    return trouble === undefined ? [over] : [over, { kind: 'trouble', trouble, at }]
  }
  const over = ['end_turn', 'stop_sequence', 'max_tokens', 'refusal'].includes(
    text(message?.stop_reason) ?? '',
  )
  return [{ kind: 'turn', state: over ? 'idle' : 'working', at }]
}

function troubleOf(record: Shape, words: string): Trouble | undefined {
  const quota = shape(record.quotaLimits) ?? shape(shape(record.apiErrorParams)?.rate_limit_info)
  const used = record.apiError === 'usage_limit_reached' || quota?.status === 'rejected'
  if (used) {
    const until = seconds(quota?.resetsAt)
    const window = windowOf(text(quota?.rateLimitType))
    return {
      state: 'limited',
      text: words,
      ...(until === undefined ? {} : { until }),
      ...(window === undefined ? {} : { window }),
    }
  }
  const failClass = classOf(text(record.error), record.apiErrorStatus, words)
  return failClass === undefined ? undefined : { state: 'failing', failClass, text: words }
}

function classOf(error: string | undefined, status: unknown, words: string): FailClass | undefined {
  if (error === 'authentication_failed' || status === 401) return 'auth'
  if (error === 'billing_error' || status === 402) return 'billing'
  if (/prompt is too long|context (?:window|limit)|conversation is too long/i.test(words)) return 'context'
  if (error === 'server_error' || error === 'overloaded' || error === 'rate_limit') return 'overload'
  return typeof status === 'number' && (status === 429 || status >= 500) ? 'overload' : undefined
}

function windowOf(sort: string | undefined): string | undefined {
  if (sort === undefined) return undefined
  if (sort === 'five_hour') return 'session'
  return sort.startsWith('seven_day') ? (sort === 'seven_day' ? 'weekly' : sort.slice(10)) : sort
}

const seconds = (value: unknown): EpochMs | undefined =>
  typeof value === 'number' && value > 1e9 && value < 1e11 ? value * 1000 : undefined

function said(words: string | undefined, at: EpochMs | undefined): Fact[] {
  return words === undefined || words.trim() === '' ? [] : [{ kind: 'said', text: words, at }]
}

/** `sessions/<pid>.json` (2.1). `state` is undefined for words that are not known. */
export interface ClaudeStatus {
  pid: number
  /** Start of the process as the kernel tells it: a number that was used again is another process. */
  procStart: string | undefined
  id: string
  cwd: string | undefined
  state: 'working' | 'idle' | 'asking' | undefined
  waitingFor: string | undefined
  at: EpochMs
}

const STATES: Readonly<Record<string, ClaudeStatus['state']>> = {
  busy: 'working',
  idle: 'idle',
  waiting: 'asking',
}

export function claudeStatus(value: unknown): ClaudeStatus | undefined {
  const file = shape(value)
  const id = text(file?.sessionId)
  if (file === undefined || id === undefined || typeof file.pid !== 'number') return undefined
  const at = [file.statusUpdatedAt, file.updatedAt, file.startedAt].find((one) => typeof one === 'number')
  const start = file.procStart
  return {
    pid: file.pid,
    procStart: typeof start === 'number' ? String(start) : text(start),
    id,
    cwd: text(file.cwd),
    state: STATES[text(file.status) ?? ''],
    waitingFor: text(file.waitingFor),
    at: typeof at === 'number' ? at : 0,
  }
}

/** Claude Code names the folder after the working folder; newer versions replace every character but letters and digits. */
export function claudeFolders(cwd: string): string[] {
  return [...new Set([cwd.replace(/[^A-Za-z0-9]/g, '-'), cwd.replace(/[/.]/g, '-')])]
}
