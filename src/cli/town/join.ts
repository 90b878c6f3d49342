import { join, relative, resolve } from 'node:path'
import type { TomlFiles } from '../../adapters/files/toml-files.ts'
import { redactUrl } from '../../adapters/redis/redact.ts'
import { townNameFault } from '../../config/names.ts'
import { editToml, type TomlEdit } from '../../config/toml-edit.ts'
import { Exit, type ExitCode, UserError } from '../../core/errors.ts'
import type { Fleet } from '../../core/fleet.ts'
import { visible } from '../../core/text.ts'
import { tinytownFile } from '../../town/setup/tinytown-file.ts'
import { toJson } from '../text.ts'
import type { CliDeps, Invocation } from '../types.ts'
import { fleetOf } from '../with-fleet.ts'
import { notWritten } from './not-written.ts'
import { noteOf } from './note-of.ts'

/**
 * Takes the town of a tinytown.toml: writes `[town] file` into agents.toml once that town was reached.
 * @throws {UserError} TOWN_FILE, TOWN_CONFLICT (exit 2), TOWN_UNREACHABLE, TOWN_FILE_WRITE (exit 1)
 */
export async function joinTown(call: Invocation, deps: CliDeps): Promise<ExitCode> {
  const fleet = await fleetOf(call, deps, false)
  const files = await deps.tomlFiles()
  const path = fileAt(resolve(deps.cwd, call.args[0] ?? join(fleet.configPath, '..')))
  const found = tinytownAt(files, path)
  const already = fleet.town.filePath === path && fleet.town.mode !== 'off'
  const edits = already ? [] : editsFor(fleet, path, found.name, call.options.force === true)
  await requireReach(found, fleet, deps)
  if (!already) await write(files, fleet, edits)
  const notes = [...overridden(deps), ...(await noteOf(fleet, found.name, deps))]
  await deps.io.out(
    call.options.json === true
      ? toJson({
          version: 1,
          config: fleet.configPath,
          file: path,
          name: found.name,
          url: redactUrl(found.url),
          changed: !already,
          notes,
        })
      : `${already ? 'was in' : 'joined'} the town ${visible(found.name)} at ${redactUrl(found.url)}${already ? ' already' : ''} (${visible(path)})\n${notes.map((note) => `${note}\n`).join('')}`,
  )
  return Exit.done
}

const fileAt = (path: string): string => (path.endsWith('.toml') ? path : join(path, 'tinytown.toml'))

function tinytownAt(files: TomlFiles, path: string): { name: string; url: string } {
  const bad = (what: string, fix: string) =>
    new UserError({ code: 'TOWN_FILE', what: `${path} ${what}.`, fix, file: path, exit: Exit.usage })
  const read = files.read(path)
  if (read.kind === 'absent')
    throw bad(
      'is not there',
      'Name the folder of a town of tinytown: agents town join DIR. A new one: agents town init.',
    )
  if (read.kind === 'refused') throw bad(read.why, 'Name another one.')
  if (read.kind === 'bad') throw bad(`is not TOML at line ${read.line}: ${read.why}`, 'Mend it first.')
  const found = tinytownFile(read.table, resolve(path, '..'))
  if (found?.url === undefined)
    throw bad('names no town', 'A tinytown.toml has a name, and an address below [redis].')
  const fault = townNameFault(found.name)
  if (fault !== undefined)
    throw bad(
      `names the town "${visible(found.name)}", which ${fault}`,
      'Such a town cannot be told apart from others; tinytown takes it, this program does not. Rename it there.',
    )
  return { name: found.name, url: found.url }
}

/** Keys of `[town]` that would go before the file's. */
function editsFor(fleet: Fleet, path: string, name: string, force: boolean): TomlEdit[] {
  const { town } = fleet
  const against: [key: string, what: string][] = []
  if (town.name !== undefined && town.name !== name) against.push(['name', `name = "${town.name}"`])
  if (town.redisUrl !== undefined) against.push(['redis_url', `redis_url = "${redactUrl(town.redisUrl)}"`])
  if (town.mode === 'off') against.push(['enabled', 'enabled = false'])
  if (town.filePath !== undefined && town.filePath !== path)
    against.push(['file', `file = "${town.filePath}"`])
  if (against.length > 0 && !force)
    throw new UserError({
      code: 'TOWN_CONFLICT',
      what: `${fleet.configPath} says otherwise below [town]: ${against.map(([, what]) => visible(what)).join(', ')}. Nothing was changed.`,
      fix: 'Take that out, or add --force, which does.',
      file: fleet.configPath,
      key: `town.${against[0]![0]}`,
      exit: Exit.usage,
    })
  const below = relative(fleet.projectDir, path)
  return [
    ...against.flatMap(([key]): TomlEdit[] =>
      key === 'file' ? [] : [{ table: ['town'], key, value: undefined }],
    ),
    { table: ['town'], key: 'file', value: below },
  ]
}

async function requireReach(
  found: { name: string; url: string },
  fleet: Fleet,
  deps: CliDeps,
): Promise<void> {
  const password = deps.env[fleet.town.passwordEnv]
  const seen = await deps.visitTown(found.name, {
    kind: 'url',
    url: found.url,
    password: password || undefined,
  })
  if (seen.kind === 'up') return
  throw new UserError({
    code: 'TOWN_UNREACHABLE',
    what: `The town ${visible(found.name)} cannot be reached: ${seen.why.replace(/\.?$/, '.')} Nothing was changed.`,
    fix:
      seen.fix ?? 'Start its Redis (a tt in its folder does), or correct the address in its tinytown.toml.',
  })
}

async function write(files: TomlFiles, fleet: Fleet, edits: readonly TomlEdit[]): Promise<void> {
  const path = fleet.configPath
  const failed = (what: string, fix: string) =>
    new UserError({ code: 'TOWN_FILE_WRITE', what, fix, file: path })
  const byHand = `Write it yourself: [town] with file = ${JSON.stringify(edits.at(-1)?.value)}.`
  const read = files.read(path)
  if (read.kind !== 'ok') throw failed(`${path} cannot be read any more; nothing was written.`, 'Try again.')
  const tree = await files.tree(read.text)
  const text = tree === undefined ? undefined : editToml(read.text, tree, edits)
  const table = text === undefined ? undefined : files.parse(text)?.town
  // An inline table, or keys with dots: the text would have two tables of one name.
  if (text === undefined || (table as { file?: unknown } | undefined)?.file !== edits.at(-1)?.value)
    throw failed(`${path} writes [town] in a form that cannot be edited; nothing was written.`, byHand)
  const done = await files.write(path, read.text, text)
  if (done.kind === 'written') return
  throw notWritten('TOWN_FILE_WRITE', path, done, done.kind === 'changed' ? undefined : byHand)
}

const overridden = ({ env }: CliDeps): string[] =>
  (env.REDIS_URL ?? '').trim() === '' ? [] : ['REDIS_URL is set, and goes before the address of the file.']
