import { resolve } from 'node:path'
import { Exit, type ExitCode, UserError } from '../../core/errors.ts'
import { visible } from '../../core/text.ts'
import { restoreSnapshot } from '../../town/archive/restore.ts'
import { proveSnapshot, type SnapshotHead } from '../../town/archive/snapshot-lines.ts'
import { toJson } from '../text.ts'
import type { CliDeps, Command, OpenTown } from '../types.ts'
import { withTown } from '../with-town.ts'

/** Brings a file of `agents save` into the town of this project. */
export const command: Command = async (call, deps) => {
  const path = resolve(deps.cwd, call.args[0]!)
  const { lines, head } = await proven(path, deps)
  const restore = async ({ town }: OpenTown): Promise<ExitCode> => {
    const elsewhere = head.town !== town.name
    const replace = call.options.force === true
    const { keys, adopted } = await restoreSnapshot(town, lines(), { replace, elsewhere })
    const other = elsewhere
      ? `, which was saved from the town ${visible(head.town)}: who lived there is stopped here; agents reclaim shows what waits for them`
      : ''
    const ours =
      adopted.length === 0
        ? ''
        : `agents of this fleet go on as those of their names in the file: ${adopted.map((name) => visible(name)).join(', ')}\n`
    await deps.io.out(
      call.options.json === true
        ? toJson({ version: 1, path, town: town.name, from: head.town, savedAt: head.at, keys, adopted })
        : `restored ${keys} ${keys === 1 ? 'key' : 'keys'} into the town ${town.name} from ${visible(path)}${other}\n${ours}`,
    )
    return Exit.done
  }
  return withTown(call, deps, restore, { deadlineMs: patienceMs })
}

/** The step that puts everything in its place is one call. Milliseconds. */
const patienceMs = 60_000

/**
 * Nothing is touched before the whole file is known to be good.
 * @throws {UserError} RESTORE_FILE, exit 2
 */
async function proven(
  path: string,
  deps: CliDeps,
): Promise<{ lines: () => AsyncIterable<string>; head: SnapshotHead }> {
  const bad = (what: string, fix: string) =>
    new UserError({
      code: 'RESTORE_FILE',
      what: `${path} ${what}. Nothing was changed.`,
      fix,
      file: path,
      exit: Exit.usage,
    })
  const read = await (await deps.lineFiles()).read(path)
  if (read.kind === 'absent') throw bad('is not there', 'Name a file of agents save.')
  if (read.kind === 'refused') throw bad(read.why, 'Name a file of agents save.')
  const proof = await proveSnapshot(read.lines())
  if (proof.kind === 'broken') throw bad(proof.why, 'Take another one of agents save.')
  if (proof.kind === 'newer')
    throw bad(
      `is of version ${proof.version}, which this program does not know`,
      'Install a later agents-fleet.',
    )
  return { lines: read.lines, head: proof.head }
}
