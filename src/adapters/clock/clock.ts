import { readFileSync } from 'node:fs'
import { uptime } from 'node:os'
import { setTimeout as pause } from 'node:timers/promises'
import type { Clock } from '../../core/index.ts'
import { createSuspendOffset } from './suspend.ts'

/** setTimeout fires at once for anything longer (2^31-1 ms, about 25 days). */
const LONGEST_TIMER_MS = 2_147_483_647

/**
 * The real clocks. `mono` is CLOCK_MONOTONIC, plus on Linux the time the machine was suspended, so that it is comparable
 * between processes of one boot and an hour asleep counts as an hour. It never goes back.
 */
export function createClock(): Clock {
  const suspended = createSuspendOffset(readUptimeMs)
  const boot = readBootId()
  let last = 0
  return {
    now() {
      const awake = Number(process.hrtime.bigint() / 1000n) / 1000
      last = Math.max(last, awake + suspended(awake))
      return { wall: Date.now(), mono: last }
    },
    sleep,
    bootId: () => boot,
  }
}

async function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  try {
    for (let left = Math.max(0, ms); ; left -= LONGEST_TIMER_MS) {
      await pause(Math.min(left, LONGEST_TIMER_MS), undefined, { signal })
      if (!(left > LONGEST_TIMER_MS)) return
    }
  } catch (error) {
    throw signal?.aborted ? signal.reason : error
  }
}

/** Since boot, suspended time included (CLOCK_BOOTTIME), in steps of 10 ms; undefined where there is no `/proc`. */
function readUptimeMs(): number | undefined {
  try {
    const seconds = Number.parseFloat(readFileSync('/proc/uptime', 'latin1'))
    return Number.isFinite(seconds) ? seconds * 1000 : undefined
  } catch {
    return undefined
  }
}

function readBootId(): string {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim()
  } catch {
    return `booted-${bootSecond()}`
  }
}

/** The second of the boot, as `kern.boottime` has it: `uptime()` is the whole seconds since then. */
function bootSecond(): number {
  const before = Math.floor(Date.now() / 1000)
  const up = Math.floor(uptime())
  return Math.floor(Date.now() / 1000) === before ? before - up : bootSecond()
}
