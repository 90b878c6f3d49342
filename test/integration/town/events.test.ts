import { expect } from 'vitest'
import {
  emitEvent,
  eventsAfter,
  followEvents,
  lastEntry,
  latestEvents,
} from '../../../src/town/events/events.ts'
import type { Town } from '../../../src/town/town.ts'
import { newId } from '../../../src/town/wire/ids.ts'
import type { TownEvent } from '../../../src/town/wire/town-event.ts'
import { codeOf, test } from '../../support/redis.ts'
import { townOn } from '../../support/town.ts'

const say = (town: Town, message: string, more: Partial<TownEvent> = {}) =>
  emitEvent(town, { type: 'task_assigned', message, at: Date.now(), ...more })

test('W23: the newest come, oldest first, and following shows each entry once', async ({ bench }) => {
  const town = townOn(bench)
  const { events } = town.keys
  for (const word of ['one', 'two', 'three']) await say(town, word)
  await town.redis.call('XADD', events, '*', 'event_type', 'x', 'data', 'garbage')
  expect((await latestEvents(town, events, 3)).map(({ message }) => message)).toEqual(['two', 'three'])
  const shown: string[] = []
  const stop = new AbortController()
  // What happens between the looks, one step a wait.
  const steps = [
    () => Promise.resolve(),
    () => say(town, 'four'),
    () => Promise.resolve(),
    // Emptied, and begun anew with smaller ids.
    () => town.redis.call('DEL', events),
    () =>
      town.redis.call(
        'XADD',
        events,
        '1-1',
        'event_type',
        'task_failed',
        'data',
        '{"event_type":"task_failed","message":"five","timestamp":"2026-01-01T00:00:00Z"}',
      ),
    () => Promise.resolve(),
    () => Promise.resolve(),
  ]
  const wait = async () => {
    const step = steps.shift()
    if (step === undefined) stop.abort()
    else await step()
  }
  const from = await lastEntry(town, events)
  await followEvents(town, events, from, async ({ message }) => void shown.push(message), wait, stop.signal)
  expect(shown).toEqual(['four', 'five'])
})

test('R21: an event is in all of its streams or in none', async ({ bench }) => {
  const town = townOn(bench)
  const [agent, child, mission] = [newId(), newId(), newId()]
  await say(town, 'x', { agent, child, mission })
  for (const stream of [
    town.keys.events,
    town.keys.agentEvents(agent),
    town.keys.agentEvents(child),
    town.keys.missionEvents(mission),
  ])
    expect((await eventsAfter(town, stream, '0-0')).events).toMatchObject([
      { message: 'x', agent, child, mission },
    ])
  // A server that takes nothing more takes none of them.
  await town.redis.call('CONFIG', 'SET', 'maxmemory', 1)
  expect(await codeOf(say(town, 'y', { agent }))).toBe('REDIS_FULL')
  expect((await eventsAfter(town, town.keys.events, '0-0')).events).toHaveLength(1)
})
