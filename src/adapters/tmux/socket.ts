import { realpathSync, statSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { TmuxServerRef } from '../../core/index.ts'
import { findOnPath } from '../files/search-path.ts'

/** Arguments that select a server: `['-L', name]`, `['-S', path]` or `[]`. */
export function selectorOf(server: TmuxServerRef): string[] {
  if (server.kind === 'name') return ['-L', server.name]
  return server.kind === 'path' ? ['-S', resolve(server.path)] : []
}

/** The socket's path by tmux's own rule: `$TMUX_TMPDIR` or `/tmp`, links resolved, then `tmux-<uid>/<name>`. */
export function socketPathOf(server: TmuxServerRef, env: NodeJS.ProcessEnv = process.env): string {
  if (server.kind === 'path') return resolve(server.path)
  const name = server.kind === 'name' ? server.name : 'default'
  const base =
    [env.TMUX_TMPDIR, '/tmp'].find((dir) => dir !== undefined && dir !== '' && isFolder(dir)) ?? '/tmp'
  return join(isFolder(base) ? realpathSync(base) : base, `tmux-${process.getuid?.() ?? 0}`, name)
}

const CLIENT_VARIABLES = [
  'PATH',
  'HOME',
  'USER',
  'SHELL',
  'TERM',
  'LANG',
  'LC_ALL',
  'LC_CTYPE',
  'TMUX_TMPDIR',
]

/**
 * Environment of the tmux clients we start. A client sends its environment to the server, so only what it needs goes
 * along; `TMUX` never does, since it would select the server of the terminal we were started from.
 */
export function clientEnv(env: NodeJS.ProcessEnv = process.env): Record<string, string> {
  return pick(env, CLIENT_VARIABLES)
}

/** Environment of a server that we start: exactly `serverEnv`, and `TMUX_TMPDIR`, which says where its socket is. */
export function creatorEnv(
  serverEnv: Record<string, string>,
  env: NodeJS.ProcessEnv = process.env,
): Record<string, string> {
  const { TMUX_TMPDIR: _other, ...rest } = serverEnv
  return { ...rest, ...pick(env, ['TMUX_TMPDIR']) }
}

/** Absolute path of the `tmux` program; undefined when `PATH` has none. */
export function findTmux(env: NodeJS.ProcessEnv = process.env): string | undefined {
  return findOnPath('tmux', env.PATH)
}

function pick(env: NodeJS.ProcessEnv, names: readonly string[]): Record<string, string> {
  return Object.fromEntries(names.flatMap((name) => (env[name] === undefined ? [] : [[name, env[name]]])))
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false
}
