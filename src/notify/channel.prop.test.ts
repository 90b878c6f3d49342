import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { noticeKinds } from '../core/index.ts'
import {
  add,
  type Channel,
  delivered,
  due,
  emptyChannel,
  failed,
  form,
  fullNotices,
  type Message,
  mended,
  waiting,
} from './channel.ts'
import type { Notice } from './notice.ts'
import { checkNotifyRecord } from './record.ts'

const start = 1_800_000_000_000
const notice = (seq: number, at = start): Notice => ({
  id: `${at}-${seq}`,
  seq,
  at,
  kind: noticeKinds[seq % noticeKinds.length]!,
  agent: `a${seq % 3}`,
  text: `text ${seq}`,
  evidence: [],
})
const counted = (message: Message): number =>
  message.notices.length + message.summary.reduce((sum, one) => sum + one.count, 0)

/** A day of one channel: what comes, what a try says, how the clock goes. */
const steps = fc.array(
  fc.oneof(
    fc.record({ kind: fc.constant('notice' as const), count: fc.integer({ min: 1, max: 120 }) }),
    fc.record({ kind: fc.constant('time' as const), ms: fc.integer({ min: 0, max: 3_600_000 }) }),
    fc.record({ kind: fc.constant('jump' as const), ms: fc.integer({ min: -86_400_000, max: 86_400_000 }) }),
    fc.record({ kind: fc.constant('outage' as const), on: fc.boolean() }),
    fc.record({ kind: fc.constant('crash' as const) }),
  ),
  { maxLength: 60 },
)

describe('a channel', () => {
  test('tells everything in full or as a number, once, within its rate, whatever happens', () => {
    fc.assert(
      fc.property(
        steps,
        fc.integer({ min: 1, max: 5 }),
        fc.integer({ min: 0, max: 60_000 }),
        (list, perHour, batchMs) => {
          let channel: Channel = emptyChannel
          let now = start
          let seq = 0
          let outage = false
          let received = 0
          const ids = new Set<string>()
          const at: number[] = []
          const work = (): void => {
            for (let i = 0; i < 10; i++) {
              channel = mended(channel, now)
              const next = due(channel, { perHour, batchMs }, now)
              if (next.kind === 'idle' || next.kind === 'wait') {
                if (next.kind === 'wait') expect(next.until - now).toBeLessThanOrEqual(3_600_000)
                return
              }
              if (next.kind === 'form') channel = form(channel, `m${seq}-${ids.size}-${now}`)
              if (outage) channel = failed(channel, 'no', now)
              else {
                const { sending } = channel
                expect(sending!.notices.length).toBeLessThanOrEqual(fullNotices)
                if (!ids.has(sending!.id)) received += counted(sending!)
                ids.add(sending!.id)
                at.push(now)
                channel = delivered(channel, now)
              }
            }
          }
          for (const step of list) {
            if (step.kind === 'notice')
              for (let i = 0; i < step.count; i++) channel = add(channel, notice(++seq, now), now)
            else if (step.kind === 'outage') outage = step.on
            else if (step.kind === 'crash') {
              const saved = checkNotifyRecord(
                JSON.parse(JSON.stringify({ cursor: 1, channels: { command: channel } })),
              )
              expect(saved?.channels.command).toEqual(JSON.parse(JSON.stringify(channel)))
              channel = saved!.channels.command!
            } else {
              now += step.ms
              if (step.kind === 'jump') at.length = 0
            }
            work()
            expect(received + waiting(channel)).toBe(seq)
            expect(at.filter((one) => one > now - 3_600_000).length).toBeLessThanOrEqual(perHour)
          }
          outage = false
          for (let hours = 0; hours < 4; hours++) {
            now += 3_600_000
            work()
          }
          expect(received).toBe(seq)
        },
      ),
      { numRuns: 300 },
    )
  })
  test('waits for the end of the batch, and sends everything of it together', () => {
    const spec = { batchMs: 10_000, perHour: 30 }
    let channel = add(emptyChannel, notice(1), start)
    expect(due(channel, spec, start)).toEqual({ kind: 'wait', until: start + 10_000, because: 'batch' })
    channel = add(channel, notice(2), start + 9_000)
    expect(due(channel, spec, start + 10_000)).toEqual({ kind: 'form' })
    channel = form(channel, 'm')
    expect(channel.sending).toMatchObject({ id: 'm', notices: [{ seq: 1 }, { seq: 2 }], summary: [] })
    expect(due(channel, spec, start + 10_000)).toEqual({ kind: 'send' })
  })
  test('keeps its message while it fails, and tries later each time, up to ten minutes', () => {
    let channel = form(add(emptyChannel, notice(1), start), 'm')
    const pauses: number[] = []
    for (let i = 0; i < 9; i++) {
      channel = failed(channel, 'no', start)
      channel = add(channel, notice(i + 2), start)
      expect(channel.sending).toMatchObject({ id: 'm', notices: [{ seq: 1 }] })
      pauses.push((channel.nextTryAt! - start) / 1000)
    }
    expect(pauses).toEqual([5, 10, 20, 40, 80, 160, 320, 600, 600])
  })
  test('above the rate it waits for the hour to pass and tells the rest in one', () => {
    const spec = { batchMs: 0, perHour: 2 }
    let channel: Channel = emptyChannel
    for (const minute of [0, 10]) {
      channel = form(add(channel, notice(minute), start + minute * 60_000), `m${minute}`)
      channel = delivered(channel, start + minute * 60_000)
    }
    for (let i = 0; i < 260; i++) channel = add(channel, notice(i), start + 20 * 60_000)
    expect(due(channel, spec, start + 20 * 60_000)).toEqual({
      kind: 'wait',
      until: start + 3_600_000,
      because: 'rate',
    })
    expect(due(channel, spec, start + 3_600_000)).toEqual({ kind: 'form' })
    const { sending } = form(channel, 'm')
    expect(sending!.notices).toHaveLength(50)
    expect(counted(sending!)).toBe(260)
    expect(sending!.summary.length).toBeLessThanOrEqual(3 * noticeKinds.length)
  })
})
