const READ_EVERY_MS = 1000
/** `/proc/uptime` has steps of 10 ms and is read a moment after the other clock; less than this is not a suspend. */
const LEAST_SUSPEND_MS = 500

/**
 * How long the machine was suspended since boot, milliseconds: what the boot-time clock is ahead of the monotonic one.
 * Small differences keep the old answer, so that two processes agree to within reading accuracy and the sum does not
 * jitter. A container whose uptime counts from its own start has no offset.
 * @param readUptime milliseconds since boot with suspended time, asked at most once a second of `awakeMs`
 */
export function createSuspendOffset(readUptime: () => number | undefined): (awakeMs: number) => number {
  let offset = 0
  let readAt = Number.NEGATIVE_INFINITY
  return (awakeMs) => {
    if (awakeMs - readAt < READ_EVERY_MS) return offset
    readAt = awakeMs
    const uptime = readUptime()
    if (uptime === undefined) return offset
    const found = uptime - awakeMs
    if (found - offset >= LEAST_SUSPEND_MS) offset = found
    return offset
  }
}
