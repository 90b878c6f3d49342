import { join, resolve } from 'node:path'
import { Exit, type ExitCode, UserError } from '../../core/errors.ts'
import { visible } from '../../core/text.ts'
import { takeSnapshot } from '../../town/archive/snapshot.ts'
import { snapshotLines } from '../../town/archive/snapshot-lines.ts'
import { toJson } from '../text.ts'
import type { CliDeps, Command, Invocation, OpenTown } from '../types.ts'
import { withTown } from '../with-town.ts'

/** Everything of the town as it is at one instant, in a file of its own. */
export const command: Command = (call, deps) =>
  withTown(call, deps, (open) => save(open, call, deps), { deadlineMs: patienceMs })

/** All of a town goes through one call. Milliseconds. */
const patienceMs = 60_000

async function save(open: OpenTown, call: Invocation, deps: CliDeps): Promise<ExitCode> {
  const { town, fleet } = open
  const { product, version } = await town.redis.health()
  const keys = await takeSnapshot(town)
  const at = deps.now()
  const path =
    call.args[0] === undefined ? savePath(fleet.stateDir, town.name, at) : resolve(deps.cwd, call.args[0])
  const head = {
    format: 'agents-town',
    version: 1,
    town: town.name,
    at,
    server: `${product} ${version}`,
    keys: keys.length,
  } as const
  const bytes = await write(path, snapshotLines(head, keys), deps)
  const disk = await toDisk(open)
  await deps.io.out(
    call.options.json === true
      ? toJson({ version: 1, path, town: town.name, at, keys: keys.length, bytes, disk })
      : `saved ${keys.length} ${keys.length === 1 ? 'key' : 'keys'} of the town ${town.name} in ${visible(path)} (${bytes} bytes)\n${DISK[disk]}\n`,
  )
  return Exit.done
}

/** `<state>/town/saves/shop-2026-11-20T16-05-09Z.jsonl` */
const savePath = (stateDir: string, town: string, at: number): string =>
  join(
    stateDir,
    'town',
    'saves',
    `${town}-${new Date(at).toISOString().replace(/\.\d+/, '').replaceAll(':', '-')}.jsonl`,
  )

/** @throws {UserError} SAVE_EXISTS, SAVE_WRITE; exit 1 */
async function write(path: string, lines: Iterable<string>, deps: CliDeps): Promise<number> {
  const written = await (await deps.lineFiles()).writeNew(path, lines)
  if (written.kind === 'written') return written.bytes
  throw written.kind === 'exists'
    ? new UserError({
        code: 'SAVE_EXISTS',
        what: `${path} is there already and was not overwritten.`,
        fix: 'Name another file, or none: agents save',
        file: path,
      })
    : new UserError({
        code: 'SAVE_WRITE',
        what: `${path} cannot be written (${written.why}).`,
        fix: 'Name a file in another folder: agents save FILE',
        file: path,
      })
}

type Disk = 'rewriting' | 'busy' | 'theirs'

const DISK: Record<Disk, string> = {
  rewriting: 'Its Redis writes its own files anew, too (BGREWRITEAOF).',
  busy: 'Its Redis is writing its own files already.',
  theirs: 'What this Redis keeps on disk is up to whoever runs it.',
}

/** A server of the fleet's own is told to write its append-only file anew. */
async function toDisk({ place, town }: OpenTown): Promise<Disk> {
  if (place.redis.kind !== 'private') return 'theirs'
  const [reply] = await town.redis.pipeline([['BGREWRITEAOF']])
  return reply instanceof Error ? 'busy' : 'rewriting'
}
