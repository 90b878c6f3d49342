import { describe, expect, test } from 'vitest'
import {
  eventsWritten,
  hashesWritten,
  messagesWritten,
  pairs,
  samples,
  toTheMillisecond,
} from '../../../test/support/town-samples.ts'
import { AGENT_STATES, decodeAgent, encodeAgent } from './agent-record.ts'
import { ackOf, decodeMessage, encodeMessage } from './message.ts'
import { decodeTask, encodeTask } from './task-record.ts'
import { decodeEvent, encodeEvent } from './town-event.ts'

const NOW = Date.UTC(2030, 0, 1)
const hash = (fields: [string, string][]) => Object.fromEntries(fields)
const short = (fields: [string, string][]) => fields.map(([name, value]) => [name, toTheMillisecond(value)])

describe('what tinytown 0.10.0 wrote', () => {
  const agents = hashesWritten('tt:shop:agent:')
  const tasks = hashesWritten('tt:shop:task:')

  test('the samples are there: every state it can write, every kind of message', () => {
    const states = samples('agents').map(({ reply }) => hash(pairs(reply)).state)
    expect(new Set(states)).toEqual(
      new Set(AGENT_STATES.filter((state) => state !== 'cold' && state !== 'error')),
    )
    const done = [...samples('tasks').map(({ reply }) => pairs(reply)), ...tasks.map(({ fields }) => fields)]
    expect(new Set(done.map((fields) => hash(fields).state))).toEqual(
      new Set(['pending', 'assigned', 'running', 'completed', 'failed']),
    )
    const types = messagesWritten().map((raw) => decodeMessage(raw)?.content.type)
    expect(new Set(types)).toEqual(new Set(['task', 'query', 'informational', 'confirmation', 'task_assign']))
    expect(eventsWritten()).not.toHaveLength(0)
  })

  test.each(agents)('an agent is written back as it was, field by field: $after', ({ fields }) => {
    const read = decodeAgent(hash(fields), NOW)
    expect(encodeAgent(read!)).toEqual(short(fields))
  })

  test.each(samples('agents'))('an agent is read whole: $after', ({ reply }) => {
    const read = decodeAgent(hash(pairs(reply)), NOW)
    expect(hash(encodeAgent(read!))).toEqual(hash(short(pairs(reply)) as [string, string][]))
    expect(read?.createdAt).toBeLessThan(NOW)
  })

  test.each(tasks)('a task is written back as it was, field by field: $after', ({ fields }) => {
    const read = decodeTask(hash(fields), NOW)
    expect(encodeTask(read!)).toEqual(short(fields))
  })

  test.each(samples('tasks'))('a task is read whole: $after', ({ reply }) => {
    const read = decodeTask(hash(pairs(reply)), NOW)
    expect(hash(encodeTask(read!))).toEqual(hash(short(pairs(reply)) as [string, string][]))
  })

  test.each(messagesWritten())('a message is written back as it was, byte for byte: %s', (raw) => {
    const read = decodeMessage(raw)
    expect(encodeMessage(read!)).toBe(toTheMillisecond(raw))
  })

  test.each(eventsWritten())('an event is written back as it was, byte for byte: %s', (data) => {
    const read = decodeEvent(data)
    expect(encodeEvent(read!)).toBe(toTheMillisecond(data))
  })

  test('the words of --ack become the same confirmation', () => {
    const acks = samples('messages').filter(({ after }) => after.endsWith(' --ack'))
    expect(acks).toHaveLength(6)
    for (const { after, reply } of acks) {
      const words = after.slice('tt send api-1 '.length, -' --ack'.length)
      const read = decodeMessage((reply as string[])[0] ?? '')
      expect(read?.content).toEqual({ type: 'confirmation', ack_type: ackOf(words) })
    }
  })

  test('records that tinytown itself migrated keep the other form of a time, and are read', () => {
    const [agent, task] = samples('legacy').filter(({ after }) => after === 'tt migrate --hash --force')
    expect(decodeAgent(hash(pairs(agent?.reply)), NOW)).toMatchObject({
      name: 'veteran',
      state: 'stopped',
      createdAt: Date.UTC(2025, 11, 1),
      heartbeatAt: Date.UTC(2025, 11, 1, 0, 10, 0, 500),
      tasksCompleted: 7,
      roundsCompleted: 12,
      currentTask: 'b2b2b2b2-0000-4000-8000-000000000002',
    })
    expect(decodeTask(hash(pairs(task?.reply)), NOW)).toMatchObject({
      description: 'Fix flaky test',
      state: 'pending',
      createdAt: Date.UTC(2025, 11, 1),
      tags: ['qa', 'plan:old'],
    })
  })
})
