import { createHash } from 'node:crypto'
import type { Loaded } from './types.ts'

/** Format of the envelope. A program that finds a higher one leaves the file alone. */
export const RECORD_VERSION = 1

/** Texts of frozen objects. */
const spelled = new WeakMap<object, string>()

/**
 * JSON text with sorted keys and without blanks: equal values, equal text. A frozen object is spelled once: whoever
 * freezes one freezes what it holds, too. So a long list of which one element changes costs that element.
 */
export function canonical(value: unknown): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null'
  const known = spelled.get(value)
  if (known !== undefined) return known
  const text = spell(value)
  if (Object.isFrozen(value)) spelled.set(value, text)
  return text
}

function spell(value: object): string {
  if (Array.isArray(value)) return `[${Array.from(value, canonical).join(',')}]`
  if ('toJSON' in value && typeof value.toJSON === 'function') return canonical(value.toJSON())
  const fields = Object.entries(value).filter(([, field]) => isJson(field))
  fields.sort(([a], [b]) => (a < b ? -1 : 1))
  return `{${fields.map(([key, field]) => `${JSON.stringify(key)}:${canonical(field)}`).join(',')}}`
}

/** As JSON.stringify does, which leaves out fields that JSON has no word for. */
const isJson = (field: unknown): boolean =>
  field !== undefined && typeof field !== 'function' && typeof field !== 'symbol'

/**
 * The checksum covers the version too, so that a flipped bit there is seen as damage and not as a newer program.
 * Every later version keeps `v`, `sum` and this rule.
 */
function checksum(version: number, bodyText: string): string {
  return createHash('sha256').update(`${version}\n${bodyText}`).digest('hex')
}

/** One line of JSON, `{"v":1,"sum":…,"body":…}`. The value is copied at once: later changes to it do not count. */
export function encodeRecord(value: unknown): string {
  const body = canonical(value)
  return `{"v":${RECORD_VERSION},"sum":"${checksum(RECORD_VERSION, body)}","body":${body}}\n`
}

type Decoded<T> = { kind: 'ok'; value: T } | Extract<Loaded<T>, { kind: 'corrupt' | 'newer' }>

/** @param check answers the typed value, or undefined for a shape it does not know */
export function decodeRecord<T>(text: string, check: (value: unknown) => T | undefined): Decoded<T> {
  const envelope = parseEnvelope(text)
  if (envelope === undefined) return { kind: 'corrupt', why: 'it is not a record' }
  const { v, sum, body } = envelope
  if (sum !== checksum(v, canonical(body))) return { kind: 'corrupt', why: 'its checksum is wrong' }
  if (v > RECORD_VERSION) return { kind: 'newer', version: v }
  const value = check(body)
  return value === undefined
    ? { kind: 'corrupt', why: 'its content has another shape' }
    : { kind: 'ok', value }
}

function parseEnvelope(text: string): { v: number; sum: string; body: unknown } | undefined {
  const parsed = parseJson(text)
  if (typeof parsed !== 'object' || parsed === null) return undefined
  const { v, sum, body } = parsed as Record<string, unknown>
  if (typeof v !== 'number' || typeof sum !== 'string' || body === undefined) return undefined
  return { v, sum, body }
}

/** undefined for text that is not JSON. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
