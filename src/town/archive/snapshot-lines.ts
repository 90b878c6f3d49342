import { createHash } from 'node:crypto'
import * as v from 'valibot'
import type { EpochMs } from '../../core/index.ts'
import { parsedJson } from '../wire/json.ts'
import { type SavedKey, SNAPSHOT_TYPES } from './snapshot.ts'

/** The first line of a file of `agents save`. */
export interface SnapshotHead {
  format: 'agents-town'
  version: 1
  town: string
  at: EpochMs
  /** `redis 7.0.15` */
  server: string
  keys: number
}

/** Values that stand on one line: a file of 100,000 messages has lines that a person can look at. */
const ON_A_LINE = 500

/**
 * Head, then one line for at most 500 values of a key, then a line with the count and the SHA-256 of all before it. Text
 * that is UTF-8 stands as it is; other bytes as `{"base64": …}`.
 */
export function* snapshotLines(head: SnapshotHead, keys: readonly SavedKey[]): Generator<string> {
  const sum = createHash('sha256')
  const line = (value: object): string => {
    const text = `${JSON.stringify(value)}\n`
    sum.update(text)
    return text
  }
  yield line(head)
  for (const { key, type, endsAt, values } of keys) {
    for (let at = 0; at < Math.max(values.length, 1); at += ON_A_LINE) {
      const some = values
        .slice(at, at + ON_A_LINE)
        .map((one) => (Array.isArray(one) ? one.map(asJson) : asJson(one)))
      yield line({ key, type, ...(endsAt === undefined ? {} : { endsAt }), values: some })
    }
  }
  yield `${JSON.stringify({ end: true, keys: keys.length, sha256: sum.digest('hex') })}\n`
}

function asJson(bytes: Buffer): string | { base64: string } {
  const text = bytes.toString('utf8')
  return Buffer.from(text, 'utf8').equals(bytes) ? text : { base64: bytes.toString('base64') }
}

const value = v.union([v.string(), v.object({ base64: v.string() })])
const headSchema = v.object({
  format: v.literal('agents-town'),
  version: v.number(),
  town: v.string(),
  at: v.number(),
  server: v.string(),
  keys: v.number(),
})
const keySchema = v.object({
  key: v.string(),
  type: v.picklist(SNAPSHOT_TYPES),
  endsAt: v.optional(v.number()),
  values: v.array(v.union([value, v.array(value)])),
})
const endSchema = v.object({ end: v.literal(true), keys: v.number(), sha256: v.string() })

export type ReadLine =
  | { kind: 'head'; head: SnapshotHead }
  /** Some values of a key; the lines of one key follow each other. */
  | { kind: 'key'; part: SavedKey }
  | { kind: 'end'; keys: number; sha256: string }
  /** Of a later program. */
  | { kind: 'newer'; version: number }
  | { kind: 'bad' }

/** One line of such a file. */
export function readLine(text: string): ReadLine {
  const json = parsedJson(text)
  const key = v.safeParse(keySchema, json)
  if (key.success) {
    const { values, ...rest } = key.output
    const part = {
      ...rest,
      endsAt: rest.endsAt,
      values: values.map((one) => (Array.isArray(one) ? one.map(asBytes) : asBytes(one))),
    }
    return { kind: 'key', part }
  }
  const end = v.safeParse(endSchema, json)
  if (end.success) return { kind: 'end', keys: end.output.keys, sha256: end.output.sha256 }
  const head = v.safeParse(headSchema, json)
  if (!head.success) return { kind: 'bad' }
  const { version } = head.output
  return version === 1 ? { kind: 'head', head: { ...head.output, version } } : { kind: 'newer', version }
}

const asBytes = (one: string | { base64: string }): Buffer =>
  typeof one === 'string' ? Buffer.from(one, 'utf8') : Buffer.from(one.base64, 'base64')

export type Proof =
  | { kind: 'whole'; head: SnapshotHead }
  | { kind: 'newer'; version: number }
  /** Not such a file, cut off, or changed: one clause for a person. */
  | { kind: 'broken'; why: string }

/** Whether a file is whole, before anything is done with it. */
export async function proveSnapshot(lines: AsyncIterable<string>): Promise<Proof> {
  const sum = createHash('sha256')
  let head: SnapshotHead | undefined
  let last: ReadLine | undefined
  let number = 0
  const keys = new Set<string>()
  for await (const line of lines) {
    number += 1
    if (last?.kind === 'end') return { kind: 'broken', why: `goes on after its end, at line ${number}` }
    last = readLine(line)
    if (last.kind === 'newer') return last
    if (last.kind === 'bad' || (number === 1) !== (last.kind === 'head'))
      return {
        kind: 'broken',
        why: number === 1 ? 'is no file of `agents save`' : `cannot be read at line ${number}`,
      }
    if (last.kind === 'head') head = last.head
    if (last.kind === 'key') keys.add(last.part.key)
    if (last.kind !== 'end') sum.update(`${line}\n`)
  }
  if (head === undefined) return { kind: 'broken', why: 'is empty' }
  if (last?.kind !== 'end') return { kind: 'broken', why: 'is cut off: its last line is missing' }
  if (last.sha256 !== sum.digest('hex') || last.keys !== keys.size)
    return { kind: 'broken', why: 'was changed since it was saved: its checksum does not fit' }
  return { kind: 'whole', head }
}
