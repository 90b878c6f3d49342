import { describe, expect, test } from 'vitest'
import { createFakeClock } from '../../test/support/fake-clock.ts'
import { createTicker } from './ticker.ts'

/** When ticks began in twenty seconds, the first of them left out: milliseconds between them, longest and shortest. */
async function gaps(costMs: number, next?: (now: number) => number): Promise<[number, number]> {
  const clock = createFakeClock({ mono: 0 })
  const begun: number[] = []
  const ticker = createTicker({
    clock,
    tickMs: () => 1_000,
    nextAt: () => next?.(clock.now().mono),
    tick: async () => {
      begun.push(clock.now().mono)
      await clock.sleep(costMs)
    },
    complain: (error) => {
      throw error
    },
  })
  const over = ticker.run(() => undefined)
  for (let at = 0; at < 20_000; at += 5) await clock.advance(5)
  ticker.stop('enough')
  for (let at = 0; at < 2_000; at += 5) await clock.advance(5)
  await over
  const between = begun
    .slice(1)
    .map((at, i) => at - begun[i]!)
    .slice(5, -1)
  return [Math.max(...between), Math.min(...between)]
}

describe('the pace of ticks', () => {
  test('is a quarter of a second where a tick costs next to nothing', async () => {
    expect(await gaps(0)).toEqual([250, 250])
  })

  test('leaves sixty times the cost of a tick between two of them', async () => {
    const [longest, shortest] = await gaps(10)
    expect([longest, shortest].every((ms) => ms >= 605 && ms <= 620)).toBe(true)
  })

  test('pauses at most as long as it was asked for', async () => {
    expect(await gaps(100)).toEqual([1_100, 1_100])
  })

  test('gives way to what is due earlier', async () => {
    const [longest] = await gaps(0, (now) => now + 50)
    expect(longest).toBe(50)
  })
})
