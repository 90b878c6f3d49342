import { expect, test } from 'vitest'
import { alive, dead, missing, report, table } from '../../test/simulator/bench.ts'
import { migrateMemory } from './memory.ts'

type Table = ReturnType<typeof table>

/** Another watchdog goes on with what the first one saved. */
function restartWatchdog(t: Table): void {
  t.memory = migrateMemory(JSON.parse(JSON.stringify(t.memory)), true, t.now)
}

test('a task that is done is no news to the next watchdog', () => {
  const t = table({ kind: 'task' })
  t.look(0, { sighting: alive() })
  expect(t.kinds(1000, { sighting: dead('exit') })).toEqual(['note:exit', 'clean'])
  report(t, 'clean', true)
  t.look(100, { sighting: missing })
  restartWatchdog(t)
  expect(t.kinds(1000)).toEqual([])
  expect(t.mem().life).toBe('done')
})

test('nor is the dead pane of one that waits in its back-off, and its strike is booked once', () => {
  const t = table({}, { governor: { intensity: 0, backoffInitialMs: 60_000 } })
  t.look(0, { sighting: alive() })
  t.look(1000)
  expect(t.kinds(1000, { sighting: dead() })).toEqual(['note:exit', 'note:back-off'])
  restartWatchdog(t)
  expect(t.kinds(1000)).toEqual([])
  expect(t.mem().life).toBe('backing-off')
  expect(t.kinds(100_000)).toEqual(['start'])
  expect(t.mem().restarts).toHaveLength(1)
})

test('nor is one that is parked', () => {
  const t = table({}, { governor: { parkAfter: 0 } })
  t.look(0, { sighting: alive() })
  expect(t.kinds(1000, { sighting: dead() })).toEqual(['note:exit', 'park'])
  report(t, 'park', true)
  t.look(1000, { sighting: missing })
  restartWatchdog(t)
  expect(t.kinds(1000)).toEqual([])
  expect(t.mem().life).toBe('parked')
})

test('what ended while nobody looked is told by the next one', () => {
  const vanished = table()
  vanished.look(0, { sighting: alive() })
  restartWatchdog(vanished)
  expect(vanished.kinds(1000, { sighting: missing })).toEqual(['note:exit', 'start'])
  const died = table()
  died.look(0, { sighting: alive() })
  restartWatchdog(died)
  expect(died.kinds(1000, { sighting: dead() })).toEqual(['note:exit', 'start'])
})

test('a start that was let through and never came about is made by the next one, for the same strike', () => {
  const t = table()
  t.look(0, { sighting: alive() })
  expect(t.kinds(1000, { sighting: dead() })).toEqual(['note:exit', 'start'])
  restartWatchdog(t)
  expect(t.kinds(1000)).toEqual(['start'])
  expect(t.mem().restarts).toHaveLength(1)
})
