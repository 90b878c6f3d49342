import * as v from 'valibot'
import type { AgentSpec } from '../../core/index.ts'
import { holdUntil } from '../../watchdog/limit-until.ts'
import type { LimitHold } from '../../watchdog/types.ts'
import { limitPath } from '../names.ts'
import type { World } from '../world.ts'

/** Writes the Python driver's limit file: `until` in seconds, as it did. */
export async function saveHold(world: World, spec: AgentSpec, hold: LimitHold): Promise<void> {
  const record = { until: hold.until / 1000, nudges: hold.nudges, text: hold.text }
  await world.store.saveText(limitPath(world.fleet(), spec.session), JSON.stringify(record))
}

/** What was to ask whether the limit is over and was not typed says nothing any more. */
export async function dropProbes(world: World, spec: AgentSpec): Promise<void> {
  await world.outbox.update((box) => {
    const entries = box.entries.filter(
      (entry) => entry.agent !== spec.name || entry.kind !== 'probe' || entry.state !== 'queued',
    )
    return entries.length === box.entries.length ? box : { ...box, entries }
  })
}

export async function removeHold(world: World, spec: AgentSpec): Promise<void> {
  await world.store.remove(limitPath(world.fleet(), spec.session))
}

/** What an unreadable limit record is taken for: limited still, looked at again after the probe period (row 68). */
const corruptText = 'the limit record was damaged'

/** The hold that a file left by an earlier watchdog, or by the Python driver, speaks of. */
export async function loadHold(world: World, spec: AgentSpec): Promise<LimitHold | undefined> {
  const found = await world.store.loadText(limitPath(world.fleet(), spec.session))
  if (found.kind !== 'ok') return undefined
  const now = world.clock.now()
  const parsed = parseHold(found.text)
  if (parsed !== undefined) return holdUntil(now, parsed.until, parsed.nudges, parsed.text)
  const until = now.wall + world.fleet().watchdog.limitProbeFallbackMs
  return { ...holdUntil(now, until, 0, corruptText), unsure: true }
}

const holdFile = v.pipe(
  v.string(),
  v.parseJson(),
  v.object({
    until: v.pipe(v.number(), v.finite()),
    nudges: v.optional(v.number(), 0),
    text: v.optional(v.string(), ''),
  }),
)

function parseHold(text: string): { until: number; nudges: number; text: string } | undefined {
  const read = v.safeParse(holdFile, text)
  return read.success ? { ...read.output, until: read.output.until * 1000 } : undefined
}
