import type { Fleet } from '../../core/index.ts'
import { stopSession } from '../act/stop.ts'
import type { FleetControl } from '../control/control.ts'
import type { Engine } from '../engine.ts'
import type { Observer } from '../look/observer.ts'
import type { Loop } from '../loop.ts'
import { fleetTag } from '../names.ts'
import { strangerGraceMs, strangersIn } from '../strangers.ts'
import type { World } from '../world.ts'
import type { ConfigKeeper } from './keeper.ts'

/** What a valid change of the config touches: only what it changes. */
export async function followConfig(
  parts: { engine: Engine; loop: Loop; control: FleetControl; world: World; config: ConfigKeeper },
  change: { before: Fleet; added: string[]; removed: string[] },
): Promise<void> {
  const { engine, loop, world, config } = parts
  engine.setBlocked(config.current().blocked)
  loop.configure()
  await leaveOrStop(world, engine, change.before, change.removed)
  await startAdded(parts, change.added)
  await engine.refresh()
}

/** An added agent starts, whatever its `watch`; one that somebody took down before stays down. */
async function startAdded(
  { control, world }: { control: FleetControl; world: World },
  added: readonly string[],
): Promise<void> {
  const intents = world.intents.peek().agents
  const wanted = world
    .fleet()
    .agents.filter(
      (spec) => added.includes(spec.name) && spec.enabled && intents[spec.name]?.wanted !== 'down',
    )
  if (wanted.length > 0) await control.up(wanted.map((spec) => spec.name))
}

async function leaveOrStop(
  world: World,
  engine: Engine,
  before: Fleet,
  removed: readonly string[],
): Promise<void> {
  if (world.fleet().watchdog.stopRemoved) return stopLeftBehind(engine, before)
  // One that has come back meanwhile is no longer removed.
  const isGone = (name: string) => !world.fleet().agents.some((one) => one.name === name)
  for (const spec of before.agents.filter((one) => removed.includes(one.name) && isGone(one.name))) {
    const pane = engine.crew().observer.pane(spec.name, spec.session)
    if (pane === undefined || pane.tag?.project !== fleetTag(world.fleet())) continue
    world.report({
      kind: 'unmanaged',
      agent: spec.name,
      because: 'it is in no config any more and is left running',
    })
  }
}

/**
 * Ends what is in the config no more, also what was taken out of it while no watchdog ran, or before `stop_removed` was
 * set. `before`: the config that still had it, for its grace.
 */
export async function stopLeftBehind(engine: Engine, before?: Fleet): Promise<void> {
  const { world, observer } = engine.crew()
  const removed = new Map(before?.agents.map((spec) => [spec.name, spec]))
  await Promise.all(
    strangersIn(world, observer).map(({ tagged }) => {
      const graceMs = removed.get(tagged)?.stopGraceMs ?? strangerGraceMs
      return engine.inLane(tagged, 'stop', () => stopOne(world, observer, tagged, graceMs))
    }),
  )
}

async function stopOne(world: World, observer: Observer, tagged: string, graceMs: number): Promise<void> {
  // Meanwhile it may have come back into the config, or have ended.
  const one = strangersIn(world, observer).find((each) => each.tagged === tagged)
  const pane = one && observer.pane(tagged, one.session)
  if (pane === undefined || pane.tag?.agent !== tagged) return
  world.report({ kind: 'stop', agent: tagged, because: 'it is in no config any more (stop_removed)' })
  await stopSession(world, { tagged, panes: [pane], graceMs })
  world.report({ kind: 'stopped', agent: tagged, because: 'removed from the config' })
}
