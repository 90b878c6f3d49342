import type { MessageReport } from '../../core/index.ts'
import { type Entry, isSettled } from '../../delivery/entry.ts'
import type { Memory } from '../../watchdog/types.ts'
import type { Crew } from '../engine.ts'
import { inTheWay } from './in-the-way.ts'

/** An entry of the outbox for people and programs, with why it waits. */
export function messageReport(crew: Crew, memory: Memory, entry: Entry): MessageReport {
  return {
    id: entry.id,
    agent: entry.agent,
    kind: entry.kind,
    mode: entry.mode ?? 'queue',
    state: entry.state,
    why: isSettled(entry) ? entry.why : whyWaiting(crew, memory, entry),
    presented: entry.presented,
    queuedAt: entry.queuedAt,
    stagedAt: entry.stagedAt,
    submittedAt: entry.submittedAt,
    seenAt: entry.seenAt,
    seenBy: entry.seenBy,
    acknowledgedAt: entry.acknowledgedAt,
    failedAt: entry.failedAt,
    text: entry.text,
    file: entry.file,
  }
}

/** What is in the way now; else what was at the last try. */
export function whyWaiting(crew: Crew, memory: Memory, entry: Entry): string | undefined {
  const why = inTheWay(crew, memory, entry.agent) ?? entry.why
  if (why !== undefined) return why
  const spec = crew.world.fleet().agents.find((one) => one.name === entry.agent)
  const seen = spec === undefined ? undefined : crew.observer.sighting(spec)
  const works = seen?.kind === 'alive' && seen.reading.state === 'working'
  return works ? 'it works; the message waits for the end of its turn' : undefined
}
