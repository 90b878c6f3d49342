import { describe, expect, test } from 'vitest'
import type { MatchOutcome } from '../adapters/regex/types.ts'
import { followSign, signGoneMs, type TurnSign } from './turn-sign.ts'

const none: MatchOutcome = { kind: 'none' }
const hit: MatchOutcome = { kind: 'match', index: 0, text: 'x', groups: [] }
const steady = { steadyActive: true }
const loose = { steadyActive: false }
const frame = (title: string, at: number) => ({ title, at })

const follow = (
  backend: { steadyActive: boolean },
  frames: readonly { title?: string; active?: boolean }[],
): TurnSign | undefined =>
  frames.reduce<TurnSign | undefined>(
    (sign, { title = '', active = false }, i) =>
      followSign(sign, backend, frame(title, i * 1_000), { active: active ? hit : none, titleWorking: none }),
    undefined,
  )

describe('the sign of a running turn', () => {
  test('is not missed where it was never seen', () => {
    expect(signGoneMs(follow(steady, [{}, {}])!, 5_000)).toBeUndefined()
  })

  test('is a title that spins, in every backend', () => {
    const sign = follow(loose, [{ title: '⠋ work' }, { title: 'work' }, { title: 'work' }])!
    expect(signGoneMs(sign, 2_000)).toBe(2_000)
  })

  test('is the working row only where the backend never leaves it out', () => {
    const frames = [{ active: true }, {}, {}]
    expect(signGoneMs(follow(steady, frames)!, 2_000)).toBe(2_000)
    expect(signGoneMs(follow(loose, frames)!, 2_000)).toBeUndefined()
  })

  test('is there as long as one of the two is', () => {
    const sign = follow(steady, [{ title: '⠋ work', active: true }, { active: true }, { active: true }])!
    expect(signGoneMs(sign, 2_000)).toBe(0)
  })
})
