import { eventArgs } from '../events/events.ts'
import { recoverAgent } from '../lua/recover.ts'
import { runScript } from '../run-script.ts'
import type { Town } from '../town.ts'
import { type AgentRecord, type AgentState, agentLabel } from '../wire/agent-record.ts'
import { readAgents } from './agents.ts'

/** Milliseconds. Without a sign of life for so long, a worker that waits for messages is dead: it writes one every 5 s. As `tt` has it. */
export const STALE_MS = 120_000

/** What is known about processes. */
export interface Evidence {
  /** A process of this machine has the agent's id among its arguments, as every worker of `tt` does. */
  runs(agent: string): boolean
  /** Mark of the fleet that asks: its own agents are the matter of its watchdog. */
  owner?: string | undefined
  /** The town's Redis takes only clients of this machine: no worker can be anywhere else. */
  onlyHere: boolean
}

export type Verdict =
  | { kind: 'ours' }
  | { kind: 'over' }
  | { kind: 'paused' }
  | { kind: 'alive'; because: string }
  /** It may live on another machine: a worker of `tt` gives no sign while its CLI runs (W17). */
  | { kind: 'unknown'; because: string }
  | { kind: 'dead'; because: string }

/** States in which a worker of `tt` writes a heartbeat every few seconds. */
const BEATING: readonly AgentState[] = ['idle', 'draining']

/** Is this agent dead? Never said of one that may live. Agents of a fleet are the matter of its watchdog, while it has one. */
export function judge(agent: AgentRecord, now: number, evidence: Evidence): Verdict {
  const owner = agent.extra.fleet_owner
  const kept = owner !== undefined || agent.extra.fleet_state !== undefined
  const gone = owner !== undefined && owner !== evidence.owner && now - agent.heartbeatAt >= STALE_MS
  if (kept && !gone) return { kind: 'ours' }
  if (['stopped', 'error', 'cold'].includes(agent.state)) return { kind: 'over' }
  if (kept)
    return {
      kind: 'unknown',
      because: `no watchdog of its fleet has given a sign for ${Math.round((now - agent.heartbeatAt) / 1000)} s, but it may run without one`,
    }
  if (evidence.runs(agent.id)) return { kind: 'alive', because: 'its process runs here' }
  const silent = now - agent.heartbeatAt
  if (silent < STALE_MS)
    return { kind: 'alive', because: `a sign of life ${Math.max(0, Math.round(silent / 1000))} s ago` }
  if (agent.state === 'paused') return { kind: 'paused' }
  const since = `no sign of life for ${Math.round(silent / 1000)} s and no process here`
  if (evidence.onlyHere || BEATING.includes(agent.state)) return { kind: 'dead', because: since }
  return { kind: 'unknown', because: `${since}, but it may run its CLI on another machine` }
}

export interface Recovery {
  agent: AgentRecord
  verdict: Verdict
  /** It is stopped now by us. */
  recovered: boolean
}

/**
 * Writes down which agents are dead; never a living one, not even one that comes back while this looks.
 * @param force also one that may run on another machine
 */
export async function recover(town: Town, evidence: Evidence, force = false): Promise<Recovery[]> {
  const now = town.now()
  const found: Recovery[] = []
  for (const { agent, hash } of await readAgents(town)) {
    const verdict = judge(agent, now, evidence)
    const dead = verdict.kind === 'dead' || (force && verdict.kind === 'unknown')
    found.push({ agent, verdict, recovered: dead && (await stop(town, agent, hash)) })
  }
  return found
}

async function stop(
  town: Town,
  agent: AgentRecord,
  hash: Readonly<Record<string, string>>,
): Promise<boolean> {
  const event = {
    type: 'agent_stopped',
    agent: agent.id,
    oldState: agent.state,
    newState: 'stopped',
    message: `Recovered ${agentLabel(agent)}: it was dead`,
    at: town.now(),
  } as const
  const [word] = await runScript(town, recoverAgent, [
    agent.id,
    hash.state ?? '',
    hash.last_heartbeat ?? '',
    '🔄 Recovered by agents recover (orphaned)',
    ...eventArgs(town.keys, [event]),
  ])
  return word === 'done'
}
