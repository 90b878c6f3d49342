import { join } from 'node:path'
import { claudeStatus } from './claude.ts'
import { isOf } from './find-claude.ts'
import { homeOf } from './home.ts'
import type { Subject } from './types.ts'
import type { WatchDeps } from './watch.ts'

/** A living process that is in a conversation. */
interface Occupant {
  id: string
  pid: number
  /** Its `AGENTS_RUN`. */
  run: string | undefined
}

export interface Strangers {
  /** See `Conversations.stranger`. */
  of(
    id: string,
    files: Subject['files'],
    env: Readonly<Record<string, string | undefined>>,
    run: string,
  ): Promise<string | undefined>
}

/** Agents that start together share one look at the folder. Milliseconds. */
const sharedMs = 1_000

/**
 * Who is in which conversation now: a person's own process, say, that resumed it elsewhere. Only Claude Code writes that
 * down. What an agent itself left behind is no stranger; it is ended before the start.
 */
export function createStrangers(deps: WatchDeps, mono: () => number): Strangers {
  let last: { folder: string; at: number; found: Promise<Occupant[]> } | undefined

  function occupants(folder: string): Promise<Occupant[]> {
    if (last?.folder !== folder || mono() - last.at > sharedMs)
      last = { folder, at: mono(), found: occupantsIn(deps, folder) }
    return last.found
  }

  return {
    of: async (id, { format, home }, env, run) => {
      const folder = format === 'claude' ? homeOf(home, env) : undefined
      if (folder === undefined) return undefined
      const other = (await occupants(join(folder, 'sessions'))).find(
        (one) => one.id === id && one.run !== run,
      )
      return other === undefined ? undefined : `the process ${other.pid}`
    },
  }
}

async function occupantsIn({ files, living }: WatchDeps, folder: string): Promise<Occupant[]> {
  const found: Occupant[] = []
  for (const { path } of await files.list(folder, { suffix: '.json' })) {
    const status = claudeStatus(await files.json(path))
    const member = status === undefined ? undefined : await living(status.pid)
    if (status === undefined || member === undefined || !isOf(status, member)) continue
    const env = await files.environ(status.pid, ['AGENTS_RUN'])
    // Whose it is cannot be seen: it is more likely the agent's own, on its way out, than a second person's.
    if (env !== undefined) found.push({ id: status.id, pid: status.pid, run: env.AGENTS_RUN })
  }
  return found
}
