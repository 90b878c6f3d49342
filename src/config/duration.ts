/** Timers of Node count in 31 bits; a longer duration fires at once, so longer ones are cut to this. */
export const MAX_DURATION_MS = 2_147_483_647
/** Above this a number is a mistake, not a wish for "never" (317 years). */
const ABSURD_SECONDS = 1e10

const UNIT_MS: Record<string, number> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }
const UNIT_BYTES: Record<string, number> = { B: 1, KB: 1024, MB: 1024 ** 2, GB: 1024 ** 3 }

export type Measured = { kind: 'ok'; value: number } | { kind: 'bad'; why: string }

/**
 * `"90s"`, `"10m"`, `"2h"`, `"500ms"`, `"1d"`, `"1h 30m"`; a bare number, also as text, counts seconds as it did in the
 * Python driver. Answers milliseconds, cut to 24.8 days.
 */
export function parseDuration(input: unknown): Measured {
  if (typeof input === 'number' || typeof input === 'bigint') return seconds(Number(input))
  if (typeof input !== 'string') return { kind: 'bad', why: 'is not a duration' }
  const text = input.trim()
  if (/^[+-]?\d+(\.\d+)?$/.test(text)) return seconds(Number(text))
  const parts = [...text.matchAll(/(\d+(?:\.\d+)?)\s*(ms|s|m|h|d)\s*/gy)]
  if (parts.length === 0 || parts.map((part) => part[0]).join('') !== text)
    return { kind: 'bad', why: 'is not a duration' }
  return milliseconds(parts.reduce((sum, [, count, unit]) => sum + Number(count) * UNIT_MS[unit!]!, 0))
}

function seconds(count: number): Measured {
  return milliseconds(count * 1000)
}

function milliseconds(count: number): Measured {
  if (Number.isNaN(count)) return { kind: 'bad', why: 'is not a number' }
  if (count < 0) return { kind: 'bad', why: 'is negative' }
  if (count > ABSURD_SECONDS * 1000) return { kind: 'bad', why: 'is absurdly long' }
  return { kind: 'ok', value: Math.min(Math.round(count), MAX_DURATION_MS) }
}

/** `"10MB"`, `"512KB"`, `"1GB"` (1024 based), or a bare number of bytes. */
export function parseSize(input: unknown): Measured {
  const text = typeof input === 'string' ? input.trim() : String(input)
  const found = /^(\d+(?:\.\d+)?)\s*(B|KB|MB|GB|K|M|G)?$/i.exec(text)
  if (found === null) return { kind: 'bad', why: 'is not a size' }
  const unit = (found[2] ?? 'B').toUpperCase()
  const value = Math.round(Number(found[1]) * UNIT_BYTES[unit.endsWith('B') ? unit : `${unit}B`]!)
  return value > 1024 ** 4 ? { kind: 'bad', why: 'is more than 1 TB' } : { kind: 'ok', value }
}
