import * as v from 'valibot'
import { type Marks, noMarks, transitions } from '../../watchdog/transitions.ts'
import type { Observation } from '../../watchdog/types.ts'
import type { World } from '../world.ts'

const recordName = 'transitions.json'
const told = v.object({
  kind: v.picklist(['asking', 'failing']),
  class: v.optional(v.string()),
  text: v.string(),
})
const shape = v.object({
  agents: v.record(v.string(), v.object({ told: v.optional(told), run: v.optional(v.string()) })),
  phaseDone: v.optional(v.number()),
})

/** What was told is kept over restarts of the watchdog: one that still asks is not told of again. */
export async function loadMarks(world: World): Promise<Marks> {
  const loaded = await world.store.load(recordName, (value) => {
    const read = v.safeParse(shape, value)
    return read.success ? (read.output as Marks) : undefined
  })
  return loaded.kind === 'ok' ? loaded.value : noMarks
}

/** Reports each confirmed change between two readings of an agent, once. */
export function createTransitionKeeper(
  world: World,
  initial: Marks,
  complain: (error: unknown) => void,
): { seen(observation: Observation): void; flush(): Promise<void> } {
  let marks = initial
  let saving: Promise<unknown> = Promise.resolve()
  return {
    seen(observation) {
      const next = transitions(marks, observation, world.fleet().watchdog.tickMs)
      marks = next.marks
      if (next.drafts.length === 0) return
      for (const draft of next.drafts) world.report(draft)
      saving = world.store.save(recordName, lasting(marks)).catch(complain)
    },
    flush: async () => void (await saving),
  }
}

function lasting({ agents, phaseDone }: Marks): Marks {
  const kept = Object.entries(agents).flatMap(([name, { told, run }]) =>
    told === undefined ? [] : [[name, { told, ...(run === undefined ? {} : { run }) }]],
  )
  return { agents: Object.fromEntries(kept), ...(phaseDone === undefined ? {} : { phaseDone }) }
}
