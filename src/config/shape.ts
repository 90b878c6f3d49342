import type * as v from 'valibot'
import { error, type Finding, isTable, type Path, warning } from './finding.ts'
import { nearest } from './nearest.ts'
import { shown } from './schema/fields.ts'
import { handoffTable } from './schema/loop.ts'
import {
  agentTable,
  backendTable,
  loopTable,
  NOT_DEFAULTABLE,
  notifyTable,
  townTable,
  watchdogTable,
} from './schema/schema.ts'

type Schema = v.GenericSchema & {
  entries?: Record<string, Schema>
  item?: Schema
  value?: Schema
  wrapped?: Schema
}

/** Keys that would reach into JavaScript objects; no table of ours has them. */
const FORBIDDEN = new Set(['__proto__', 'constructor', 'prototype'])
const ELSEWHERE: readonly (readonly [table: string, entries: object])[] = [
  ['[[agent]]', agentTable.entries],
  ['[backend.*]', backendTable.entries],
  ['[watchdog]', watchdogTable.entries],
  ['[notify]', notifyTable.entries],
  ['[town]', townTable.entries],
  ['[loop]', loopTable.entries],
  ['[loop.handoff]', handoffTable.entries],
]

/**
 * Copies what the schema knows; `x_…` keys and `[x-…]` tables are left out silently, unknown keys with a finding.
 * What should be a table and is none is reported here too (a schema takes arrays for objects) and becomes undefined. The
 * copy is made of objects without prototype.
 */
export function prune(schema: v.GenericSchema, value: unknown, path: Path, findings: Finding[]): unknown {
  const shape = unwrap(schema as Schema)
  if (Array.isArray(value) && shape.item !== undefined)
    return value.map((item, index) => prune(shape.item!, item, [...path, index], findings))
  if (shape.entries === undefined && shape.value === undefined) return value
  if (!isTable(value)) {
    findings.push(
      error('CONFIG_TYPE', path, `${shown(value)} is not a table.`, 'Write it as a table, under a [header].'),
    )
    return undefined
  }
  const out = Object.create(null) as Record<string, unknown>
  for (const [key, inner] of Object.entries(value)) {
    const finding = FORBIDDEN.has(key) ? forbidden(key, [...path, key]) : undefined
    if (finding !== undefined) findings.push(finding)
    else if (shape.entries === undefined) out[key] = prune(shape.value!, inner, [...path, key], findings)
    else if (Object.hasOwn(shape.entries, key))
      out[key] = prune(shape.entries[key]!, inner, [...path, key], findings)
    else if (!/^x[_-]/.test(key)) findings.push(unknownKey(key, Object.keys(shape.entries), [...path, key]))
  }
  return out
}

const unwrap = (schema: Schema): Schema => (schema.wrapped === undefined ? schema : unwrap(schema.wrapped))

const forbidden = (key: string, path: Path): Finding =>
  error('CONFIG_KEY_FORBIDDEN', path, `"${key}" cannot be a key.`, 'Choose another name.')

function unknownKey(key: string, known: readonly string[], path: Path): Finding {
  const idle = idleKey(key, path)
  if (idle !== undefined) return idle
  const near = nearest(key, known)
  const home = ELSEWHERE.find(([, entries]) => Object.hasOwn(entries, key))?.[0]
  const fix =
    home !== undefined && near === undefined
      ? `${key} is a key of ${home}: move it there.`
      : near !== undefined
        ? `Write ${near}.`
        : `Known here: ${known.join(', ')}. For notes of your own begin the key with x_.`
  return error('CONFIG_KEY_UNKNOWN', path, `"${key}" is not a key of this table.`, fix)
}

/** Keys that the Python driver took and that never did anything; a config that has them still loads. */
function idleKey(key: string, path: Path): Finding | undefined {
  const inService = path[0] === 'service' && Object.hasOwn(agentTable.entries, key)
  const inDefaults =
    path[0] === 'defaults' && path.length === 2 && (NOT_DEFAULTABLE as readonly string[]).includes(key)
  if (!inService && !inDefaults) return undefined
  const where = inService ? 'a service' : '[defaults]'
  return warning(
    'CONFIG_KEY_IDLE',
    path,
    `"${key}" does nothing in ${where}.`,
    inService ? 'Remove the line.' : `Write ${key} in the agent's own table.`,
  )
}
