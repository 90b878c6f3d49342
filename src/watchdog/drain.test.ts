import { describe, expect, test } from 'vitest'
import { alive, table } from '../../test/simulator/bench.ts'
import { makeReading, minute } from '../../test/simulator/build.ts'

const drain = { wanted: 'down', drain: true, paused: false, by: 'operator', at: 2 } as const
const reads = (state: 'working' | 'asking' | 'idle') => ({
  sighting: alive(makeReading(state)),
  intent: drain,
})

function up() {
  const t = table()
  t.look(0, { sighting: alive() })
  t.look()
  return t
}

describe('wanted down after its turn', () => {
  test('a turn is finished, dialogs in it included, however long; then it is stopped, once', () => {
    const t = up()
    t.look(1000, { sighting: alive(makeReading('working')) })
    expect(t.kinds(1000, reads('working'))).toEqual([])
    expect(t.mem().life).toBe('draining')
    expect(t.kinds(60 * minute, reads('asking'))).toEqual([])
    expect(t.kinds(1000, reads('working'))).toEqual([])
    // One look may be a frame between two steps of it.
    expect(t.kinds(1000, reads('idle'))).toEqual([])
    expect(t.kinds(1000, reads('idle'))).toEqual(['stop'])
    expect(t.kinds(10, { ...reads('idle'), busy: true })).toEqual([])
  })

  test('one that rests already is stopped at once', () => {
    const t = up()
    t.look(1000)
    expect(t.kinds(1000, reads('idle'))).toEqual(['stop'])
  })

  test('nothing is typed meanwhile, and nobody is healed', () => {
    const t = up()
    t.look(1000, { sighting: alive(makeReading('working')) })
    expect(t.kinds(1000, { ...reads('working'), queued: 3, cutsIn: true })).toEqual([])
  })
})
