import type { Command } from '../../adapters/redis/types.ts'
import { OutsideError, UserError } from '../../core/index.ts'
import { restore } from '../lua/restore.ts'
import { type Town, textsOf } from '../town.ts'
import { newId } from '../wire/ids.ts'
import { adoptStaged } from './adopt.ts'
import { STAGED, scanTown } from './all-keys.ts'
import type { SavedKey } from './snapshot.ts'
import { readLine } from './snapshot-lines.ts'

/** Keys that a town has before anybody was in it. */
const ALWAYS = new Set(['fleet:epoch'])

/** Whether nothing of a town would be lost. */
async function isEmptyTown(town: Town): Promise<boolean> {
  return (await scanTown(town)).every((key) => ALWAYS.has(key))
}

/**
 * Brings a snapshot that was proven whole into a town: first beside its keys, then all at once in their place, so that an
 * interrupted restore leaves the town as it was, and the next one begins anew. The town gets another epoch, by which
 * every watchdog sees that what it published may be gone. Agents of this fleet go on as those of their names in the file.
 * @param options.replace what is in the town goes
 * @param options.elsewhere the file is of another town: nobody who lives there lives here, so they are stopped in it
 * @returns how many keys it has now, and the names of this fleet that go on under the ids of the file
 * @throws {UserError} TOWN_NOT_EMPTY
 */
export async function restoreSnapshot(
  town: Town,
  lines: AsyncIterable<string>,
  { replace, elsewhere = false }: { replace: boolean; elsewhere?: boolean },
): Promise<{ keys: number; adopted: string[] }> {
  if (!replace && !(await isEmptyTown(town))) throw notEmpty(town)
  await unstage(town)
  const ends = await stage(town, lines, elsewhere)
  const adopted = await adoptStaged(town, [...ends.keys()])
  const gone = replace ? await scanTown(town) : [...ALWAYS]
  const reply = textsOf(
    await town.redis.script(
      restore,
      [town.keys.root],
      [
        replace ? 'replace' : 'new',
        newId(),
        gone.length,
        ...gone,
        ends.size,
        ...[...ends].flatMap(([key, endsAt]) => [key, endsAt ?? 0]),
      ],
    ),
  )
  if (reply[0] === 'done') return { keys: Number(reply[1]), adopted }
  await unstage(town)
  throw reply[0] === 'taken' ? notEmpty(town) : interrupted()
}

async function unstage(town: Town): Promise<void> {
  const left = await scanTown(town, 'staged')
  await all(
    town,
    left.map((key) => ['UNLINK', town.keys.root + key] as const),
  )
}

/** @returns the keys, and when each of them ends */
async function stage(
  town: Town,
  lines: AsyncIterable<string>,
  elsewhere: boolean,
): Promise<Map<string, number | undefined>> {
  const ends = new Map<string, number | undefined>()
  for await (const line of lines) {
    const read = readLine(line)
    // A new epoch is made: the old one would tell a watchdog that nothing happened.
    if (read.kind !== 'key' || ALWAYS.has(read.part.key)) continue
    const part = elsewhere ? settled(read.part) : read.part
    const commands = commandsFor(`${town.keys.root}${STAGED}${part.key}`, part)
    if (commands.length === 0) continue
    ends.set(read.part.key, read.part.endsAt)
    await all(town, commands)
  }
  return ends
}

/** The record of an agent that lives in another town, as it is here: stopped, and free for who has its name. */
function settled(part: SavedKey): SavedKey {
  if (part.type !== 'hash' || !part.key.startsWith('agent:')) return part
  const fields = part.values.flat().map((one) => one.toString())
  const state = fields.findIndex((field, at) => at % 2 === 0 && field === 'state')
  if (state === -1 || OVER.has(fields[state + 1] ?? '')) return part
  const stopped = Buffer.from('stopped')
  const put = (value: Buffer, at: number) =>
    at % 2 === 1 && ['state', 'fleet_state'].includes(fields[at - 1] ?? '') ? stopped : value
  return { ...part, values: [part.values.flat().map(put)] }
}

const OVER = new Set(['stopped', 'error', 'cold'])

function commandsFor(key: string, { type, values }: SavedKey): Command[] {
  const flat = values.flat()
  if (values.length === 0) return []
  switch (type) {
    case 'string':
      return [['SET', key, flat[0] ?? '']]
    case 'list':
      return [['RPUSH', key, ...flat]]
    case 'set':
      return [['SADD', key, ...flat]]
    case 'hash':
      return pairs(flat, (field, value) => ['HSET', key, field, value])
    case 'zset':
      return pairs(flat, (member, score) => ['ZADD', key, score, member])
    case 'stream':
      return values.map((entry) => ['XADD', key, ...[entry].flat()])
  }
}

function pairs(flat: readonly Buffer[], command: (one: Buffer, other: Buffer) => Command): Command[] {
  const commands: Command[] = []
  for (let at = 0; at + 1 < flat.length; at += 2) commands.push(command(flat[at]!, flat[at + 1]!))
  return commands
}

async function all(town: Town, commands: readonly Command[]): Promise<void> {
  for (let at = 0; at < commands.length; at += 500)
    for (const reply of await town.redis.pipeline(commands.slice(at, at + 500)))
      if (reply instanceof OutsideError) throw reply
}

function notEmpty(town: Town): UserError {
  return new UserError({
    code: 'TOWN_NOT_EMPTY',
    what: `The town ${town.name} is not empty; nothing was changed.`,
    fix: 'Save it first (agents save), stop its agents (agents down), then add --force: what is in it goes.',
  })
}

function interrupted(): UserError {
  return new UserError({
    code: 'RESTORE_INTERRUPTED',
    what: 'Somebody else restored or reset this town meanwhile; nothing was changed.',
    fix: 'Try again.',
  })
}
