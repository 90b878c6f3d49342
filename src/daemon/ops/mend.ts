import type { AgentSpec } from '../../core/index.ts'
import { spenderFor } from '../../watchdog/accounts.ts'
import { resetAgent } from '../../watchdog/memory.ts'
import { releaseHold } from '../../watchdog/release.ts'
import { saveHold } from '../act/limits.ts'
import { wakeStuck } from '../act/wake-worker.ts'
import type { Outcome } from '../control/control.ts'
import type { Desk } from '../control/local.ts'
import { agentsOf } from '../control/targets.ts'
import { insistOnIntent, intentOf, recordIntent } from '../intents.ts'

/** Forgets strikes, back-off and parking; the next step starts the agent again. */
export function forgive(desk: Desk, agents: readonly AgentSpec[]): void {
  desk.engine.remember((memory) => agents.reduce((kept, spec) => resetAgent(kept, spec.name), memory))
}

export async function resetAgents(desk: Desk, names: readonly string[]): Promise<Outcome[]> {
  const { world } = desk.engine.crew()
  const known = agentsOf(world.fleet(), names)
  const memory = desk.engine.memory()
  const inTrouble = (spec: AgentSpec): boolean => {
    const one = memory.agents[spec.name]
    return one?.parked !== undefined || one?.backoff !== undefined || (one?.restarts.length ?? 0) > 0
  }
  const troubled = known.filter(inTrouble)
  forgive(desk, troubled)
  for (const spec of troubled)
    world.report({ kind: 'reset', agent: spec.name, because: 'the operator asked for it' })
  await desk.engine.refresh()
  return known
    .filter((spec) => names.length > 0 || troubled.includes(spec))
    .map((spec) => ({
      name: spec.name,
      result: troubled.includes(spec) ? 'reset' : 'skipped',
      detail: troubled.includes(spec)
        ? 'strikes, back-off and parking are forgotten'
        : 'had nothing to forget',
    }))
}

export async function pauseAgents(desk: Desk, names: readonly string[], paused: boolean): Promise<Outcome[]> {
  const { world } = desk.engine.crew()
  const known = agentsOf(world.fleet(), names)
  const changed = known.filter((spec) => intentOf(world.intents.peek(), spec.name).paused !== paused)
  const limited = paused || names.length === 0 ? [] : known.filter((spec) => !changed.includes(spec))
  const asked = await askLimited(desk, limited)
  const woken = paused ? [] : await wakeStuck(desk.engine.crew(), known)
  const wishes = changed.map((spec) => spec.name)
  const at = world.clock.now().wall
  const unwritten = paused ? await insistOnIntent(world.intents, wishes, { paused }, at) : undefined
  if (!paused) await recordIntent(world.intents, wishes, { paused }, at)
  for (const spec of changed) {
    world.report({
      kind: paused ? 'pause' : 'resume',
      agent: spec.name,
      because: 'the operator asked for it',
    })
  }
  await desk.engine.refresh()
  return known.map((spec) => ({
    name: spec.name,
    result:
      changed.includes(spec) || asked.includes(spec.name) || woken.includes(spec.name)
        ? paused
          ? 'paused'
          : 'resumed'
        : 'skipped',
    detail: paused
      ? `${changed.includes(spec) ? '' : 'was paused already: '}the watchdog leaves it alone until \`agents resume\`${
          unwritten === undefined ? '' : `; not remembered: ${unwritten}`
        }`
      : asked.includes(spec.name)
        ? 'it is asked now whether its usage limit is over'
        : woken.includes(spec.name)
          ? 'it tries again now'
          : changed.includes(spec)
            ? 'the watchdog looks after it again'
            : 'was not paused: the watchdog looks after it',
  }))
}

/** Agents that a usage limit holds are asked at once: the person knows more than the clock. */
async function askLimited(desk: Desk, specs: readonly AgentSpec[]): Promise<string[]> {
  const { world, phases } = desk.engine.crew()
  const asked: string[] = []
  for (const spec of specs) {
    const spender = spenderFor(world.fleet(), spec.backend, phases.model(spec))
    const released = releaseHold(desk.engine.memory(), spec.name, spender, world.clock.now())
    if (released === undefined) continue
    desk.engine.remember(() => released)
    const hold = released.agents[spec.name]?.hold
    if (hold !== undefined) await saveHold(world, spec, hold)
    world.report({ kind: 'resume', agent: spec.name, because: 'the operator says that its limit is over' })
    asked.push(spec.name)
  }
  return asked
}
