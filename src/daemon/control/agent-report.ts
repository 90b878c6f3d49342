import type { AgentReport, AgentSpec, EpochMs, FleetEvent, Reading, ReadingState } from '../../core/index.ts'
import { visible } from '../../core/text.ts'
import { waiting } from '../../delivery/outbox.ts'
import { covering } from '../../watchdog/account-clock.ts'
import { spenderFor } from '../../watchdog/accounts.ts'
import { whyStuck } from '../../watchdog/stuck.ts'
import type { AgentMemory, Sighting } from '../../watchdog/types.ts'
import { intentOf } from '../intents.ts'
import { askingOf } from '../ops/answer.ts'
import { whyWaiting } from '../ops/message-report.ts'
import type { StatusFacts } from './facts.ts'

/** One agent of a status. */
export function agentReport(facts: StatusFacts, spec: AgentSpec): AgentReport {
  const { world, observer, phases } = facts.engine.crew()
  const memory = facts.engine.memory().agents[spec.name]
  const seen = observer.sighting(spec)
  const intent = intentOf(world.intents.peek(), spec.name)
  const last = facts.lastEvents.get(spec.name)
  const pane = seen.kind === 'alive' || seen.kind === 'dead' ? seen.pane : undefined
  const { life, because } = lifeOf(seen, memory, facts.watchdog.running)
  const away = memory?.sidestep?.back === true ? undefined : memory?.sidestep?.home
  return {
    name: spec.name,
    session: spec.session,
    kind: spec.kind,
    backend: spec.backend,
    model: phases.model(spec) || 'default',
    ...(away === undefined ? {} : { insteadOf: { ...away, model: away.model || 'default' } }),
    watch: spec.watch,
    enabled: spec.enabled,
    paused: intent.paused,
    life,
    because,
    reading: seen.kind === 'alive' ? shownState(seen.reading, memory) : undefined,
    failClass: seen.kind === 'alive' ? seen.reading.failClass : undefined,
    since: memory?.lifeSince ?? pane?.createdAt,
    until: limitEnd(facts, spec) ?? retryAt(facts, memory) ?? memory?.backoff?.untilWall,
    restarts: memory?.restarts.length ?? 0,
    lastEvent: last === undefined ? undefined : { at: last.at, text: eventText(last) },
    pid: seen.kind === 'alive' ? seen.pane.panePid : undefined,
    command: seen.kind === 'alive' ? visible(seen.pane.command) : undefined,
    asking: askingOf(facts.engine, spec),
    ...mailReport(facts, spec),
  }
}

function mailReport({ engine }: StatusFacts, spec: AgentSpec): Pick<AgentReport, 'queued' | 'queuedWhy'> {
  const crew = engine.crew()
  const line = waiting(crew.world.outbox.peek(), spec.name)
  const why = line[0] === undefined ? undefined : whyWaiting(crew, engine.memory(), line[0])
  return { queued: line.length, queuedWhy: why === undefined ? undefined : visible(why) }
}

/** A limit that waits for a person is a question to one. */
const shownState = (reading: Reading, memory: AgentMemory | undefined): ReadingState =>
  reading.state === 'limited' && memory?.hold?.asks !== undefined ? 'asking' : reading.state

/** Until when a limit holds it: its own, or its account's. Nobody knows where a person must act. */
function limitEnd(facts: StatusFacts, spec: AgentSpec): EpochMs | undefined {
  const { engine } = facts
  const memory = engine.memory()
  const { hold, life } = memory.agents[spec.name] ?? {}
  if (hold !== undefined) return hold.asks === 'blocked' ? undefined : hold.until
  if (life !== 'held' || memory.fleet.clocks.length === 0) return undefined
  const { world, phases } = engine.crew()
  const spender = spenderFor(world.fleet(), spec.backend, phases.model(spec))
  const clocks = covering(memory.fleet.clocks, spender)
  const ends = clocks.flatMap((clock) =>
    clock.kind === 'timed' && clock.open === undefined ? clock.until : [],
  )
  return ends.length === 0 ? undefined : Math.max(...ends)
}

/** When a start that failed is tried again. */
function retryAt(facts: StatusFacts, memory: AgentMemory | undefined): EpochMs | undefined {
  if (memory === undefined || memory.life !== 'backing-off' || whyStuck(memory) === undefined)
    return undefined
  const { wall, mono } = facts.engine.crew().world.clock.now()
  return wall + Math.max(0, memory.retry!.at - mono)
}

/** Without a watchdog nobody keeps the memory: then a living pane is simply up, a missing one stopped. */
export function lifeOf(
  seen: Sighting,
  memory: AgentMemory | undefined,
  watched: boolean,
): { life: AgentReport['life']; because: string | undefined } {
  if (watched && memory !== undefined) return { life: memory.life, because: memory.because }
  if (seen.kind === 'unknown') return { life: 'unknown', because: seen.why }
  if (seen.kind === 'alive') {
    return memory?.hold !== undefined && seen.reading.state === 'limited'
      ? { life: 'held', because: memory.because }
      : { life: 'up', because: undefined }
  }
  if (memory?.parked !== undefined) return { life: 'parked', because: memory.parked.because }
  return {
    life: 'stopped',
    because: seen.kind === 'foreign' ? seen.why : seen.kind === 'dead' ? seen.evidence[0] : undefined,
  }
}

/** An event in one line. */
export const eventText = (event: FleetEvent): string =>
  visible(event.because === undefined ? event.kind : `${event.kind}: ${event.because}`)
