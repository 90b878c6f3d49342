import { createLocks } from '../../adapters/files/locks.ts'
import { createStateStore } from '../../adapters/files/state-store.ts'
import { type AgentSpec, Exit, type Fleet, UserError } from '../../core/index.ts'
import { readAgent } from '../../town/agents/agents.ts'
import type { Town } from '../../town/town.ts'
import { agentLabel } from '../../town/wire/agent-record.ts'
import { parseId, shortId } from '../../town/wire/ids.ts'
import type { Me } from '../../worker/types.ts'
import { fleetId } from '../names.ts'
import { createLedger, readLedger } from '../town/ledger.ts'
import { enrolAll } from '../town/roster.ts'

/** The record that an agent of this fleet has in town; undefined while it has none of its own. */
export async function knownIdentity(town: Town, fleet: Fleet, spec: AgentSpec): Promise<Me | undefined> {
  const id = parseId(String((await town.redis.call('HGET', town.keys.names, spec.name)) ?? ''))
  const record = id === undefined ? undefined : await readAgent(town, id)
  if (record?.name !== spec.name || record.extra.fleet_owner !== fleetId(fleet)) return undefined
  return { id: record.id, name: record.name, label: agentLabel(record), role: spec.role ?? record.role }
}

/**
 * Gives an agent its record, as the watchdog would: by the same ledger, so under the same id.
 * @param keep where no watchdog runs: it keeps the ledger itself
 * @throws {UserError} TOWN_NAME_TAKEN: somebody else lives in town under its name
 */
export async function enrolIdentity(town: Town, fleet: Fleet, spec: AgentSpec, keep: boolean): Promise<Me> {
  const store = createStateStore(fleet.stateDir)
  const conflict = await createLocks().exclusive(`${fleet.stateDir}/town-ledger.lock`, async () => {
    const ledger = createLedger(store, (await readLedger(store)).state)
    const [found] = await enrolAll(town, fleet, [spec], ledger)
    if (found === undefined && keep) await ledger.save()
    return found
  })
  const me = conflict === undefined ? await knownIdentity(town, fleet, spec) : undefined
  if (me !== undefined) return me
  const who = conflict === undefined ? '' : ` (${shortId(conflict.id)})`
  throw new UserError({
    code: 'TOWN_NAME_TAKEN',
    what: `Somebody else lives in the town ${town.name} under the name "${spec.name}"${who}.`,
    fix: 'Take another name, or stop that one first: `agents list` shows it.',
    exit: Exit.failed,
  })
}
