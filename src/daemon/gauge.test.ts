import { expect, test } from 'vitest'
import { createTickGauge } from './gauge.ts'

test('ticks are counted and timed, also those that fail', async () => {
  const gauge = createTickGauge()
  await gauge.measure(() => new Promise((resolve) => setTimeout(resolve, 20)))
  await expect(gauge.measure(() => Promise.reject(new Error('no')))).rejects.toThrow('no')
  const { ticks, recentMs } = gauge.read()
  expect(ticks).toBe(2)
  expect(recentMs).toHaveLength(2)
  expect(recentMs[0]).toBeGreaterThanOrEqual(19)
})

test('only the newest are remembered', async () => {
  const gauge = createTickGauge()
  for (let at = 0; at < 1300; at += 1) await gauge.measure(() => Promise.resolve())
  expect(gauge.read().ticks).toBe(1300)
  expect(gauge.read().recentMs).toHaveLength(600)
})
