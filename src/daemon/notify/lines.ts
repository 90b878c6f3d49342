import { randomBytes } from 'node:crypto'
import { hostname } from 'node:os'
import type { NotifySpec } from '../../core/index.ts'
import {
  type ChannelName,
  delivered,
  due,
  failed,
  form,
  type Message,
  mended,
  type Payload,
  payloadOf,
} from '../../notify/index.ts'
import type { World } from '../world.ts'
import type { NotifyBook } from './book.ts'
import type { Deliver } from './deliver.ts'

/** One line for each channel, at its own pace: a channel that hangs delays no other, and no tick. */
export interface NotifyLines {
  /** Something was put into the book, or the config changed. */
  wake(names: readonly ChannelName[]): void
  /** Hands a message to one channel now, past its line. */
  send(name: ChannelName, spec: NotifySpec, message: Message, more: Partial<Payload>): ReturnType<Deliver>
  /** What is under way is cut off; the next watchdog sends it again. */
  close(): void
}

export function createNotifyLines(
  world: World,
  book: NotifyBook,
  deps: {
    deliver: Deliver
    wanted: (name: ChannelName) => NotifySpec | undefined
    complain: (error: unknown) => void
  },
): NotifyLines {
  const stop = new AbortController()
  const naps = new Map<ChannelName, AbortController>()
  const running = new Set<ChannelName>()

  function run(name: ChannelName): void {
    if (running.has(name) || stop.signal.aborted) return
    running.add(name)
    void work(name)
      .catch(deps.complain)
      .finally(() => running.delete(name))
  }

  /** Until nothing waits for the channel. */
  async function work(name: ChannelName): Promise<void> {
    for (;;) {
      const spec = deps.wanted(name)
      if (stop.signal.aborted || spec === undefined) return
      const { wall } = world.clock.now()
      book.put(name, mended(book.channel(name), wall))
      const next = due(book.channel(name), spec, wall)
      if (next.kind === 'idle') return
      if (next.kind === 'wait') await nap(name, next.until - wall)
      else await step(name, spec, next.kind)
    }
  }

  async function nap(name: ChannelName, ms: number): Promise<void> {
    const wake = new AbortController()
    naps.set(name, wake)
    const signal = AbortSignal.any([wake.signal, stop.signal])
    await world.clock.sleep(ms, signal).catch(() => undefined)
    naps.delete(name)
  }

  async function step(name: ChannelName, spec: NotifySpec, kind: 'form' | 'send'): Promise<void> {
    if (kind === 'form') {
      book.put(name, form(book.channel(name), randomBytes(8).toString('hex')))
      // On disk before the first try: the same message, under the same id, after a crash.
      await book.save()
    }
    const { sending, tries } = book.channel(name)
    if (sending === undefined) return
    const done = await send(name, spec, sending, { attempt: tries + 1 })
    if (stop.signal.aborted) return
    const { wall } = world.clock.now()
    book.put(name, done.ok ? delivered(book.channel(name), wall) : failed(book.channel(name), done.why, wall))
    await book.save()
    tell(name, sending, tries, done)
  }

  /** Each delivery, and the first failure of a message; the others are in the status. */
  function tell(
    name: ChannelName,
    { id, notices }: Message,
    tries: number,
    done: Awaited<ReturnType<Deliver>>,
  ): void {
    const of = { channel: name, id, notices: notices.length }
    if (done.ok) {
      const because = tries === 0 ? done.detail : `${done.detail}, at try ${tries + 1}`
      world.report({ kind: 'notified', ...of, because })
    } else if (tries === 0) {
      world.report({ kind: 'notify-failed', ...of, because: `${done.why}; it is tried again` })
    }
  }

  function send(
    name: ChannelName,
    spec: NotifySpec,
    message: Message,
    more: Partial<Payload>,
  ): ReturnType<Deliver> {
    const about = { project: world.fleet().projectDir, host: hostname(), at: world.clock.now().wall }
    return deps.deliver(name, spec, { ...payloadOf(message, { ...about, attempt: 1 }), ...more })
  }

  return {
    wake: (names) => {
      for (const name of names) {
        naps.get(name)?.abort()
        run(name)
      }
    },
    send,
    close: () => stop.abort(),
  }
}
