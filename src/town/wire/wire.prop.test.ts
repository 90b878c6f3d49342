import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  AGENT_STATES,
  AGENT_TYPES,
  type AgentRecord,
  decodeAgent,
  encodeAgent,
  SPAWN_MODES,
} from './agent-record.ts'
import { newId, parseId } from './ids.ts'
import { type AckType, type Content, decodeMessage, encodeMessage, type TownMessage } from './message.ts'
import { hashTime, jsonTime, parseTime } from './stamp.ts'
import { decodeTask, encodeTask, PRIORITIES, TASK_STATES, type TaskRecord } from './task-record.ts'
import { decodeEvent, encodeEvent, TOWN_EVENTS, type TownEvent } from './town-event.ts'

const NOW = Date.UTC(2030, 0, 1)
const id = fc.uuid().map((one) => one.toLowerCase())
const at = fc.integer({ min: 0, max: Date.UTC(2100, 0, 1) })
const count = fc.nat()
/** Any text that UTF-8 can hold, control characters and signs of other languages among it. */
const text = fc.string({ unit: 'binary', maxLength: 40 })
const maybe = <T>(of: fc.Arbitrary<T>) => fc.option(of, { nil: undefined })
const name = fc.stringMatching(/^[a-z_]{3,12}$/)
const word = fc.stringMatching(/^fleet_x[a-z]{0,8}$/)
const extra = fc.dictionary(word, text, { maxKeys: 3, noNullPrototype: true })

const agent: fc.Arbitrary<AgentRecord> = fc.record({
  id,
  name: text,
  type: fc.constantFrom(...AGENT_TYPES),
  state: fc.constantFrom(...AGENT_STATES),
  cli: text,
  createdAt: at,
  heartbeatAt: at,
  tasksCompleted: count,
  roundsCompleted: count,
  activeAt: at,
  spawnMode: fc.constantFrom(...SPAWN_MODES),
  currentTask: maybe(id),
  nickname: maybe(text),
  role: maybe(text),
  parent: maybe(id),
  extra,
})

const task: fc.Arbitrary<TaskRecord> = fc.record({
  id,
  description: text,
  state: fc.constantFrom(...TASK_STATES),
  createdAt: at,
  updatedAt: at,
  tags: fc.array(text, { maxLength: 4 }),
  assignedTo: maybe(id),
  startedAt: maybe(at),
  completedAt: maybe(at),
  result: maybe(text),
  parent: maybe(id),
  priority: fc.constantFrom(...PRIORITIES),
  dependsOn: fc.array(id, { maxLength: 3 }),
  extra,
})

const ack: fc.Arbitrary<AckType> = fc.oneof(
  fc.record({ type: fc.constantFrom('received', 'acknowledged', 'thanks', 'approved') }),
  fc.record({ type: fc.constant('rejected' as const), reason: text }),
)
const content: fc.Arbitrary<Content> = fc.oneof(
  fc.record({ type: fc.constant('task' as const), description: text }),
  fc.record({ type: fc.constant('query' as const), question: text }),
  fc.record({ type: fc.constant('informational' as const), summary: text }),
  fc.record({ type: fc.constant('confirmation' as const), ack_type: ack }),
  fc.record({ type: fc.constant('task_assign' as const), task_id: text }),
  fc.record({ type: fc.constant('task_done' as const), task_id: text, result: text }),
  fc.record({ type: fc.constant('task_failed' as const), task_id: text, error: text }),
  fc.record({ type: fc.constantFrom('status_request', 'ping', 'pong', 'shutdown') }),
  fc.record({
    type: fc.constant('status_response' as const),
    state: text,
    current_task: fc.option(text),
  }),
  fc.record({ type: fc.constant('custom' as const), kind: text, payload: text }),
)
const message: fc.Arbitrary<TownMessage> = fc.record({
  id,
  from: id,
  to: id,
  content,
  priority: fc.constantFrom(...PRIORITIES),
  createdAt: at,
  correlation: maybe(id),
})
const event: fc.Arbitrary<TownEvent> = fc.record({
  type: fc.constantFrom(...TOWN_EVENTS),
  agent: maybe(id),
  task: maybe(id),
  mission: maybe(id),
  oldState: maybe(fc.constantFrom(...AGENT_STATES)),
  newState: maybe(fc.constantFrom(...AGENT_STATES)),
  message: text,
  at,
  parent: maybe(id),
  child: maybe(id),
  scope: maybe(text),
  spawnMode: maybe(text),
})

test('every agent survives being written and read', () => {
  fc.assert(
    fc.property(agent, (one) => {
      expect(decodeAgent(Object.fromEntries(encodeAgent(one)), NOW)).toEqual(one)
    }),
  )
})

test('every task survives being written and read', () => {
  fc.assert(
    fc.property(task, (one) => {
      expect(decodeTask(Object.fromEntries(encodeTask(one)), NOW)).toEqual(one)
    }),
  )
})

test('every message survives being written and read, and is one line', () => {
  fc.assert(
    fc.property(message, (one) => {
      const raw = encodeMessage(one)
      expect(raw).not.toMatch(/[\r\n]/)
      expect(decodeMessage(raw)).toEqual(one)
    }),
  )
})

test('every event survives being written and read', () => {
  fc.assert(
    fc.property(event, (one) => {
      expect(decodeEvent(encodeEvent(one))).toEqual(one)
    }),
  )
})

