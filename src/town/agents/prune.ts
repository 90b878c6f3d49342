import { prune } from '../lua/prune.ts'
import { refusal } from '../refusals.ts'
import { runScript } from '../run-script.ts'
import type { Town } from '../town.ts'
import { type AgentRecord, isTerminal } from '../wire/agent-record.ts'
import { SUPERVISOR } from '../wire/ids.ts'
import { orderAnother } from './order-others.ts'
import { type Reclaimed, reclaimFrom } from './reclaim.ts'

export type Pruned =
  | { kind: 'pruned'; moved: Reclaimed[] }
  /** Its loop was told to stop and has not been seen to leave. */
  | { kind: 'leaving' }

/** Times that messages are moved which came while others were. */
const tries = 5

/**
 * Takes an agent that is over out of the town. What waits for it goes first: tasks to the backlog, everything else to the
 * mailbox of people. One that lives is told to stop before, where `force` says so.
 * @throws {UserError} TOWN_AGENT_ALIVE
 */
export async function pruneAgent(town: Town, agent: AgentRecord, force: boolean): Promise<Pruned> {
  const { id, name, state } = agent
  if (!isTerminal(state)) {
    if (!force) throw refusal(['agent-alive', id, state])
    await orderAnother(town, { id, name, record: agent }, 'kill')
  }
  if (!force && (await town.redis.call('EXISTS', town.keys.stop(id))) === 1) return { kind: 'leaving' }
  const moved: Reclaimed[] = []
  for (let left = tries; ; left -= 1) {
    moved.push(...(await reclaimFrom(town, id, { kind: 'backlog', others: { id: SUPERVISOR } })))
    const [word = '', ...said] = await runScript(town, prune, [id, force ? '1' : ''])
    // Gone: done twice, or by somebody else.
    if (word === 'done' || word === 'gone') return { kind: 'pruned', moved }
    if (word === 'leaving') return { kind: 'leaving' }
    if (word !== 'waits' || left === 0) throw refusal([word, ...said])
  }
}
