import type { EpochMs, NoticeKind, NotifySpec } from '../core/index.ts'
import type { Notice } from './notice.ts'

export const channelNames = ['command', 'webhook', 'bell'] as const
export type ChannelName = (typeof channelNames)[number]

/** Notices that are told as a number only. */
export interface Summary {
  kind: NoticeKind
  agent?: string
  count: number
  from: EpochMs
  to: EpochMs
}

/** What one delivery carries. It stays as it is over all its tries, so that its receiver can tell them for one. */
export interface Message {
  id: string
  notices: Notice[]
  summary: Summary[]
}

/** One channel's line of notices. JSON; kept in `state/notify.json`. */
export interface Channel {
  /** In no message yet, oldest first. */
  queue: Notice[]
  /** What the queue had no room for. */
  folded: Summary[]
  /** When the oldest of `queue` and `folded` came. */
  firstAt?: EpochMs
  /** Formed, perhaps delivered already: at least once. */
  sending?: Message
  /** Failed tries of `sending`. */
  tries: number
  nextTryAt?: EpochMs
  /** Deliveries within the last hour. */
  sent: EpochMs[]
  lastOk?: { at: EpochMs; id: string }
  lastError?: { at: EpochMs; why: string }
}

export const emptyChannel: Channel = { queue: [], folded: [], tries: 0, sent: [] }

/** Notices of a message that are told in full; the older ones are summarised. */
export const fullNotices = 50
/** Notices that a channel keeps in full while it waits. */
const longestQueue = 200
const hourMs = 3_600_000
const firstRetryMs = 5_000
const longestRetryMs = 600_000

export function add(channel: Channel, notice: Notice, now: EpochMs): Channel {
  const queue = [...channel.queue, notice]
  const over = queue.splice(0, Math.max(0, queue.length - longestQueue))
  return { ...channel, queue, folded: fold(channel.folded, over), firstAt: channel.firstAt ?? now }
}

/** The wall clock may have jumped back: an instant that lies further ahead than it can have been meant is drawn near. */
export function mended(channel: Channel, now: EpochMs): Channel {
  const { firstAt, nextTryAt, tries } = channel
  const first = firstAt !== undefined && firstAt > now ? { firstAt: now } : undefined
  const latest = now + retryMs(tries)
  const next = nextTryAt !== undefined && nextTryAt > latest ? { nextTryAt: latest } : undefined
  return first === undefined && next === undefined ? channel : { ...channel, ...first, ...next }
}

/** What to do now, or when to look again. */
export function due(
  channel: Channel,
  spec: Pick<NotifySpec, 'batchMs' | 'perHour'>,
  now: EpochMs,
):
  | { kind: 'idle' }
  | { kind: 'wait'; until: EpochMs; because: 'batch' | 'rate' | 'retry' }
  | { kind: 'form' | 'send' } {
  if (channel.sending !== undefined) {
    const until = channel.nextTryAt ?? now
    return until <= now ? { kind: 'send' } : { kind: 'wait', until, because: 'retry' }
  }
  if (channel.queue.length === 0 && channel.folded.length === 0) return { kind: 'idle' }
  const batchEnd = (channel.firstAt ?? now) + spec.batchMs
  if (batchEnd > now) return { kind: 'wait', until: batchEnd, because: 'batch' }
  const recent = recentOf(channel, now)
  if (recent.length < spec.perHour) return { kind: 'form' }
  return { kind: 'wait', until: recent[recent.length - spec.perHour]! + hourMs, because: 'rate' }
}

export function recentOf(channel: Channel, now: EpochMs): EpochMs[] {
  return channel.sent.filter((at) => at <= now && at > now - hourMs)
}

/** Everything that waits becomes one message. */
export function form(channel: Channel, id: string): Channel {
  const notices = channel.queue.slice(-fullNotices)
  const older = channel.queue.slice(0, channel.queue.length - notices.length)
  const { firstAt: _begun, ...rest } = channel
  return {
    ...rest,
    queue: [],
    folded: [],
    sending: { id, notices, summary: fold(channel.folded, older) },
    tries: 0,
  }
}

export function delivered(channel: Channel, now: EpochMs): Channel {
  const { sending, nextTryAt: _none, ...rest } = channel
  if (sending === undefined) return channel
  return {
    ...rest,
    tries: 0,
    sent: [...recentOf(channel, now), now],
    lastOk: { at: now, id: sending.id },
    firstAt: channel.queue.length + channel.folded.length === 0 ? undefined : now,
  } as Channel
}

export function failed(channel: Channel, why: string, now: EpochMs): Channel {
  const tries = channel.tries + 1
  return { ...channel, tries, nextTryAt: now + retryMs(tries), lastError: { at: now, why } }
}

/** 5 s, 10 s, 20 s … 10 min. */
const retryMs = (tries: number): number =>
  Math.min(longestRetryMs, firstRetryMs * 2 ** Math.max(0, tries - 1))

/** How many notices wait, in full or as a number. */
export function waiting({ queue, folded, sending }: Channel): number {
  const of = (list: readonly Summary[]): number => list.reduce((sum, one) => sum + one.count, 0)
  const formed = sending === undefined ? 0 : sending.notices.length + of(sending.summary)
  return queue.length + of(folded) + formed
}

function fold(into: readonly Summary[], notices: readonly Notice[]): Summary[] {
  const out = into.map((one) => ({ ...one }))
  for (const { kind, agent, at } of notices) {
    const found = out.find((one) => one.kind === kind && one.agent === agent)
    if (found === undefined)
      out.push({ kind, ...(agent === undefined ? {} : { agent }), count: 1, from: at, to: at })
    else
      Object.assign(found, {
        count: found.count + 1,
        from: Math.min(found.from, at),
        to: Math.max(found.to, at),
      })
  }
  return out
}
