import { expect, test } from 'vitest'
import { createSilence } from './silence.ts'

/** Looks every 10 s, as often as there are signs; answers what the last look said. */
function looks(silence: ReturnType<typeof createSilence>, from: number, ...signs: Record<string, string>[]) {
  return signs.map((sign, at) => silence.of(sign, from + at * 10_000)).at(-1)
}
const still = (count: number, sign: Record<string, string>) => Array.from({ length: count }, () => sign)

test('a fleet is gone when its sign of life has stood still for a minute while it was looked at', () => {
  const silence = createSilence()
  expect(looks(silence, 0, ...still(6, { a: '1', b: '1' }))).toEqual({})
  expect(silence.of({ a: '1', b: '2' }, 60_000)).toEqual({ a: '1' })
  expect(looks(silence, 70_000, ...still(6, { a: '2', b: '2' }))).toEqual({ b: '2' })
  silence.forget()
  expect(silence.of({ a: '2', b: '2' }, 130_000)).toEqual({})
})

test('a time in which nobody looked proves nothing', () => {
  const silence = createSilence()
  expect(silence.of({ a: '1' }, 0)).toEqual({})
  expect(silence.of({ a: '1' }, 90_000)).toEqual({})
  expect(looks(silence, 100_000, ...still(6, { a: '1' }))).toEqual({ a: '1' })
})
