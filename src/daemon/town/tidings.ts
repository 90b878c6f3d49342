import type { ServerState } from '../../adapters/redis/types.ts'
import type { World } from '../world.ts'

/** Events of kind `town`: how the town is reached. */
export interface Tidings {
  /**
   * Once for each change; the first that is good is none.
   * @param because without it the change is noted and not told
   */
  tell(what: 'off' | 'away' | 'refused' | 'up', because?: string): void
  /** What a start of the fleet's own server found in its data, once for each start. */
  note(server: ServerState | undefined): void
}

export function createTidings(world: Pick<World, 'report'>, stopping: AbortSignal): Tidings {
  let said = 'starting'
  let notedPid: number | undefined
  return {
    tell(what, because) {
      // A connection that ends with us is no news.
      if (stopping.aborted) return
      const news = said !== what && !(what === 'up' && said === 'starting')
      said = what
      if (news && because !== undefined) world.report({ kind: 'town', because, state: what })
    },
    note(server) {
      if (server?.kind !== 'running' || server.note === undefined || server.pid === notedPid) return
      notedPid = server.pid
      world.report({ kind: 'town', because: `the town's Redis was started: ${server.note}`, state: 'up' })
    },
  }
}
