import { spawn } from 'node:child_process'
import { realpathSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { isAbsolute, join } from 'node:path'
import type { TmuxServerRef } from '../../core/index.ts'
import { foreground } from './foreground.ts'

export interface Attacher {
  /** Exact: `work` never finds `work3`. */
  hasSession(server: TmuxServerRef, session: string): Promise<'yes' | 'no' | 'no-server' | 'no-tmux'>
  /** There is a terminal to give away, or a client of that server to switch. */
  canAttach(server: TmuxServerRef): boolean
  /**
   * Gives this terminal to tmux until the person detaches; answers tmux's exit status. Inside a client of the same
   * server that client is switched instead, since tmux does not nest in itself.
   */
  attach(server: TmuxServerRef, session: string): Promise<number>
}

/** @param env the person's environment: `TMUX` tells which server they sit in */
export function createAttacher(env: NodeJS.ProcessEnv): Attacher {
  return {
    hasSession: (server, session) => hasSession(server, session, env),
    canAttach: (server) =>
      isInside(server, env) || (process.stdin.isTTY === true && process.stdout.isTTY === true),
    attach: (server, session) => {
      if (isInside(server, env))
        return foreground(['tmux', ...serverArgs(server), 'switch-client', '-t', `=${session}`], { env })
      // From within another server tmux would refuse to nest; the person asked for it, so let it.
      const { TMUX: _outer, ...clean } = env
      return foreground(['tmux', ...serverArgs(server), 'attach-session', '-t', `=${session}`], {
        env: clean,
      })
    },
  }
}

/** Arguments that select the server, as a person would type them. */
export function serverArgs(server: TmuxServerRef): string[] {
  if (server.kind === 'name') return ['-L', server.name]
  return server.kind === 'path' ? ['-S', server.path] : []
}

function hasSession(
  server: TmuxServerRef,
  session: string,
  env: NodeJS.ProcessEnv,
): ReturnType<Attacher['hasSession']> {
  return new Promise((resolve) => {
    const child = spawn('tmux', [...serverArgs(server), 'has-session', '-t', `=${session}`], {
      env,
      stdio: ['ignore', 'ignore', 'pipe'],
      timeout: 5000,
      killSignal: 'SIGKILL',
    })
    let said = ''
    child.stderr.on('data', (chunk: Buffer) => {
      said += chunk.toString('utf8')
    })
    child.once('error', () => resolve('no-tmux'))
    child.once('close', (status) => {
      if (status === 0) resolve('yes')
      else
        resolve(
          /no server running|error connecting|server exited/.test(said) || status === null
            ? 'no-server'
            : 'no',
        )
    })
  })
}

/** Whether the person's own tmux client belongs to that server. */
function isInside(server: TmuxServerRef, env: NodeJS.ProcessEnv): boolean {
  const current = env.TMUX?.split(',')[0]
  if (current === undefined || current === '') return false
  // Without a server of its own the fleet lives where tmux takes us anyway.
  if (server.kind === 'default') return true
  return canonical(current) === canonical(socketPath(server, env))
}

function socketPath(server: Exclude<TmuxServerRef, { kind: 'default' }>, env: NodeJS.ProcessEnv): string {
  if (server.kind === 'path') return isAbsolute(server.path) ? server.path : join(tmpdir(), server.path)
  return join(env.TMUX_TMPDIR || '/tmp', `tmux-${process.getuid?.() ?? 0}`, server.name)
}

function canonical(path: string): string {
  try {
    return realpathSync(path)
  } catch {
    return path
  }
}
