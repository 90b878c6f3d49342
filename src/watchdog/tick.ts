import type { Fleet, Life, MonoMs, Now } from '../core/index.ts'
import type { Action, AgentMemory, AgentSeen, CauseClass, FleetMemory, Observation } from './types.ts'

/** One call of decide: what it was given, and what it has gathered so far. The drafts belong to this call alone. */
export interface Tick {
  readonly want: Fleet
  readonly seen: Observation
  readonly now: Now
  readonly random: () => number
  readonly agents: Record<string, AgentMemory>
  readonly fleet: FleetMemory
  readonly actions: Action[]
  readonly starts: StartRequest[]
  readonly wantCpu: string[]
  /** Process name -> backend, to tell a foreign agent program in a pane. */
  readonly programs: Map<string, string>
  /** By clock: the agent that asks first whether the limit is over. */
  readonly firstToAsk: Map<string, string>
  /** A phase move is under way or was just decided: loop agents are its business. */
  loopsMoving: boolean
  loopsComplete: boolean
  nextAt: MonoMs
}

/** A start or restart that waits for the fleet's start rate and breaker. */
export interface StartRequest {
  a: AgentSeen
  m: AgentMemory
  action: Extract<Action, { kind: 'start' | 'restart' }>
  /** It costs a strike when it is let through. */
  charge: boolean
  since: MonoMs
}

export const countedCauses: ReadonlySet<CauseClass> = new Set<CauseClass>([
  'exit',
  'failure',
  'signal',
  'gone',
  'fatal',
  'stall',
  'mismatch',
  'context',
  'crash',
  'start',
])

export function isWatched(a: AgentSeen): boolean {
  return a.spec.enabled && a.spec.watch !== 'none'
}

/** One process in one pane. */
export function runOf(pane: { paneId: string; panePid: number }): string {
  return `${pane.paneId}:${pane.panePid}`
}

/** Asks to be called again at `at`, when nothing happens before. */
export function wakeAt(t: Tick, at: MonoMs): void {
  if (at > t.now.mono && at < t.nextAt) t.nextAt = at
}

/** Sets the life; `lifeSince` moves only when it changes, and not for a failed scan in between. */
export function setLife(t: Tick, m: AgentMemory, life: Life, because?: string): void {
  m.because = because
  if (m.life === life) return
  if (life === 'unknown') m.before = { life: m.life, since: m.lifeSince }
  m.lifeSince = m.life === 'unknown' && m.before?.life === life ? m.before.since : t.now.wall
  if (life !== 'unknown') m.before = undefined
  m.life = life
}

/** True while an action of this kind that failed must not be tried again yet. */
export function isResting(t: Tick, m: AgentMemory, kind: Action['kind']): boolean {
  if (m.retry === undefined || m.retry.kind !== kind || m.retry.at <= t.now.mono) return false
  wakeAt(t, m.retry.at)
  return true
}

/** Puts an action for one agent on the list and remembers that its outcome is awaited. */
export function act(
  t: Tick,
  m: AgentMemory,
  action: Exclude<Action, { kind: 'note' | 'advance' | 'complete' }>,
): void {
  t.actions.push(action)
  m.pending = { kind: action.kind, cause: undefined, charged: false }
}

export function note(
  t: Tick,
  event: Extract<Action, { kind: 'note' }>['event'],
  because: string,
  agent?: string,
  evidence: string[] = [],
  details?: Record<string, unknown>,
): void {
  const said = { kind: 'note' as const, agent, event, because, evidence }
  t.actions.push(details === undefined ? said : { ...said, details })
}

/** "3 s", "5 min", "2 h" for a person. */
export function span(ms: number): string {
  const s = Math.max(0, ms) / 1000
  if (s < 10) return `${Math.round(s * 10) / 10} s`
  if (s < 120) return `${Math.round(s)} s`
  if (s < 7200) return `${Math.round(s / 60)} min`
  return `${Math.round(s / 3600)} h`
}
