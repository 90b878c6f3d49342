import type { Fleet } from '../../core/index.ts'
import type { Outcome } from '../control/control.ts'
import { whyAway } from './link.ts'
import { findPlace, isTownOn, privateServer } from './open.ts'

/** Ends the fleet's own Redis after everything was taken down; its data stays. Nobody's is ended while others use it. */
export async function stopTownServer(fleet: Fleet, env: NodeJS.ProcessEnv): Promise<Outcome[]> {
  if (!(await isTownOn(fleet))) return []
  const name = 'town'
  return stopOwn(fleet, env).then(
    (done): Outcome[] => {
      if (done === undefined || done.kind === 'absent') return []
      if (done.kind === 'stopped')
        return [{ name, result: 'stopped', detail: 'its Redis was stopped; its data stays' }]
      const who = done.by === 1 ? 'somebody else is' : `${done.by} others are`
      return [{ name, result: 'skipped', detail: `its Redis goes on: ${who} connected to it` }]
    },
    (error: unknown): Outcome[] => [{ name, result: 'failed', detail: whyAway(error).why }],
  )
}

async function stopOwn(fleet: Fleet, env: NodeJS.ProcessEnv) {
  const { redis } = await findPlace(fleet, env)
  return redis.kind === 'private' ? privateServer(redis, env).stop() : undefined
}
