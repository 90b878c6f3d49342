import * as v from 'valibot'
import { noticeKinds } from '../core/index.ts'
import type { Channel, ChannelName } from './channel.ts'

/** `state/notify.json`: how far the event log was read, and what waits for each channel. */
export interface NotifyRecord {
  /** Sequence number of the last event that was taken into account. */
  cursor: number
  channels: Partial<Record<ChannelName, Channel>>
}

export const notifyRecordName = 'notify.json'

const instant = v.pipe(v.number(), v.finite())
const kind = v.picklist(noticeKinds)
const notice = v.looseObject({
  id: v.string(),
  seq: v.number(),
  at: instant,
  kind,
  agent: v.optional(v.string()),
  text: v.string(),
  evidence: v.array(v.string()),
})
const summary = v.object({
  kind,
  agent: v.optional(v.string()),
  count: v.number(),
  from: instant,
  to: instant,
})
const channel = v.object({
  queue: v.array(notice),
  folded: v.array(summary),
  firstAt: v.optional(instant),
  sending: v.optional(v.object({ id: v.string(), notices: v.array(notice), summary: v.array(summary) })),
  tries: v.number(),
  nextTryAt: v.optional(instant),
  sent: v.array(instant),
  lastOk: v.optional(v.object({ at: instant, id: v.string() })),
  lastError: v.optional(v.object({ at: instant, why: v.string() })),
})
const shape = v.object({
  cursor: v.number(),
  channels: v.object({
    command: v.optional(channel),
    webhook: v.optional(channel),
    bell: v.optional(channel),
  }),
})

export function checkNotifyRecord(value: unknown): NotifyRecord | undefined {
  const read = v.safeParse(shape, value)
  return read.success ? (read.output as NotifyRecord) : undefined
}
