import type { MessageReport } from '../../core/index.ts'
import { type Entry, isSettled } from '../../delivery/entry.ts'
import { isDeaf } from '../../watchdog/talk.ts'
import type { Crew } from '../engine.ts'
import { intentOf } from '../intents.ts'

/** An entry of the outbox for people and programs, with why it waits. */
export function messageReport(crew: Crew, entry: Entry): MessageReport {
  return {
    id: entry.id,
    agent: entry.agent,
    kind: entry.kind,
    mode: entry.mode ?? 'queue',
    state: entry.state,
    why: isSettled(entry) ? entry.why : whyWaiting(crew, entry),
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
export function whyWaiting({ world, observer }: Crew, entry: Entry): string | undefined {
  const spec = world.fleet().agents.find((one) => one.name === entry.agent)
  if (spec === undefined) return 'its agent is in no table of the config any more'
  if (intentOf(world.intents.peek(), spec.name).paused) return 'its agent is paused'
  const seen = observer.sighting(spec)
  if (seen.kind === 'missing' || seen.kind === 'dead') return 'its agent does not run'
  if (seen.kind === 'foreign' || seen.kind === 'unknown') return seen.why
  if (isDeaf(seen.reading.state)) return `its agent reads ${seen.reading.state}`
  if (entry.why !== undefined) return entry.why
  return seen.reading.state === 'working' ? 'it works; the message waits for the end of its turn' : undefined
}
