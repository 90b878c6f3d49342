import type { SharedRecord } from '../adapters/files/shared-record.ts'
import type { EpochMs, Intent } from '../core/index.ts'

export interface IntentState {
  /** By agent name; of a service by `service:NAME`: what a new boot brings back. */
  agents: Record<string, Intent>
  /** Should a watchdog run? Set by `up`, cleared by `down`. */
  watchdog: 'up' | 'down'
}

export const emptyIntents: IntentState = { agents: {}, watchdog: 'down' }
export const intentRecordName = 'intent.json'

export function checkIntents(value: unknown): IntentState | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  const state = value as Partial<IntentState>
  if (typeof state.agents !== 'object' || state.agents === null) return undefined
  return { agents: state.agents, watchdog: state.watchdog === 'up' ? 'up' : 'down' }
}

/** What is wanted of an agent about which nobody has said anything: up, like the Python driver. */
const byDefault: Intent = { wanted: 'up', paused: false, by: 'default', at: 0 }

export const intentOf = (state: IntentState, agent: string): Intent => state.agents[agent] ?? byDefault

type Patch = Partial<Pick<Intent, 'wanted' | 'paused' | 'drain'>>

/** Writes down what an operator asked for, before anything is done about it. */
export async function recordIntent(
  record: SharedRecord<IntentState>,
  agents: readonly string[],
  patch: Patch,
  at: EpochMs,
  watchdog?: 'up' | 'down',
): Promise<void> {
  if (agents.length === 0 && watchdog === undefined) return
  await record.update(wish(agents, patch, at, watchdog))
}

/**
 * The same for what stops agents, which a full or read-only disk must not keep anybody from: it holds as long as the
 * watchdog lives then. Answers why it is not on disk.
 */
export async function insistOnIntent(
  record: SharedRecord<IntentState>,
  agents: readonly string[],
  patch: Patch,
  at: EpochMs,
  watchdog?: 'down',
): Promise<string | undefined> {
  if (agents.length === 0 && watchdog === undefined) return undefined
  return record.insist(wish(agents, patch, at, watchdog))
}

const wish =
  (agents: readonly string[], patch: Patch, at: EpochMs, watchdog: 'up' | 'down' | undefined) =>
  (state: IntentState): IntentState => {
    const changed = { ...state.agents }
    for (const agent of agents) {
      const { drain, ...known } = intentOf(state, agent)
      // A word about up or down is a new one about how, too.
      const how = patch.wanted === undefined && drain !== undefined ? { drain } : {}
      changed[agent] = { ...known, ...how, ...patch, by: 'operator', at }
    }
    return { agents: changed, watchdog: watchdog ?? state.watchdog }
  }

/**
 * The newest wishes are damaged and the older ones may be the opposite of them: what runs is then wanted up, what does
 * not run is wanted down, so that nothing is stopped or started by a wish that is out of date.
 */
export async function wishWhatRuns(
  record: SharedRecord<IntentState>,
  agents: readonly { name: string; runs: boolean }[],
  at: EpochMs,
): Promise<void> {
  await record.update((state) => {
    const wishes = agents.map(({ name, runs }): [string, Intent] => [
      name,
      { ...intentOf(state, name), wanted: runs ? 'up' : 'down', at },
    ])
    return { ...state, agents: { ...state.agents, ...Object.fromEntries(wishes) } }
  })
}
