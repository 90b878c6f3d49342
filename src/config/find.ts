import { dirname, join, resolve } from 'node:path'
import type { ConfigFiles } from '../adapters/files/config-files.ts'
import { Exit, UserError } from '../core/index.ts'
import { shellQuote } from '../core/quote.ts'
import { isTownOnly } from './town-only.ts'

type Looking = Pick<ConfigFiles, 'kindOf'>

/**
 * The config that a command means: the one given by `--config`, else `agents.toml` in the current folder.
 * @param townOnly a folder with a tinytown.toml alone will do, too
 * @throws {UserError} CONFIG_MISSING when there is nothing at that path; exit 2
 */
export function findConfig(files: Looking, cwd: string, explicit?: string, townOnly = false): string {
  const path = resolve(cwd, explicit ?? 'agents.toml')
  if (files.kindOf(path) !== 'absent' || (townOnly && isTownOnly(files, path))) return path
  throw new UserError({
    code: 'CONFIG_MISSING',
    what: explicit === undefined ? `There is no agents.toml in ${cwd}.` : `There is no file ${path}.`,
    fix: howToGetOne(files, path),
    file: path,
    exit: Exit.usage,
  })
}

/** What to type where a config is missing: a folder may be a town of tinytown already. */
export function howToGetOne(files: Looking, path: string): string {
  if (files.kindOf(join(dirname(path), 'tinytown.toml')) === 'file')
    return 'Type: agents init          (there is a tinytown.toml: the new agents.toml takes its town; list, send, inbox, task and the other verbs of a town need none)'
  const above = aboveOf(files, dirname(path))
  if (above !== undefined) return `There is one in a folder above: agents --config ${shellQuote(above)} …`
  return 'Type: agents init          (or name a config: agents --config PATH …)'
}

/** The nearest `agents.toml` above a folder: a hint, never taken by itself, for a command may stop a fleet. */
function aboveOf(files: Looking, folder: string): string | undefined {
  const above = dirname(folder)
  if (above === folder) return undefined
  const path = join(above, 'agents.toml')
  return files.kindOf(path) === 'file' ? path : aboveOf(files, above)
}
