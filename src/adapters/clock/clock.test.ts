import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { createFakeClock } from '../../../test/support/fake-clock.ts'
import { createClock } from './clock.ts'
import { createSuspendOffset } from './suspend.ts'

describe('the real clock', () => {
  test('mono never goes back and grows with a sleep', async () => {
    const clock = createClock()
    const before = clock.now().mono
    await clock.sleep(30)
    const after = clock.now().mono
    expect(after - before).toBeGreaterThan(25)
    for (let i = 0, last = after; i < 1000; i += 1) {
      const { mono } = clock.now()
      expect(mono).toBeGreaterThanOrEqual(last)
      last = mono
    }
  })

  test('two clocks of one boot agree', () => {
    const difference = createClock().now().mono - createClock().now().mono
    expect(Math.abs(difference)).toBeLessThan(50)
  })

  test('an aborted sleep rejects with the reason of the signal, at once', async () => {
    const stop = new AbortController()
    const sleeping = createClock().sleep(60_000, stop.signal)
    stop.abort(new Error('enough'))
    await expect(sleeping).rejects.toThrow('enough')
    await expect(createClock().sleep(1, stop.signal)).rejects.toThrow('enough')
  })

  test('a sleep of more than 25 days does not end at once', async () => {
    const stop = new AbortController()
    let ended = false
    const sleeping = createClock()
      .sleep(1e12, stop.signal)
      .finally(() => {
        ended = true
      })
    await createClock().sleep(30)
    expect(ended).toBe(false)
    stop.abort(new Error('enough'))
    await expect(sleeping).rejects.toThrow('enough')
  })

  test.runIf(process.platform === 'linux')('the boot id is the kernel’s', () => {
    const known = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
    expect(createClock().bootId()).toBe(known)
  })
})

describe('suspended time', () => {
  test('an hour asleep is added, once', () => {
    let asleep = 0
    const offset = createSuspendOffset(() => Math.floor((at + asleep) / 10) * 10)
    let at = 5_000
    expect(offset(at)).toBe(0)
    asleep = 3_600_000
    at += 1_000
    expect(offset(at)).toBeCloseTo(3_600_000, -2)
    const first = offset(at)
    at += 1_003
    expect(offset(at)).toBe(first)
  })

  test('an uptime that counts from the start of a container is no suspend', () => {
    expect(createSuspendOffset(() => 100)(90_000_000)).toBe(0)
  })

  test('reads at most once a second', () => {
    let reads = 0
    const offset = createSuspendOffset(() => {
      reads += 1
      return 0
    })
    for (let at = 0; at < 3_000; at += 10) offset(at)
    expect(reads).toBe(3)
  })
})

describe('the fake clock', () => {
  test('wakes sleepers in order and lets them sleep again', async () => {
    const clock = createFakeClock({ mono: 0 })
    const seen: number[] = []
    const ticker = (async () => {
      for (let i = 0; i < 3; i += 1) {
        await clock.sleep(100)
        seen.push(clock.now().mono)
      }
    })()
    await clock.advance(250)
    expect(seen).toEqual([100, 200])
    await clock.advance(50)
    await ticker
    expect(seen).toEqual([100, 200, 300])
    expect(clock.sleepers()).toBe(0)
  })

  test('a wall jump leaves mono alone; an abort wakes with the reason', async () => {
    const clock = createFakeClock({ wall: 1_000, mono: 0 })
    clock.jumpWall(-500)
    expect(clock.now()).toEqual({ wall: 500, mono: 0 })
    const stop = new AbortController()
    const sleeping = clock.sleep(10, stop.signal)
    stop.abort(new Error('no'))
    await expect(sleeping).rejects.toThrow('no')
  })
})
