import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import type { TmuxServerRef } from '../../core/index.ts'
import { clientEnv, creatorEnv, findTmux, selectorOf } from './socket.ts'

export type Launched =
  | { kind: 'started'; child: ChildProcessWithoutNullStreams }
  | { kind: 'failed'; why: string }

/** Starts tmux clients of one server, never through a shell, and counts them. */
export interface Launcher {
  /** A client that never starts a server (`-N`). `-u`: without it tmux answers `_` for anything but ASCII. */
  client(args: readonly string[]): Launched
  /** A client that starts the server when there is none. */
  creator(args: readonly string[]): Launched
  started(): number
}

/** @param scope words in front of the command that starts a server */
export function createLauncher(
  server: TmuxServerRef,
  serverEnv: Record<string, string>,
  scope: readonly string[] = [],
): Launcher {
  const selector = selectorOf(server)
  const config = server.kind === 'default' ? [] : ['-f', '/dev/null']
  let program: string | undefined
  let count = 0

  function launch(
    args: readonly string[],
    env: Record<string, string>,
    before: readonly string[] = [],
  ): Launched {
    program ??= findTmux()
    if (program === undefined) return { kind: 'failed', why: 'tmux is not installed (no tmux in PATH)' }
    try {
      const [file = program, ...words] = [...before, program, ...args]
      const child = spawn(file, words, { env, stdio: 'pipe', cwd: '/' })
      count++
      child.stdin.on('error', ignoreBrokenPipe)
      return { kind: 'started', child }
    } catch (cause) {
      return { kind: 'failed', why: `tmux could not be started: ${String(cause)}` }
    }
  }

  return {
    client: (args) => launch(['-u', '-N', ...selector, ...args], clientEnv()),
    creator: (args) => launch(['-u', ...config, ...selector, ...args], creatorEnv(serverEnv), scope),
    started: () => count,
  }
}

/** The reader of our commands is gone; its exit, seen a moment later, says so with a reason. */
function ignoreBrokenPipe(): void {
  // nothing to add to what the exit event will say
}
