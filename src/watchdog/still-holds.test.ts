import { describe, expect, test } from 'vitest'
import { makePane, makeReading } from '../../test/simulator/build.ts'
import { type FreshLook, stillHolds } from './still-holds.ts'
import type { Verify } from './types.ts'

const stall: Verify = { paneId: '%1', panePid: 101, predicate: 'stall', marker: 5 }
const look = (over: Partial<FreshLook> = {}): FreshLook => ({
  pane: makePane(),
  reading: makeReading('idle'),
  cpuBusy: false,
  ...over,
})

describe('the re-check at the moment of the kill', () => {
  test('a stall holds while nothing has changed', () => {
    expect(stillHolds(stall, look())).toMatchObject({ holds: true })
  })
  test.each<[string, Partial<FreshLook>]>([
    ['the pane is gone', { pane: undefined }],
    ['the process is another', { pane: makePane({ panePid: 7 }) }],
    ['the pane is another', { pane: makePane({ paneId: '%7' }) }],
    ['it ended by itself', { pane: makePane({ dead: true }) }],
    ['the screen could not be read', { reading: undefined }],
    ['an operator paused it', { wanted: false }],
    ['it works', { reading: makeReading('working') }],
    ['it is limited', { reading: makeReading('limited') }],
    ['a dialog is open', { reading: makeReading('asking') }],
    ['the screen cannot be judged', { reading: makeReading('unknown') }],
    ['the CPU is used', { cpuBusy: true }],
    ['the CPU was not sampled', { cpuBusy: undefined }],
    ['it declared another waiting', { reading: makeReading('waiting', { waitingUntil: 6 }) }],
  ])('no kill for a stall when %s', (_why, over) => {
    const { holds, why } = stillHolds(stall, look(over))
    expect(holds).toBe(false)
    expect(why).not.toBe('')
  })
  test('a failure must still stand, with a second source', () => {
    const fatal: Verify = { paneId: '%1', panePid: 101, predicate: 'fatal' }
    expect(stillHolds(fatal, look({ reading: makeReading('failing') })).holds).toBe(true)
    expect(stillHolds(fatal, look()).holds).toBe(false)
    const alone = makeReading('failing', { claims: [] })
    expect(stillHolds(fatal, look({ reading: alone, cpuBusy: undefined })).holds).toBe(false)
    expect(stillHolds(fatal, look({ reading: alone })).holds).toBe(true)
  })
  test('a foreign program must still be in the pane', () => {
    const mismatch: Verify = { paneId: '%1', panePid: 101, predicate: 'mismatch', command: 'two' }
    expect(stillHolds(mismatch, look({ pane: makePane({ command: 'two' }) })).holds).toBe(true)
    expect(stillHolds(mismatch, look()).holds).toBe(false)
  })
  test('a change must still be wanted, and waits for a turn boundary unless asked otherwise', () => {
    const changed: Verify = { paneId: '%1', panePid: 101, predicate: 'changed' }
    const differs = { wantedLaunch: 'L2', runningLaunch: 'L1' }
    expect(stillHolds(changed, look(differs)).holds).toBe(true)
    expect(stillHolds(changed, look()).holds).toBe(true)
    expect(stillHolds(changed, look({ wantedLaunch: 'L1', runningLaunch: 'L1' })).holds).toBe(false)
    const busy = { ...differs, reading: makeReading('working') }
    expect(stillHolds(changed, look(busy)).holds).toBe(false)
    expect(stillHolds({ ...changed, evenWorking: true }, look(busy)).holds).toBe(true)
  })
})
