import type { Observer } from './look/observer.ts'
import { serviceTag } from './names.ts'
import type { World } from './world.ts'

/** A session of this fleet whose agent or service is in the config no more. */
export interface Stranger {
  /** As the config called it. */
  name: string
  /** The session's tag: the name, or `service:NAME`. */
  tagged: string
  session: string
  /** Its process has ended, and the session is still there. */
  dead: boolean
}

/** How long one is waited for that is asked to leave: its own `stop_grace` went with its table. Milliseconds. */
export const strangerGraceMs = 5_000

/** Those of the last look. */
export function strangersIn(world: World, observer: Observer): Stranger[] {
  const fleet = world.fleet()
  const known = new Set(['watchdog', 'keeper', ...fleet.agents.map((spec) => spec.name)])
  for (const spec of fleet.services) known.add(serviceTag(spec.name))
  return observer.strangers(known).map((pane) => {
    const tagged = pane.tag?.agent ?? ''
    return {
      name: tagged.replace(/^service:/, ''),
      tagged,
      session: pane.sessionName,
      dead: pane.dead,
    }
  })
}
