import type { EpochMs } from '../../core/index.ts'

/** A time in a hash field: RFC 3339 with `+00:00`. */
export const hashTime = (at: EpochMs): string => new Date(at).toISOString().replace('Z', '+00:00')
/** A time inside JSON: RFC 3339 with `Z`. */
export const jsonTime = (at: EpochMs): string => new Date(at).toISOString()

const FORM = /^(\d{4}-\d\d-\d\d)[Tt ](\d\d:\d\d:\d\d)(?:\.(\d+))?([Zz]|[+-]\d\d:\d\d)$/

/** Either form, any offset, 0 to 9 digits of a second, a leap second as the one before. @returns undefined for what is no time */
export function parseTime(text: string): EpochMs | undefined {
  const [, day, time, fraction, offset] = FORM.exec(text.trim()) ?? []
  if (day === undefined || time === undefined || offset === undefined) return undefined
  const zone = offset.toUpperCase()
  const milli = (fraction ?? '').slice(0, 3).padEnd(3, '0')
  const wall = `${day}T${time.replace(/:60$/, ':59')}.${milli}`
  if (!exists(wall)) return undefined
  const at = Date.parse(`${wall}${zone}`)
  return Number.isNaN(at) ? undefined : at
}

/** `Date` takes 30 February for 2 March and 24:00 for the next day. */
function exists(wall: string): boolean {
  const read = Date.parse(`${wall}Z`)
  return !Number.isNaN(read) && new Date(read).toISOString() === `${wall}Z`
}
