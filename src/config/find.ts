import { resolve } from 'node:path'
import type { ConfigFiles } from '../adapters/files/config-files.ts'
import { Exit, UserError } from '../core/index.ts'

/**
 * The config that a command means: the one given by `--config`, else `agents.toml` in the current folder.
 * @throws {UserError} CONFIG_MISSING when there is nothing at that path; exit 2
 */
export function findConfig(files: Pick<ConfigFiles, 'kindOf'>, cwd: string, explicit?: string): string {
  const path = resolve(cwd, explicit ?? 'agents.toml')
  if (files.kindOf(path) !== 'absent') return path
  throw new UserError({
    code: 'CONFIG_MISSING',
    what: explicit === undefined ? `There is no agents.toml in ${cwd}.` : `There is no file ${path}.`,
    fix: 'Type: agents init          (or name a config: agents --config PATH …)',
    file: path,
    exit: Exit.usage,
  })
}
