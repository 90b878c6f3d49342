import { parseDuration } from '../config/duration.ts'
import { Exit, UserError } from '../core/errors.ts'

/**
 * The value of a duration option in milliseconds; undefined when it was not given.
 * @throws {UserError} CLI_DURATION, exit 2
 */
export function durationOption(name: string, text: string | boolean | undefined): number | undefined {
  if (typeof text !== 'string') return undefined
  const found = parseDuration(text)
  if (found.kind === 'ok') return found.value
  throw new UserError({
    code: 'CLI_DURATION',
    what: `--${name} ${text} is not a duration.`,
    fix: `Write a number with its unit, e.g. --${name} 90s, 10m or 2h.`,
    exit: Exit.usage,
  })
}

/**
 * The value of a counting option; undefined when it was not given.
 * @throws {UserError} CLI_NUMBER, exit 2
 */
export function countOption(name: string, text: string | boolean | undefined): number | undefined {
  if (typeof text !== 'string') return undefined
  if (/^\d{1,9}$/.test(text)) return Number(text)
  throw new UserError({
    code: 'CLI_NUMBER',
    what: `${name} ${text} is not a whole number.`,
    fix: `Write e.g. ${name} 100.`,
    exit: Exit.usage,
  })
}

/**
 * An instant that a person names: how long ago, or an ISO time. Epoch milliseconds.
 * @throws {UserError} CLI_TIME, exit 2
 */
export function instantOption(
  name: string,
  text: string | boolean | undefined,
  now: number,
): number | undefined {
  if (typeof text !== 'string') return undefined
  // Days are read here: as a timer's length they would be cut to 24.
  const days = /^(\d{1,6}(?:\.\d+)?)d$/.exec(text)
  if (days !== null) return now - Number(days[1]) * 86_400_000
  const ago = parseDuration(text)
  if (ago.kind === 'ok') return now - ago.value
  const at = /^\d{4}-\d\d/.test(text) ? Date.parse(text) : Number.NaN
  if (!Number.isNaN(at)) return at
  throw new UserError({
    code: 'CLI_TIME',
    what: `--${name} ${text} is neither a duration nor an ISO time.`,
    fix: `Write e.g. --${name} 2h or --${name} 2026-06-01T08:00.`,
    exit: Exit.usage,
  })
}

/** `12s`, `3m`, `2h10m`, `4d3h`: how long something has lasted. */
export function shortSpan(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000))
  if (seconds < 60) return `${seconds}s`
  const minutes = Math.floor(seconds / 60)
  if (minutes < 60) return `${minutes}m`
  const hours = Math.floor(minutes / 60)
  if (hours < 24) return pair(hours, 'h', minutes % 60, 'm')
  return pair(Math.floor(hours / 24), 'd', hours % 24, 'h')
}

function pair(big: number, bigUnit: string, small: number, smallUnit: string): string {
  return small === 0 ? `${big}${bigUnit}` : `${big}${bigUnit}${small}${smallUnit}`
}

/** Local time of day, with the date when it is not today's. */
export function clockTime(at: number, now: number): string {
  const then = new Date(at)
  const time = [then.getHours(), then.getMinutes(), then.getSeconds()].map(two).join(':')
  return then.toDateString() === new Date(now).toDateString() ? time : `${localDate(then)} ${time}`
}

function localDate(at: Date): string {
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`
}

const two = (value: number): string => String(value).padStart(2, '0')
