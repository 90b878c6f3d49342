import type { Answer, Reply } from './answer.ts'
import { classifyFailure } from './answer.ts'
import { type ControlItem, createBlockParser } from './block-parser.ts'
import type { Launcher } from './launcher.ts'
import { answersTo, type CommandList, listLine } from './quote.ts'

export type Attach =
  | { kind: 'attached' }
  | { kind: 'no-keeper'; why: string }
  | Exclude<Answer, { kind: 'replies' }>

export interface ControlClient {
  /** Settles once: attached, or why not. */
  attached: Promise<Attach>
  /** Settles when the client is gone, with the reason. */
  gone: Promise<string>
  pid: number | undefined
  /** One write for all lists. A missed deadline ends the client: a late answer could no longer be told apart. */
  run(lists: readonly CommandList[], deadlineMs: number): Promise<Answer>
  /** Ends the client at once; everything pending is answered `lost`. */
  kill(why: string): void
  /** Detaches in good order. */
  detach(): void
}

interface PendingList {
  left: number
  texts: Buffer[]
  settle(reply: Reply): void
  abandon(answer: Answer): void
}

/**
 * Arguments of our control client. `no-output`: the server queues no pane output for us, so a reader that stands still
 * cannot make it grow (F6). `ignore-size`: we never change the size of anybody's window.
 */
export function attachArgs(keeperSession: string): string[] {
  return ['-C', 'attach-session', '-E', '-t', `=${keeperSession}`, '-f', 'no-output,ignore-size']
}

/** Attaches a control-mode client to the keeper session. Notifications that may mean a change call `onChanged`. */
export function openControlClient(
  launcher: Launcher,
  keeperSession: string,
  deadlineMs: number,
  onChanged: () => void,
): ControlClient {
  const pending: PendingList[] = []
  const attach = defer<Attach>()
  const gone = defer<string>()
  let over: string | undefined
  let isAttached = false
  let stderr = ''
  let refusal = ''

  const launched = launcher.client(attachArgs(keeperSession))
  const child = launched.kind === 'started' ? launched.child : undefined

  function finish(why: string, kind: 'lost' | 'unknown' = 'lost'): void {
    if (over !== undefined) return
    over = why
    clearTimeout(timer)
    leave()
    for (const list of pending.splice(0)) list.abandon({ kind, why })
    attach.resolve(attachFailure(refusal || stderr || why))
    gone.resolve(why)
  }

  /**
   * A client that the server has not taken in yet must not be killed: tmux 3.3a crashes over it when it goes on. Its
   * input is closed, so it ends by itself as soon as the server looks at it.
   */
  function leave(): void {
    if (isAttached) child?.kill('SIGKILL')
    else child?.stdin.end()
    child?.unref()
  }

  function onItem(item: ControlItem): void {
    if (over !== undefined) return
    if (item.kind === 'garbage')
      finish(`tmux said something that is not control mode: ${item.line.slice(0, 80)}`, 'unknown')
    else if (item.kind === 'notice') onNotice(item.name, item.line)
    else if (item.own) onBlock(item.ok, item.text)
    else if (!item.ok) refusal = item.text.toString().trim()
  }

  function onNotice(name: string, line: string): void {
    if (name === 'exit') finish(line === '%exit' ? 'the control client was detached' : line.slice(1))
    if (name === 'session-changed' && !isAttached) {
      isAttached = true
      clearTimeout(timer)
      attach.resolve({ kind: 'attached' })
    }
    if (!QUIET_NOTICES.has(name)) onChanged()
  }

  function onBlock(ok: boolean, text: Buffer): void {
    const list = pending[0]
    if (list === undefined) {
      finish('tmux answered a command that was never sent', 'unknown')
      return
    }
    list.left--
    if (ok) list.texts.push(text)
    if (ok && list.left > 0) return
    pending.shift()
    const all = Buffer.concat(list.texts)
    list.settle(
      ok ? { kind: 'ok', text: all } : { kind: 'error', message: text.toString().trim(), text: all },
    )
  }

  const parser = createBlockParser(onItem)
  const timer = setTimeout(() => finish(`tmux did not attach us within ${deadlineMs} ms`), deadlineMs)
  child?.stdout.on('data', (chunk: Buffer) => parser.feed(chunk))
  child?.stderr.on('data', (chunk: Buffer) => {
    stderr += chunk.toString()
  })
  child?.once('error', (cause) => finish(`tmux could not be started: ${cause.message}`))
  child?.once('close', () => finish(stderr.trim() || 'the control client ended'))
  if (launched.kind === 'failed') finish(launched.why)

  return {
    attached: attach.promise,
    gone: gone.promise,
    pid: child?.pid,
    run(lists, ms) {
      if (over !== undefined) return Promise.resolve({ kind: 'lost', why: over })
      if (lists.length === 0) return Promise.resolve({ kind: 'replies', replies: [] })
      return new Promise((resolve) => {
        const replies: Reply[] = []
        const end = (answer: Answer) => {
          clearTimeout(late)
          resolve(answer)
        }
        const late = setTimeout(() => finish(`tmux did not answer within ${ms} ms`, 'unknown'), ms)
        const settle = (reply: Reply) => {
          if (replies.push(reply) === lists.length) end({ kind: 'replies', replies })
        }
        const abandon = end
        for (const list of lists) pending.push({ left: answersTo(list), texts: [], settle, abandon })
        child?.stdin.write(`${lists.map(listLine).join('\n')}\n`)
      })
    },
    kill: (why) => finish(why),
    detach() {
      child?.stdin.end()
    },
  }
}

/** Notifications that tell of no session, window or pane that appeared, ended or changed its name. */
const QUIET_NOTICES = new Set([
  'output',
  'extended-output',
  'begin',
  'message',
  'config-error',
  'continue',
  'pause',
])

function attachFailure(text: string): Attach {
  if (/can't find session|no sessions/.test(text)) return { kind: 'no-keeper', why: text }
  return classifyFailure(text)
}

function defer<T>(): { promise: Promise<T>; resolve(value: T): void } {
  let resolve: (value: T) => void = () => undefined
  const promise = new Promise<T>((settle) => {
    resolve = settle
  })
  return { promise, resolve }
}
