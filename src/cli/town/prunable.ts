import type { Fleet } from '../../core/fleet.ts'
import { fleetId } from '../../daemon/names.ts'
import type { AgentRecord, AgentState } from '../../town/wire/agent-record.ts'

/** It was added by `agents spawn`, and leaves the fleet when it is taken out of the town. */
export const isSpawned = (fleet: Fleet, name: string): boolean =>
  fleet.agents.some((one) => one.name === name && one.worker?.spawned !== undefined)

/** A record that the watchdog of this fleet keeps: taken out of the town it would be there again at once. */
const isOfFleet = (fleet: Fleet, one: AgentRecord): boolean =>
  one.extra.fleet_owner === fleetId(fleet) && fleet.agents.some(({ name }) => name === one.name)

/** As tinytown's prune; who never ran (`cold`) may still be started. */
export const isOver = (state: AgentState): boolean => state === 'stopped' || state === 'error'

/** What `agents prune` takes out of the town, if its loop has left. */
export const isPrunable = (fleet: Fleet, one: AgentRecord): boolean =>
  isOver(one.state) && (!isOfFleet(fleet, one) || isSpawned(fleet, one.name))
