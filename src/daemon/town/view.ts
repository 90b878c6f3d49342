import type { AgentSpec, FailClass, Life, MonoMs, ReadingState } from '../../core/index.ts'
import type { Engine } from '../engine.ts'
import { intentOf } from '../intents.ts'

/** What the watchdog knows of one agent now. */
export interface AgentView {
  life: Life
  reading: ReadingState | undefined
  failClass: FailClass | undefined
  paused: boolean
  /** Its living session; another one after each start. */
  run: string | undefined
}

/** Asks nobody: what the last look gave. */
export function viewOf(engine: Engine, spec: AgentSpec): AgentView {
  const { world, observer } = engine.crew()
  const seen = observer.sighting(spec)
  const alive = seen.kind === 'alive' ? seen : undefined
  return {
    life: engine.memory().agents[spec.name]?.life ?? 'unknown',
    reading: alive?.reading.state,
    failClass: alive?.reading.failClass,
    paused: intentOf(world.intents.peek(), spec.name).paused,
    run: alive?.pane.tag?.run,
  }
}

/** A failure that stands this long is told: `error` lets others take an agent's messages away. Milliseconds. */
const brokenMs = 2_000

/**
 * The view without a failure that was seen only just now: a single look may be a frame that was drawn half.
 * @param memory of this agent alone
 */
export function steadyView(
  view: AgentView,
  memory: { brokenAt?: number | undefined },
  mono: MonoMs,
): AgentView {
  const broken = view.life === 'up' && (view.reading === 'failing' || view.reading === 'shell')
  if (!broken) {
    memory.brokenAt = undefined
    return view
  }
  memory.brokenAt ??= mono
  return mono - memory.brokenAt < brokenMs ? { ...view, life: 'unknown' } : view
}
