import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { beatWhileStarting } from './starting.ts'

let beats = 0
const guard = {
  beat: () => {
    beats += 1
  },
}
beforeEach(() => {
  beats = 0
  vi.useFakeTimers()
})
afterEach(() => vi.useRealTimers())

test('a start that takes its time is no hang, one that never ends is', () => {
  beatWhileStarting(guard, 10_000)
  vi.advanceTimersByTime(9_000)
  const soon = beats
  vi.advanceTimersByTime(60_000)
  expect([soon, beats]).toEqual([18, 20])
})

test('a program that has begun beats by itself', () => {
  const begun = beatWhileStarting(guard, 10_000)
  vi.advanceTimersByTime(1_000)
  begun()
  vi.advanceTimersByTime(60_000)
  expect(beats).toBe(2)
})
