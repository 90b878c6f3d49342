import { OutsideError } from '../../core/index.ts'
import { migrateRecord } from '../lua/migrate-record.ts'
import { scanIds } from '../scan.ts'
import { type Town, textsOf } from '../town.ts'
import { parseId } from '../wire/ids.ts'
import { parsedJson } from '../wire/json.ts'

/** What became of one key. */
export interface Migrated {
  key: string
  /** The key that it has now; the same for a record whose form is changed. */
  to: string
  /** `would`: nothing was done, it was only looked at. */
  result: 'would' | 'done' | 'failed'
  why: string | undefined
}

const KINDS = ['agent', 'inbox', 'urgent', 'task', 'activity', 'stop'] as const
const TYPES: Readonly<Record<string, readonly string[]>> = {
  agent: ['hash', 'string'],
  task: ['hash', 'string'],
  inbox: ['list'],
  urgent: ['list'],
  activity: ['list'],
  stop: ['string'],
  backlog: ['list'],
}

/**
 * The place in this town of a key without a town: `tt:agent:A` and `tt:backlog`. A third part
 * that is no id is no such key: `tt:task:backlog` is the backlog of a town named "task".
 * @returns undefined for any other key
 */
export function townless(town: Town, key: string): { kind: string; to: string } | undefined {
  if (key === 'tt:backlog') return { kind: 'backlog', to: town.keys.backlog }
  const [, kind, id] = /^tt:([a-z]+):([^:]+)$/.exec(key) ?? []
  const known = KINDS.find((one) => one === kind)
  if (known === undefined || id === undefined || parseId(id) !== id) return undefined
  return { kind: known, to: town.keys[known](id) }
}

/** Brings the keys of the time before towns into this one, each by RENAMENX: nothing is written over (R23). */
export async function migrateKeys(town: Town, dryRun: boolean): Promise<Migrated[]> {
  const found = (await scanAll(town)).flatMap((key) => {
    const place = townless(town, key)
    return place === undefined ? [] : [{ key, ...place }]
  })
  const results: Migrated[] = []
  for (const one of found.sort((a, b) => (a.key < b.key ? -1 : 1)))
    results.push(await moveKey(town, one, dryRun))
  return results
}

async function scanAll(town: Town): Promise<string[]> {
  const found = new Set<string>()
  let cursor = '0'
  do {
    const reply = await town.redis.call('SCAN', cursor, 'MATCH', 'tt:*', 'COUNT', 1000)
    const [next, keys] = Array.isArray(reply) ? reply : ['0', []]
    for (const key of textsOf(keys)) found.add(key)
    cursor = String(next)
  } while (cursor !== '0')
  return [...found]
}

async function moveKey(
  town: Town,
  { key, kind, to }: { key: string; kind: string; to: string },
  dryRun: boolean,
): Promise<Migrated> {
  const type = String(await town.redis.call('TYPE', key))
  const failed = (why: string): Migrated => ({ key, to, result: 'failed', why })
  if (type === 'none') return failed('it is gone meanwhile')
  if (TYPES[kind]?.includes(type) !== true) return failed(`it is a ${type} and not what its name says`)
  if (dryRun) {
    const taken = (await town.redis.call('EXISTS', to)) === 1
    return taken ? failed(`${to} is there already`) : { key, to, result: 'would', why: undefined }
  }
  const [reply] = await town.redis.pipeline([['RENAMENX', key, to]])
  if (reply instanceof OutsideError) return failed(reply.message)
  return reply === 1 ? { key, to, result: 'done', why: undefined } : failed(`${to} is there already`)
}

/** Makes hashes of the records of this town that are one JSON text, with every field that they have. */
export async function migrateRecords(town: Town, dryRun: boolean): Promise<Migrated[]> {
  const results: Migrated[] = []
  for (const kind of ['agent', 'task'] as const)
    for (const id of (await scanIds(town, kind)).sort())
      results.push(...(await changeRecord(town, town.keys[kind](id), id, dryRun)))
  return results
}

async function changeRecord(town: Town, key: string, id: string, dryRun: boolean): Promise<Migrated[]> {
  if ((await town.redis.call('TYPE', key)) !== 'string') return []
  const text = String((await town.redis.call('GET', key)) ?? '')
  const fields = recordFields(text, id)
  const failed = (why: string): Migrated[] => [{ key, to: key, result: 'failed', why }]
  if ('fault' in fields) return failed(fields.fault)
  if (dryRun) return [{ key, to: key, result: 'would', why: undefined }]
  const reply = textsOf(await town.redis.script(migrateRecord, [key], [text, ...fields.fields.flat()]))
  if (reply[0] !== 'done') return failed('somebody else changed it meanwhile')
  return [{ key, to: key, result: 'done', why: undefined }]
}

/** Fields of a hash from a record of JSON: what is null is no field, lists and tables stay JSON, all else is text. */
function recordFields(text: string, id: string): { fields: [string, string][] } | { fault: string } {
  const record = parsedJson(text)
  if (typeof record !== 'object' || record === null || Array.isArray(record))
    return { fault: 'it is a text and no record' }
  const fields = Object.entries(record).flatMap(([name, value]): [string, string][] => {
    if (value === null || value === undefined) return []
    return [[name, typeof value === 'object' ? JSON.stringify(value) : String(value)]]
  })
  const own = parseId(fields.find(([name]) => name === 'id')?.[1] ?? '')
  return own === id ? { fields } : { fault: 'its id is not the one of its key' }
}
