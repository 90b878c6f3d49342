import { randomBytes } from 'node:crypto'
import type { FleetEvent, NotifySpec } from '../../core/index.ts'
import { add, type ChannelName, channelNames, isTold, type Notice, noticeOf } from '../../notify/index.ts'
import type { World } from '../world.ts'
import { createNotifyBook } from './book.ts'
import type { Deliver } from './deliver.ts'
import { createNotifyLines } from './lines.ts'
import { type ChannelReport, type ChannelStatus, statusOf, testMessage } from './report.ts'

export interface Notifier {
  /** Takes up what an earlier watchdog left, and what it did not come to. */
  start(): Promise<void>
  /** Called for every event, after it was written. */
  heard(event: FleetEvent): void
  /** After a reload. */
  configure(): void
  /** Sends a message of no consequence through every channel, now. */
  test(): Promise<ChannelReport[]>
  /** Where nothing was started, as the record on disk has it. */
  status(): Promise<ChannelStatus[]>
  /** One sentence for each channel that fails. */
  troubles(): string[]
  close(): Promise<void>
}

/** Events that may pass before the log is read again although none of them is told. */
const longestLag = 500

/**
 * Tells people. The event log is the source and the cursor says how far it was read, so a crash loses nothing and at
 * worst repeats a message under its old id. Nothing here is waited for by a tick.
 */
export function createNotifier(world: World, deliver: Deliver, complain: (error: unknown) => void): Notifier {
  const spec = (): NotifySpec | undefined => world.fleet().notify
  const book = createNotifyBook(world, complain)
  const lines = createNotifyLines(world, book, {
    deliver,
    wanted: (name) => (channelsOf(spec()).includes(name) ? spec() : undefined),
    complain,
  })
  let active = false
  let closed = false
  let reading = false
  let again = false

  /** Where to begin: at the cursor; without one at the newest event, so that no old story is told. */
  async function begin(): Promise<void> {
    const found = await book.load()
    const [last] = await world.events.read({ last: 1 })
    const newest = last?.seq ?? 0
    // A log that was begun anew counts from 1 again.
    book.moveTo(found === 'ok' ? Math.min(book.cursor(), newest) : newest)
    if (found === 'damaged')
      world.report({ kind: 'trouble', because: 'notify.json was damaged: notices that waited are lost' })
    await book.save()
  }

  /** Reads the log from where it was read last. One at a time; a call in between makes it read once more. */
  function read(): void {
    if (closed || !active) return
    again = true
    if (reading) return
    reading = true
    void readOn()
      .catch(complain)
      .finally(() => {
        reading = false
      })
  }

  async function readOn(): Promise<void> {
    while (again && !closed) {
      again = false
      const events = await world.events.read({ afterSeq: book.cursor() })
      const last = events.at(-1)
      if (last === undefined) continue
      const now = spec()
      const notices = events.flatMap((event) => noticeOf(event, now?.on ?? []) ?? [])
      for (const name of channelsOf(now)) enqueue(name, notices)
      book.moveTo(last.seq)
      if (notices.length === 0) continue
      await book.save()
      lines.wake(channelsOf(now))
    }
  }

  function enqueue(name: ChannelName, notices: readonly Notice[]): void {
    const { wall } = world.clock.now()
    book.put(
      name,
      notices.reduce((line, notice) => add(line, notice, wall), book.channel(name)),
    )
  }

  async function follow(): Promise<void> {
    const names = channelsOf(spec())
    if (names.length === 0) {
      if (active) await book.drop()
      active = false
      return
    }
    if (!active) await begin()
    active = true
    read()
    lines.wake(names)
  }

  let following: Promise<void> = Promise.resolve()
  function configure(): Promise<void> {
    following = following.then(follow).catch(complain)
    return following
  }

  async function tryOne(name: ChannelName, now: NotifySpec): Promise<ChannelReport> {
    const from = world.clock.now()
    const message = testMessage(randomBytes(8).toString('hex'), from.wall)
    const done = await lines.send(name, now, message, { test: true })
    const ms = Math.round(world.clock.now().mono - from.mono)
    return { channel: name, ok: done.ok, detail: done.ok ? done.detail : done.why, ms }
  }

  return {
    start: configure,
    heard: (event) => {
      if (active && (isTold(event) || event.seq - book.cursor() > longestLag)) read()
    },
    configure: () => void configure(),
    test: async () => {
      const now = spec()
      return now === undefined ? [] : Promise.all(channelsOf(now).map((name) => tryOne(name, now)))
    },
    status: async () => {
      const now = spec()
      if (now === undefined) return []
      if (!active) await book.load()
      const { wall } = world.clock.now()
      return channelsOf(now).map((name) => statusOf(name, now, book.channel(name), wall))
    },
    troubles: () =>
      channelsOf(spec()).flatMap((name) => {
        const { tries, lastError } = book.channel(name)
        if (tries === 0 || lastError === undefined) return []
        return [`notices by ${name} do not arrive (${tries} tries): ${lastError.why}`]
      }),
    close: async () => {
      closed = true
      lines.close()
      if (active) await book.save()
    },
  }
}

export function channelsOf(spec: NotifySpec | undefined): ChannelName[] {
  if (spec === undefined) return []
  const has = { command: spec.command !== undefined, webhook: spec.webhook !== undefined, bell: spec.bell }
  return channelNames.filter((name) => has[name])
}
