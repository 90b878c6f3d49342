import { passEnv } from '../../backends/env.ts'
import type { Fleet } from '../../core/index.ts'

type Env = Readonly<Record<string, string | undefined>>

/** What opens the door: the password, and whose certificates to trust where `redis_ca` says nothing. */
const keyNames = ({ town }: Pick<Fleet, 'town'>): string[] => [town.passwordEnv, 'NODE_EXTRA_CA_CERTS']

/** Variables of the operator that tell the watchdog and the workers where the town is and how to get in; none where it is off. */
export function placeVariables(fleet: Pick<Fleet, 'town'>): string[] {
  return fleet.town.mode === 'off' ? [] : ['REDIS_URL', ...keyNames(fleet)]
}

/**
 * What the session of an agent gets of them, so that `agents inbox` and `tt` work inside. Not `REDIS_URL`: it is kept in
 * the state folder, and what the agent builds may have a Redis of its own by that name.
 */
export function keyVariables(fleet: Pick<Fleet, 'town'>, env: Env): Record<string, string> {
  return fleet.town.mode === 'off' ? {} : passEnv(keyNames(fleet), env)
}
