import { Exit, UserError } from '../../core/errors.ts'
import { visible } from '../../core/text.ts'
import { fleetId } from '../../daemon/names.ts'
import { listAgents } from '../../town/agents/agents.ts'
import { type Pruned, pruneAgent } from '../../town/agents/prune.ts'
import type { Reclaimed } from '../../town/agents/reclaim.ts'
import type { Town } from '../../town/town.ts'
import { type AgentRecord, isTerminal } from '../../town/wire/agent-record.ts'
import { shortId } from '../../town/wire/ids.ts'
import { toJson } from '../text.ts'
import { isOver, isSpawned } from '../town/prunable.ts'
import type { CliDeps, Command, Invocation } from '../types.ts'
import { fleetOf } from '../with-fleet.ts'
import { withTown } from '../with-town.ts'
import { dismissSpawned } from './dismiss-spawned.ts'
import { inSession } from './order-agents.ts'

interface Row {
  id: string
  name: string
  result: 'pruned' | 'kept'
  detail: string
  moved: Reclaimed[]
}

/**
 * Takes agents that are over out of the town. Those of this config stay: their records would be there again at once. Workers
 * that were spawned leave the fleet first.
 */
export const command: Command = async (call, deps) => {
  const fleet = await fleetOf(inSession(call, deps), deps)
  const configured = new Set(fleet.agents.map(({ name }) => name))
  const owner = fleetId(fleet)
  const isOurs = (one: AgentRecord) => one.extra.fleet_owner === owner && configured.has(one.name)
  return withTown(call, deps, async ({ town }) => {
    const force = call.options.force === true
    const all = call.options.all === true
    const known = await listAgents(town)
    const spawned = known.filter((one) => isOurs(one) && isSpawned(fleet, one.name))
    const left = spawned.filter(({ state }) => isOver(state) || (all && force)).map(({ name }) => name)
    await dismissSpawned(call, deps, left)
    for (const name of left) configured.delete(name)
    const agents = (await listAgents(town)).filter((one) => !isOurs(one))
    const living = agents.filter((one) => !isTerminal(one.state))
    if (all && !force && living.length > 0) throw theyLive(living)
    const chosen = all ? agents : agents.filter(({ state }) => isOver(state))
    const rows: Row[] = []
    for (const agent of chosen) rows.push(await pruneOne(town, agent, force))
    await tell(rows, call, deps)
    return Exit.done
  })
}

async function pruneOne(town: Town, agent: AgentRecord, force: boolean): Promise<Row> {
  const done = await pruneAgent(town, agent, force)
  const { id, name } = agent
  return { id, name, ...said(done), moved: done.kind === 'pruned' ? done.moved : [] }
}

function said(done: Pruned): Pick<Row, 'result' | 'detail'> {
  if (done.kind === 'leaving')
    return {
      result: 'kept',
      detail:
        'it was told to stop, and its loop has not been seen to leave; `agents prune --force` takes it all the same',
    }
  const moved = done.kind === 'pruned' ? done.moved.length : 0
  const mail = moved === 0 ? '' : `; ${moved} message(s) went to the backlog and to the mailbox of people`
  return { result: 'pruned', detail: `it is no more in the town${mail}` }
}

function theyLive(living: readonly AgentRecord[]): UserError {
  const names = living.map(({ name }) => visible(name)).slice(0, 20)
  return new UserError({
    code: 'TOWN_AGENTS_LIVE',
    what: `${living.length} agent(s) still live: ${names.join(', ')}. Nothing was done.`,
    fix: 'Stop them first (`agents kill NAME`, `agents wait NAME`), or add --force: they are told to stop, and are taken out at once.',
  })
}

async function tell(rows: readonly Row[], call: Invocation, deps: CliDeps): Promise<void> {
  if (call.options.json === true) return deps.io.out(toJson({ version: 1, agents: rows }))
  if (rows.length === 0)
    return deps.io.out(' nothing to do: nobody in town is over but agents of this config\n')
  for (const { id, name, result, detail, moved } of rows) {
    await deps.io.out(` ${visible(name)} (${shortId(id)}) ${result}: ${detail}\n`)
    for (const one of moved)
      await deps.io.out(`   ${one.type} ${visible(one.text).slice(0, 120)}: ${one.result}\n`)
  }
}
