import { expect, test } from 'vitest'
import { decodeAgent } from '../wire/agent-record.ts'
import { hashTime } from '../wire/stamp.ts'
import { judge, STALE_MS } from './recover.ts'

const now = Date.parse('2026-06-01T12:00:00Z')
const agent = (fields: Record<string, string>, silentMs: number) =>
  decodeAgent(
    {
      id: '7c1e0f52-3b7a-4a52-9d0e-5f1c2a90b611',
      name: 'api',
      last_heartbeat: hashTime(now - silentMs),
      ...fields,
    },
    now,
  )!
const kind = (fields: Record<string, string>, silentMs: number, runs = false, onlyHere = true) =>
  judge(agent(fields, silentMs), now, { runs: () => runs, onlyHere }).kind

test('W17: a worker that is busy for an hour is alive while its process runs', () => {
  expect(kind({ state: 'working' }, 3_600_000, true)).toBe('alive')
  expect(kind({ state: 'working' }, 3_600_000, false, true)).toBe('dead')
})

test('of one that may work on another machine nothing is concluded; an idle one would give signs', () => {
  expect(kind({ state: 'working' }, 3_600_000, false, false)).toBe('unknown')
  expect(kind({ state: 'idle' }, STALE_MS, false, false)).toBe('dead')
  expect(kind({ state: 'idle' }, STALE_MS - 1, false, false)).toBe('alive')
})

test('agents of a fleet, those that are over and paused ones are left alone', () => {
  expect(kind({ state: 'working', fleet_state: 'working' }, 3_600_000)).toBe('ours')
  expect(kind({ state: 'stopped' }, 3_600_000)).toBe('over')
  expect(kind({ state: 'paused' }, 3_600_000)).toBe('paused')
})

test('of a fleet that gives no sign it is said so; its agents may run without their watchdog', () => {
  const fields = { state: 'working', fleet_owner: 'other', fleet_state: 'working' }
  const of = (silentMs: number, owner: string, more = {}) =>
    judge(agent({ ...fields, ...more }, silentMs), now, { runs: () => false, onlyHere: true, owner }).kind
  expect(of(STALE_MS, 'mine')).toBe('unknown')
  expect(of(STALE_MS - 1, 'mine')).toBe('ours')
  expect(of(STALE_MS, 'other')).toBe('ours')
  expect(of(STALE_MS, 'mine', { state: 'stopped' })).toBe('over')
})
