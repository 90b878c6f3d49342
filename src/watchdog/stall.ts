import type { BackendSpec, EpochMs, Reading } from '../core/index.ts'
import { confirmed } from './suspect.ts'
import { act, span, type Tick, wakeAt } from './tick.ts'
import { trouble } from './trouble.ts'
import type { AgentMemory, AgentSeen, Sighting } from './types.ts'

type Alive = Extract<Sighting, { kind: 'alive' }>

const nudgeWaitMs = 30_000

interface Due {
  because: string
  marker: number | undefined
}

/**
 * Alive without progress: idle for long enough by looks, no CPU used at two of them, nudged once in vain. True when
 * something was decided.
 */
export function decideStall(t: Tick, a: AgentSeen, m: AgentMemory, s: Alive): boolean {
  if (a.spec.watch !== 'heal+stall' || a.backend === undefined || m.idle === undefined) return false
  if (s.reading.state === 'unknown') return false
  const due = stallDue(t, m, s.reading, a.backend)
  if (due === undefined) return false
  t.wantCpu.push(a.spec.name)
  if (s.cpuBusy === undefined) return false
  if (s.cpuBusy) return startOver(m)
  if (!confirmed(t, m, 'stall', s.lookAt)) return false
  if (canNudge(a.backend, m, s.reading)) return nudge(t, a, m, due)
  const evidence = [
    `reading ${s.reading.state} (${s.reading.rule})`,
    ...s.reading.claims.map((c) => c.evidence),
    `idle for ${span(m.idle.ms)} by looks`,
    'its process tree used no CPU at two looks',
  ]
  return trouble(t, a, m, s, 'stall', due.because, evidence, { predicate: 'stall', marker: due.marker })
}

/** Its process tree works: that is progress, whatever the screen says. */
function startOver(m: AgentMemory): false {
  m.idle = { ms: 0, lastLook: m.idle!.lastLook }
  m.suspect = undefined
  m.nudgedAt = undefined
  m.nudgedIdleMs = undefined
  return false
}

function stallDue(t: Tick, m: AgentMemory, reading: Reading, backend: BackendSpec): Due | undefined {
  const idleMs = m.idle!.ms
  const waited = m.nudgedIdleMs === undefined ? undefined : idleMs - m.nudgedIdleMs
  if (waited !== undefined && waited < Math.min(backend.stallIdleMs, nudgeWaitMs)) return undefined
  const { marker, passed } = waitingState(t, m, reading)
  if (marker !== undefined && !passed) return undefined
  if (marker !== undefined && marker !== m.usedMarker) {
    if (idleMs < 2 * t.want.watchdog.tickMs) return undefined
    const grace = span(t.want.watchdog.stallGraceMs)
    return { because: `its WAITING-UNTIL passed more than ${grace} ago and it does nothing`, marker }
  }
  if (idleMs < backend.stallIdleMs) return undefined
  return { because: `idle for ${span(idleMs)} (stall_idle ${span(backend.stallIdleMs)})`, marker: undefined }
}

/**
 * Follows the WAITING-UNTIL of every living agent, also while nothing may be done to it. It is turned into monotonic
 * time when it is first seen: a later jump of the wall clock kills nobody. When the clock jumped since the look before,
 * nobody knows by which clock it was written: the later instant counts.
 */
export function followMarker(t: Tick, m: AgentMemory, marker: EpochMs | undefined): void {
  if (marker !== undefined && m.waiting?.marker !== marker) keepMarker(t, m, marker)
  m.clockOffset = t.now.wall - t.now.mono
}

function keepMarker(t: Tick, m: AgentMemory, marker: EpochMs): void {
  const { wall, mono } = t.now
  const before = m.clockOffset === undefined ? wall : mono + m.clockOffset
  m.waiting = { marker, due: mono + Math.max(0, marker - wall, marker - before) }
}

/** Has the declared waiting ended, grace included? An old marker gets no grace. */
function waitingState(t: Tick, m: AgentMemory, reading: Reading): { marker?: number; passed: boolean } {
  const marker = reading.waitingUntil
  if (marker === undefined) return { passed: true }
  if (m.waiting?.marker !== marker) keepMarker(t, m, marker)
  const grace = marker === m.usedMarker ? 0 : t.want.watchdog.stallGraceMs
  const end = m.waiting!.due + grace
  wakeAt(t, end)
  return { marker, passed: t.now.mono > end }
}

function canNudge(backend: BackendSpec, m: AgentMemory, reading: Reading): boolean {
  return backend.patterns.composer !== undefined && reading.state === 'idle' && m.nudgedAt === undefined
}

function nudge(t: Tick, a: AgentSeen, m: AgentMemory, due: Due): true {
  m.nudgedAt = t.now.mono
  m.nudgedIdleMs = m.idle!.ms
  m.suspect = undefined
  act(t, m, { kind: 'nudge', agent: a.spec.name, because: `${due.because}: asked once before a restart` })
  return true
}
