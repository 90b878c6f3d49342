import { failureText } from './person.ts'
import { confirmed } from './suspect.ts'
import { act, setLife, span, type Tick, wakeAt } from './tick.ts'
import type { AgentMemory, AgentSeen, Down, Sighting } from './types.ts'

type Alive = Extract<Sighting, { kind: 'alive' }>

/** Free of the error for this long, the service counts as well again: a spinner before the next error is no health. Milliseconds. */
const wellMs = 30_000

/**
 * A service that is overloaded gets well by itself: the agent is asked to carry on, each time later, and never
 * restarted. One that tries again by itself reads working and is left alone. True: nothing else is decided now.
 */
export function decideOverload(t: Tick, a: AgentSeen, m: AgentMemory, s: Alive): boolean {
  if (s.reading.state !== 'failing' || s.reading.failClass !== 'overload') {
    recover(t, m, s)
    return false
  }
  if (m.overload === undefined && !confirmed(t, m, 'overload', s.lookAt)) return true
  const overload = m.overload ?? begin(t, m)
  m.idle = undefined
  m.nudgedAt = undefined
  m.nudgedIdleMs = undefined
  const { calmSince: _, ...loud } = overload
  m.overload = loud
  const left = loud.next - t.now.mono
  setLife(t, m, 'up', `the service is overloaded; asked to carry on in ${span(left)}`)
  wakeAt(t, loud.next)
  if (left > 0) return true
  climb(t, m, loud.step)
  const because = `the service was overloaded (${failureText(s.reading)}): asked to carry on, time ${loud.step + 1}`
  act(t, m, { kind: 'carry-on', agent: a.spec.name, because })
  return true
}

function begin(t: Tick, m: AgentMemory): NonNullable<AgentMemory['overload']> {
  m.suspect = undefined
  m.overload = { step: 0, next: t.now.mono + waitOf(t, 0), since: t.now.wall }
  return m.overload
}

/** One step further: the next wait is longer, up to the last one of the ladder. */
function climb(t: Tick, m: AgentMemory, step: number): void {
  const since = m.overload?.since ?? t.now.wall
  m.overload = { step: step + 1, next: t.now.mono + waitOf(t, step + 1), since }
}

function waitOf(t: Tick, step: number): number {
  const ladder = t.want.watchdog.overloadWaitsMs
  return ladder[Math.min(step, ladder.length - 1)] ?? 30_000
}

function recover(t: Tick, m: AgentMemory, s: Alive): void {
  const { overload } = m
  if (overload === undefined) return
  if (s.reading.state === 'asking' || s.reading.state === 'unknown') return
  const calmSince = overload.calmSince ?? t.now.mono
  m.overload = t.now.mono - calmSince >= wellMs ? undefined : { ...overload, calmSince }
}

/** It ended for an overloaded service: started again by the same ladder, without a strike. True: it waits. */
export function waitOutOverload(t: Tick, m: AgentMemory, down: Down): boolean {
  if (down.cause !== 'overload') return false
  const run = down.run ?? `${down.since}`
  if (m.overload?.run !== run) {
    const step = m.overload?.step ?? 0
    const { since } = m.overload ?? begin(t, m)
    m.overload = { step: step + 1, next: t.now.mono + waitOf(t, step), since, run }
  }
  const left = m.overload!.next - t.now.mono
  if (left <= 0) return false
  wakeAt(t, m.overload!.next)
  setLife(t, m, 'backing-off', `it ended because the service was overloaded; started again in ${span(left)}`)
  return true
}
