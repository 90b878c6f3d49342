import { createConnection } from 'node:net'
import { OutsideError, UserError } from '../../core/index.ts'
import { errnoOf } from '../files/errno.ts'
import { createLineSplitter } from './line-splitter.ts'
import { type Answer, fromWire, parseAnswer } from './wire.ts'

export type CallOutcome =
  | { kind: 'answer'; value: unknown }
  /** No socket, or nobody listens: no watchdog runs, and nothing was done. */
  | { kind: 'absent' }
  /** It may have been done, or may still be. */
  | { kind: 'timeout' }
  /** The connection broke after the request was sent: it may have been done. */
  | { kind: 'lost'; why: string }

export interface CallOptions {
  /** For the whole call, milliseconds. @default 10_000 */
  timeoutMs?: number
  /** Aborted: the answer is not waited for any longer, and the outcome is `timeout`. */
  signal?: AbortSignal
}

const LONGEST_ANSWER = 64 * 1024 * 1024
const ABSENT = ['ENOENT', 'ECONNREFUSED', 'ENOTDIR', 'ENOTSOCK']

/**
 * Asks the process that serves the control socket to do one thing.
 * @throws {UserError} what the handler threw; `CONTROL_RIGHTS` when the socket is another user's
 * @throws {OutsideError} when the handler failed in another way; `CONTROL_CALL`
 */
export async function callControl(
  path: string,
  request: { verb: string; args: readonly unknown[] },
  options: CallOptions = {},
): Promise<CallOutcome> {
  const heard = await converse(
    path,
    `${JSON.stringify({ id: 1, ...request })}\n`,
    options.timeoutMs ?? 10_000,
    options.signal,
  )
  if (heard.kind !== 'heard') return heard
  if (heard.answer.ok) return { kind: 'answer', value: heard.answer.value }
  throw fromWire(heard.answer.error)
}

type Heard = Exclude<CallOutcome, { kind: 'answer' }> | { kind: 'heard'; answer: Answer }

function converse(
  path: string,
  line: string,
  timeoutMs: number,
  signal: AbortSignal | undefined,
): Promise<Heard> {
  return new Promise((resolve, reject) => {
    const socket = createConnection(path)
    const finish = (heard: Heard) => {
      clearTimeout(timer)
      resolve(heard)
      socket.destroy()
    }
    const timer = setTimeout(() => finish({ kind: 'timeout' }), timeoutMs)
    signal?.addEventListener('abort', () => finish({ kind: 'timeout' }), { once: true })
    const push = createLineSplitter(LONGEST_ANSWER, (text) => {
      const answer = parseAnswer(text)
      finish(
        answer === undefined ? { kind: 'lost', why: 'the answer is not one' } : { kind: 'heard', answer },
      )
    })
    let sent = false
    socket.on('connect', () => {
      sent = true
      socket.write(line)
    })
    socket.on('data', (chunk) => {
      if (!push(chunk)) finish({ kind: 'lost', why: 'the answer is too long' })
    })
    socket.on('close', () => finish({ kind: 'lost', why: 'the connection ended without an answer' }))
    socket.on('error', (error) => {
      if (sent) return finish({ kind: 'lost', why: error.message })
      if (ABSENT.includes(errnoOf(error) ?? '')) return finish({ kind: 'absent' })
      clearTimeout(timer)
      reject(callError(path, error))
    })
  })
}

function callError(path: string, cause: Error): UserError | OutsideError {
  const errno = errnoOf(cause)
  const what = `the control socket ${path} cannot be reached: ${cause.message}`
  if (errno !== 'EACCES' && errno !== 'EPERM') {
    return new OutsideError({
      tool: 'control',
      code: 'CONTROL_CALL',
      what,
      retryable: errno === 'EAGAIN',
      cause,
    })
  }
  return new UserError({
    code: 'CONTROL_RIGHTS',
    what,
    fix: 'Run as the user who started the watchdog.',
    file: path,
  })
}
