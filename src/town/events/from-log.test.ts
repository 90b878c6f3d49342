import { describe, expect, test } from 'vitest'
import type { FleetEvent } from '../../core/index.ts'
import { activityOf, isTownNews, townEventOf } from './from-log.ts'

const event = (over: Partial<FleetEvent>): FleetEvent => ({
  seq: 1,
  at: 1000,
  kind: 'started',
  agent: 'a',
  ...over,
})

describe('what the town is told of the log', () => {
  test.each<[kind: FleetEvent['kind'], more: Partial<FleetEvent>, type: string]>([
    ['started', {}, 'agent_spawned'],
    ['stopped', {}, 'agent_stopped'],
    ['exit', { cause: 'exit' }, 'agent_completed'],
    ['exit', { cause: 'signal' }, 'agent_failed'],
    ['park', {}, 'agent_failed'],
    ['failing', {}, 'agent_failed'],
    ['start-failed', {}, 'agent_failed'],
    ['pause', {}, 'agent_interrupted'],
    ['resume', {}, 'agent_resumed'],
  ])('%s %o', (kind, more, type) => {
    expect(townEventOf(event({ kind, ...more }), 'id', 'fresh')).toMatchObject({
      type,
      agent: 'id',
      at: 1000,
    })
  })

  test('says how it was started, and carries no control characters', () => {
    const told = townEventOf(event({ because: 'a\u001b[31m b' }), 'id', 'resumed')
    expect(told).toMatchObject({ spawnMode: 'resumed' })
    expect(told?.message).not.toContain('\u001b')
  })

  test('nothing of what is no news, or about nobody', () => {
    expect(isTownNews(event({ kind: 'notified' }))).toBe(false)
    expect(isTownNews({ seq: 1, at: 1, kind: 'exit' })).toBe(false)
    expect(activityOf(event({ kind: 'notified' }))).toBeUndefined()
  })
})
