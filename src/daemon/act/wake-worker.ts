import type { AgentSpec } from '../../core/index.ts'
import type { Crew } from '../engine.ts'

/**
 * Tells a worker that waits, after a failure or at a usage limit, to try again now. CONT does no harm to a program that
 * does not know it. @returns false where no worker lives
 */
export async function wakeWorker({ world, observer }: Crew, spec: AgentSpec): Promise<boolean> {
  if (spec.kind !== 'worker') return false
  const pane = observer.pane(spec.name, spec.session)
  if (pane === undefined || pane.dead || pane.tag?.agent !== spec.name) return false
  const id = await world.procs.identify(pane.panePid)
  return id !== undefined && world.procs.signal(id, 'SIGCONT')
}

/** Those of them that said that they are stuck, and try again now. */
export async function wakeStuck(crew: Crew, specs: readonly AgentSpec[]): Promise<string[]> {
  const stuck = specs.filter((spec) => {
    const seen = crew.observer.sighting(spec)
    return seen.kind === 'alive' && (seen.reading.state === 'failing' || seen.reading.state === 'limited')
  })
  const woken = await Promise.all(
    stuck.map(async (spec) => ((await wakeWorker(crew, spec)) ? [spec.name] : [])),
  )
  return woken.flat()
}