test('a field that this version does not know survives in both kinds of record', () => {
  fc.assert(
    fc.property(agent, task, name, text, (one, other, field, value) => {
      fc.pre(
        !(field in Object.fromEntries(encodeAgent(one))) && !(field in Object.fromEntries(encodeTask(other))),
      )
      fc.pre(!['tags', 'result', 'nickname'].includes(field))
      const hash = { ...Object.fromEntries(encodeAgent(one)), [field]: value }
      expect(Object.fromEntries(encodeAgent(decodeAgent(hash, NOW)!))).toEqual(hash)
      const second = { ...Object.fromEntries(encodeTask(other)), [field]: value }
      expect(Object.fromEntries(encodeTask(decodeTask(second, NOW)!))).toEqual(second)
    }),
  )
})

test('fields that JSON holds beyond ours do not hide a message or an event', () => {
  fc.assert(
    fc.property(message, event, fc.jsonValue(), (one, other, value) => {
      const raw = JSON.stringify({ later: value, ...JSON.parse(encodeMessage(one)), afterwards: value })
      expect(decodeMessage(raw)).toEqual(one)
      expect(decodeEvent(JSON.stringify({ ...JSON.parse(encodeEvent(other)), later: value }))).toEqual(other)
    }),
  )
})

test('whatever bytes a record holds, reading it ends with a record or with none', () => {
  const hash = fc.dictionary(
    fc.oneof(text, fc.constantFrom('id', 'state', 'tags', 'created_at', 'tasks_completed', 'current_task')),
    fc.oneof(text, id, fc.json()),
  )
  fc.assert(
    fc.property(hash, text, fc.json(), (fields, junk, json) => {
      expect(decodeAgent(fields, NOW)?.id).toBe(parseId(fields.id ?? ''))
      expect(decodeTask(fields, NOW)?.id).toBe(parseId(fields.id ?? ''))
      for (const raw of [junk, json]) {
        expect(decodeMessage(raw)?.id).toBe(undefined)
        expect(decodeEvent(raw)?.type).toBe(undefined)
      }
    }),
  )
})

test('both forms of a time mean the same instant, whatever the digits and the offset', () => {
  fc.assert(
    fc.property(
      at,
      fc.nat({ max: 999_999 }),
      fc.integer({ min: -14 * 60, max: 14 * 60 }),
      (one, rest, offset) => {
        expect(parseTime(hashTime(one))).toBe(one)
        expect(parseTime(jsonTime(one))).toBe(one)
        const micro = String(rest).padStart(6, '0')
        expect(parseTime(jsonTime(one).replace('Z', `${micro}Z`))).toBe(one)
        expect(parseTime(jsonTime(one).replace('T', ' '))).toBe(one)
        const sign = offset < 0 ? '-' : '+'
        const two = (n: number) => String(n).padStart(2, '0')
        const zone = `${sign}${two(Math.floor(Math.abs(offset) / 60))}:${two(Math.abs(offset) % 60)}`
        const there = new Date(one + offset * 60_000).toISOString().replace('Z', zone)
        expect(parseTime(there)).toBe(one)
      },
    ),
  )
})

test('a day or an hour that does not exist is no time: tinytown refuses it, too', () => {
  for (const bad of ['2026-02-30', '2025-02-29', '2026-04-31', '2026-13-01', '2026-00-10', '2026-01-00'])
    expect(parseTime(`${bad}T00:00:00Z`)).toBeUndefined()
  for (const bad of ['24:00:00', '12:60:00', '12:00:61', '99:00:00'])
    expect(parseTime(`2026-01-01T${bad}Z`)).toBeUndefined()
  expect(parseTime('2024-02-29T23:59:59.999999999Z')).toBe(Date.UTC(2024, 1, 29, 23, 59, 59, 999))
  expect(parseTime('2016-12-31T23:59:60Z')).toBe(Date.UTC(2016, 11, 31, 23, 59, 59))
})

test('every form of an id that tinytown takes means the same id', () => {
  fc.assert(
    fc.property(id, (one) => {
      const bare = one.replaceAll('-', '')
      for (const form of [one, one.toUpperCase(), bare, bare.toUpperCase(), `{${one}}`, `urn:uuid:${one}`])
        expect(parseId(form)).toBe(one)
    }),
  )
  for (const bad of ['', 'x', newId().slice(1), `${newId()}0`, newId().replace('-', ''), '{}'])
    expect(parseId(bad)).toBeUndefined()
})

test('half of a character, as a text cut at the wrong place ends with, does not make a message unreadable to tinytown', () => {
  const half = fc.string({
    unit: fc.integer({ min: 0xd7f0, max: 0xe010 }).map((n) => String.fromCharCode(n)),
  })
  fc.assert(
    fc.property(message, half, (one, summary) => {
      const raw = encodeMessage({ ...one, content: { type: 'informational', summary } })
      // An escape of half a character is what no reader but JavaScript takes.
      expect(raw).not.toMatch(/\\ud[89a-f]/i)
      expect(Buffer.from(raw).toString()).toBe(raw)
      expect(decodeMessage(raw)?.content).toEqual({
        type: 'informational',
        summary: Buffer.from(summary).toString(),
      })
    }),
  )
})
