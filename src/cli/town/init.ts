import { dirname, join } from 'node:path'
import type { TomlFiles, TomlRead } from '../../adapters/files/toml-files.ts'
import { redactUrl } from '../../adapters/redis/redact.ts'
import { editToml } from '../../config/toml-edit.ts'
import { Exit, type ExitCode, UserError } from '../../core/errors.ts'
import { visible } from '../../core/text.ts'
import { tinytownFile } from '../../town/setup/tinytown-file.ts'
import { tinytownText, tinytownUrl } from '../../town/setup/tinytown-text.ts'
import { toJson } from '../text.ts'
import type { CliDeps, Invocation, OpenTown } from '../types.ts'
import { withTown } from '../with-town.ts'
import { ignoreFiles } from './ignore-files.ts'
import { notWritten } from './not-written.ts'
import { noteOf } from './note-of.ts'

/**
 * Lets the `tt` of tinytown into the town of this fleet: tinytown.toml beside agents.toml, 0600. The town's server is
 * started first, so that it is there.
 * @throws {UserError} TOWN_FILE_OTHER, TOWN_SENTINEL, TOWN_FILE_WRITE (exit 1)
 */
export async function initTown(call: Invocation, deps: CliDeps): Promise<ExitCode> {
  return withTown(call, deps, async (open) => {
    const url = requireUrl(open)
    await open.town.redis.health()
    const folder = dirname(open.fleet.configPath)
    const path = join(folder, 'tinytown.toml')
    const files = await deps.tomlFiles()
    const did = await put(files, path, { name: open.town.name, url }, call.options.force === true)
    const host = await deps.host()
    const ignored = await ignoreFiles(host, folder, ['tinytown.toml', '.tt/'])
    const notes = [...ignored, ...(await noteOf(open.fleet, open.town.name, deps))]
    await deps.io.out(
      call.options.json === true
        ? toJson({ version: 1, path, name: open.town.name, url: redactUrl(url), did, notes })
        : text(path, open.town.name, url, did, notes),
    )
    return Exit.done
  })
}

type Did = 'written' | 'changed' | 'kept'

interface Wanted {
  name: string
  url: string
}

async function put(files: TomlFiles, path: string, wanted: Wanted, force: boolean): Promise<Did> {
  const read = files.read(path)
  if (read.kind === 'absent')
    return write(files, path, undefined, tinytownText(wanted.name, wanted.url), 'written')
  const there = read.kind === 'ok' ? tinytownFile(read.table, dirname(path)) : undefined
  // Written again all the same: its permissions may be wider than a password should have.
  if (read.kind === 'ok' && there?.name === wanted.name && there.url === wanted.url)
    return write(files, path, read.text, read.text, 'kept')
  if (!force) throw otherTown(path, read, there)
  if (read.kind === 'refused') throw otherTown(path, read, there)
  const before = read.kind === 'ok' ? read.text : undefined
  const tree = before === undefined ? undefined : await files.tree(before)
  if (before === undefined || tree === undefined) throw otherTown(path, read, there)
  const text = editToml(before, tree, [
    { table: [], key: 'name', value: wanted.name },
    { table: ['redis'], key: 'url', value: wanted.url },
  ])
  return write(files, path, before, text, 'changed')
}

async function write(
  files: TomlFiles,
  path: string,
  before: string | undefined,
  text: string,
  did: Did,
): Promise<Did> {
  const done = await files.write(path, before, text, { mode: 0o600 })
  if (done.kind === 'written') return did
  throw notWritten('TOWN_FILE_WRITE', path, done)
}

function otherTown(
  path: string,
  read: TomlRead,
  there: { name: string; url: string | undefined } | undefined,
): UserError {
  const what =
    there === undefined
      ? `${path} is there already, and ${read.kind === 'refused' ? read.why : 'cannot be read as a tinytown.toml'}; it was not changed.`
      : `${path} is there already, of the town "${visible(there.name)}" at ${redactUrl(there.url ?? '')}; it was not changed.`
  return new UserError({
    code: 'TOWN_FILE_OTHER',
    what,
    fix:
      there === undefined
        ? 'Move it away, and type agents town init again.'
        : 'Take that town: agents town join. Or let the file name this town: agents town init --force; its other keys stay.',
    file: path,
  })
}

function requireUrl({ place }: OpenTown): string {
  const url = tinytownUrl(place.redis)
  if (url !== undefined) return url
  throw new UserError({
    code: 'TOWN_SENTINEL',
    what: 'The town is reached through a Sentinel, which tinytown does not know.',
    fix: 'Write a tinytown.toml with the address of the master yourself, and mind that it changes.',
  })
}

function text(path: string, name: string, url: string, did: Did, notes: readonly string[]): string {
  const words: Record<Did, string> = { written: 'wrote', changed: 'changed', kept: 'kept' }
  const lines = [
    `${words[did]} ${visible(path)}: the town ${name} at ${redactUrl(url)}`,
    ...notes.map((one) => visible(one)),
  ]
  return `${lines.join('\n')}\n\nA tt of tinytown in this folder is in the same town now: tt list\n`
}
