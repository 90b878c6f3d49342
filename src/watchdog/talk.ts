import type { BackendSpec, Reading, ReadingState } from '../core/index.ts'
import { act, isResting, type Tick, wakeAt } from './tick.ts'
import type { Action, AgentMemory, AgentSeen, Sighting } from './types.ts'

type Alive = Extract<Sighting, { kind: 'alive' }>

/** Readings in which text must not be typed: a dialog, a limit, an error or a bare shell has the keyboard (F18). */
const deaf: ReadonlySet<ReadingState> = new Set<ReadingState>(['asking', 'limited', 'failing', 'shell'])

/** Whether nothing may be typed to an agent that reads so. */
export const isDeaf = (state: ReadingState): boolean => deaf.has(state)

/** What may be typed to an agent that is up and well: its first message, a queued one, or its wake-up. One at a time. */
export function talk(t: Tick, a: AgentSeen, m: AgentMemory, s: Alive): void {
  if (deaf.has(s.reading.state) || m.suspect?.predicate === 'limit') return
  if (a.kickoffPending) {
    say(t, a, m, 'kickoff', 'started; its first message has not been submitted')
    return
  }
  if (a.queued > 0) {
    // A message waits for the end of the turn, unless it was sent to cut in.
    if (inTurn(a.backend, s.reading) && !a.cutsIn) return
    const many = a.queued === 1 ? 'a message waits' : `${a.queued} messages wait`
    say(t, a, m, 'deliver', `${many}; reading ${s.reading.state}`)
    return
  }
  if (s.reading.state === 'working' || !isWakeDue(t, m)) return
  const { next, intervalMs } = m.wake!
  const missed = Math.floor((t.now.mono - next) / intervalMs)
  m.wake = { next: next + (missed + 1) * intervalMs, intervalMs }
  wakeAt(t, m.wake.next)
  say(t, a, m, 'wake', `its wake interval of ${intervalMs} ms is over`)
}

/** Rules by which output alone counts as work. */
const drawn: ReadonlySet<string> = new Set(['screen-changes', 'log-written'])

/**
 * Output alone is no turn where a turn would show itself by its working row or its title: an agent that draws the message
 * before this one takes the next. Where nothing tells a turn, its screen must have come to rest.
 */
export function inTurn(backend: BackendSpec | undefined, reading: Reading): boolean {
  if (reading.state !== 'working') return false
  const tells = backend?.patterns.active !== undefined || backend?.patterns.titleWorking !== undefined
  return !(tells && drawn.has(reading.rule))
}

function say(
  t: Tick,
  a: AgentSeen,
  m: AgentMemory,
  kind: Extract<Action['kind'], 'kickoff' | 'deliver' | 'wake'>,
  because: string,
): void {
  if (isResting(t, m, kind)) return
  act(t, m, { kind, agent: a.spec.name, because })
}

function isWakeDue(t: Tick, m: AgentMemory): boolean {
  return m.wake !== undefined && !t.seen.phase?.complete && m.wake.next <= t.now.mono
}

/** Keeps the wake clock in step with the config: a wake that was added, removed or given another interval. */
export function keepWakeClock(t: Tick, a: AgentSeen, m: AgentMemory): void {
  const intervalMs = a.spec.wake?.intervalMs
  if (intervalMs === undefined || intervalMs <= 0) {
    m.wake = undefined
    return
  }
  if (m.wake === undefined) m.wake = { next: t.now.mono + intervalMs, intervalMs }
  else if (m.wake.intervalMs !== intervalMs) {
    m.wake = { next: m.wake.next - m.wake.intervalMs + intervalMs, intervalMs }
  }
  wakeAt(t, m.wake.next)
}
