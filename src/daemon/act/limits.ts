import * as v from 'valibot'
import type { AgentSpec } from '../../core/index.ts'
import type { LimitHold } from '../../watchdog/types.ts'
import { limitPath } from '../names.ts'
import type { World } from '../world.ts'

/** Writes the Python driver's limit file: `until` in seconds, as it did. */
export async function saveHold(world: World, spec: AgentSpec, hold: LimitHold): Promise<void> {
  const record = { until: hold.until / 1000, nudges: hold.nudges, text: hold.text }
  await world.store.saveText(limitPath(world.fleet(), spec.session), JSON.stringify(record))
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
  const until = parsed?.until ?? now.wall + world.fleet().watchdog.limitProbeFallbackMs
  return {
    until,
    untilMono: now.mono + Math.max(0, until - now.wall),
    nudges: parsed?.nudges ?? 0,
    text: parsed?.text ?? corruptText,
  }
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
