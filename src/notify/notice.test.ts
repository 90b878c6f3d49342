import { expect, test } from 'vitest'
import { type FleetEvent, noticeKinds } from '../core/index.ts'
import { noticeOf } from './notice.ts'
import { payloadOf } from './payload.ts'

const event = (kind: FleetEvent['kind'], more: Partial<FleetEvent> = {}): FleetEvent => ({
  kind,
  seq: 7,
  at: 99,
  ...more,
})

test('each kind that can be asked for comes from an event, and only when it is asked for', () => {
  const from = [
    'asking',
    'park',
    'failing',
    'limit',
    'lift',
    'phase-done',
    'sequence-complete',
    'message',
  ] as const
  expect(from.map((kind) => noticeOf(event(kind), noticeKinds)?.kind)).toEqual([...noticeKinds])
  expect(from.map((kind) => noticeOf(event(kind), ['parked'])?.kind).filter(Boolean)).toEqual(['parked'])
  expect(noticeOf(event('start'), noticeKinds)).toBeUndefined()
})
test('what an agent wrote reaches no terminal as a control character, and is cut', () => {
  const notice = noticeOf(
    event('asking', {
      agent: 'a',
      because: `\x1b]0;x\x07${'y'.repeat(2000)}`,
      evidence: Array(9).fill('\x9bq'),
    }),
    noticeKinds,
  )
  expect(notice?.text).toHaveLength(500)
  expect(JSON.stringify(notice)).not.toMatch(/[\0-\x1f\x7f-\x9f]/)
  expect(notice?.evidence).toEqual(Array(5).fill('\\x9bq'))
})
test('a message says in words what its notices say as data', () => {
  const notice = noticeOf(
    event('park', { agent: 'a', because: 'died ten times', cause: 'failure' }),
    noticeKinds,
  )!
  const summary = [{ kind: 'limited' as const, agent: 'b', count: 3, from: 1, to: 2 }]
  const message = { id: 'm', notices: [notice], summary }
  expect(payloadOf(message, { project: '/p', host: 'h', attempt: 2, at: 5 })).toEqual({
    version: 1,
    id: 'm',
    attempt: 2,
    at: 5,
    project: '/p',
    host: 'h',
    text: 'a is parked: died ten times\n3 more of limited (b)',
    notices: [
      {
        id: '99-7',
        seq: 7,
        at: 99,
        kind: 'parked',
        agent: 'a',
        text: 'died ten times',
        class: 'failure',
        evidence: [],
      },
    ],
    summary,
  })
})
