import { heldText } from './account-clock.ts'
import { type Leave, leaveOf, take } from './accounts.ts'
import { answer, followDialog } from './dialog.ts'
import { forgiveHealthy } from './governor.ts'
import { heal } from './heal.ts'
import { decideLimit } from './limit.ts'
import { decideOverload } from './overload.ts'
import { followSidestep, sidestep } from './sidestep.ts'
import { followMarker } from './stall.ts'
import { confirmed } from './suspect.ts'
import { talk } from './talk.ts'
import { act, isResting, isWatched, runOf, setLife, type Tick } from './tick.ts'
import type { AgentMemory, AgentSeen, Sighting } from './types.ts'

type Alive = Extract<Sighting, { kind: 'alive' }>

/** What to do about an agent whose process is there. */
export function decideAlive(t: Tick, a: AgentSeen, m: AgentMemory, s: Alive): void {
  followRun(t, a, m, s)
  followDialog(t, a, m, s)
  if (a.intent.wanted === 'down') {
    if (a.intent.drain === true && !hasFinished(t, m, s)) return
    stopLeftover(t, a, m)
    return
  }
  if (a.intent.paused) {
    m.idle = undefined
    m.suspect = undefined
    setLife(t, m, 'held', 'paused by an operator')
    return
  }
  if (t.loopsMoving && a.spec.kind === 'loop') {
    setLife(t, m, 'up')
    return
  }
  if (m.parked !== undefined) {
    setLife(t, m, 'parked', m.parked.because)
    return
  }
  const watched = isWatched(a)
  if (watched && followSidestep(t, a, m, s)) return
  // The limit is on record: now its menu may be answered, by a rule that is about it.
  if (m.hold !== undefined && a.ask?.kind === 'limit-menu' && answer(t, a, m, s)) return
  if (watched && decideLimit(t, a, m, s)) return
  const leave = leaveOf(t, a, m)
  if (watched && leave.kind === 'held' && hasWork(a) && s.reading.state !== 'working') {
    if (sidestep(t, a, m, leave.clock)) return
  }
  if (leave.kind === 'held' || (leave.kind === 'slot' && s.reading.state === 'working')) {
    rest(t, m, s, leave)
    return
  }
  const before = t.actions.length + t.starts.length
  countIdle(t, m, s)
  const { life, lifeSince } = m
  setLife(t, m, 'up')
  const answered = answer(t, a, m, s)
  const healed = !answered && watched && (decideOverload(t, a, m, s) || heal(t, a, m, s))
  // Backing off or held as before: it did not become so anew.
  if (healed && m.life === life) m.lifeSince = lifeSince
  if (!healed && !answered) talk(t, a, m, s)
  if (leave.kind === 'slot' && t.actions.length + t.starts.length > before) take(t, a, m)
}

const hasWork = (a: AgentSeen): boolean => a.kickoffPending || a.queued > 0

/** Its account is limited: a running turn goes on, and nothing else is done for it, well or ill (INV-6). */
function rest(t: Tick, m: AgentMemory, s: Alive, leave: Leave): void {
  m.idle = undefined
  m.nudgedAt = undefined
  m.nudgedIdleMs = undefined
  m.suspect = undefined
  m.lookAt = s.lookAt
  if (leave.kind !== 'held' || s.reading.state === 'working') setLife(t, m, 'up')
  else setLife(t, m, 'held', heldText(leave.clock))
}

/** A new pane is a new run: its clocks start clean, and a WAITING-UNTIL that it begins with is an old one. */
function followRun(t: Tick, a: AgentSeen, m: AgentMemory, s: Alive): void {
  const run = runOf(s.pane)
  if (m.run !== run) {
    m.run = run
    m.usedMarker = s.reading.waitingUntil ?? m.waiting?.marker ?? m.usedMarker
    m.waiting = undefined
    m.idle = undefined
    m.suspect = undefined
    m.nudgedAt = undefined
    m.nudgedIdleMs = undefined
    m.upSince = t.now.mono
    m.lookAt = undefined
    // Started by somebody else while nobody looked: it is up since then, and not since the run before.
    if (m.life === 'up') m.lifeSince = t.now.wall
  }
  followMarker(t, m, s.reading.waitingUntil)
  m.upSince ??= t.now.mono
  m.startedAt = undefined
  m.down = undefined
  m.finished = undefined
  if (t.seen.serverId !== undefined) m.server = t.seen.serverId
  if (isWatched(a)) forgiveHealthy(t, m)
}

/** Wanted down and alive: a stop that was interrupted. Whoever is not watched is left alone. */
function stopLeftover(t: Tick, a: AgentSeen, m: AgentMemory): void {
  const drained = a.intent.drain === true
  if (!isWatched(a) && !drained) {
    setLife(t, m, 'up')
    return
  }
  setLife(t, m, 'draining', 'wanted down')
  if (isResting(t, m, 'stop')) return
  const because = drained ? 'its turn is over, and it is wanted down' : 'wanted down, and still alive'
  act(t, m, { kind: 'stop', agent: a.spec.name, because })
}

/** Whether its turn is over, by two looks, or it rested before: a dialog in between is part of a turn. */
function hasFinished(t: Tick, m: AgentMemory, s: Alive): boolean {
  const rested = m.idle !== undefined && m.idle.ms >= 0.8 * t.want.watchdog.tickMs
  setLife(t, m, 'draining', 'finishes its turn, then stops')
  m.idle = undefined
  m.lookAt = s.lookAt
  const { state } = s.reading
  if (state === 'working' || state === 'asking') {
    m.suspect = undefined
    return false
  }
  return rested || confirmed(t, m, 'drained', s.lookAt)
}

/**
 * The idle clock sums what was seen between looks: a suspended machine, a stopped watchdog or a failed scan adds at
 * most two ticks (rows 39, 74). Work clears it; a dialog or an unreadable screen stops it.
 */
function countIdle(t: Tick, m: AgentMemory, s: Alive): void {
  const state = s.reading.state
  if (state === 'working' || state === 'limited') {
    m.idle = undefined
    m.lookAt = s.lookAt
    if (state === 'working' && isEcho(m, s)) m.nudgedIdleMs = 0
    else {
      m.nudgedAt = undefined
      m.nudgedIdleMs = undefined
    }
    return
  }
  if (m.lookAt !== undefined && s.lookAt <= m.lookAt) return
  if (state === 'waiting' && s.reading.waitingUntil === undefined) {
    // It said so itself, for a time that is not over: its idleness begins after that.
    m.idle = { ms: 0, lastLook: s.lookAt }
    m.lookAt = s.lookAt
    return
  }
  const counts = state !== 'asking' && state !== 'unknown' && m.idle !== undefined && m.lookAt !== undefined
  const gap = counts ? Math.min(s.lookAt - m.idle!.lastLook, 2 * t.want.watchdog.tickMs) : 0
  m.idle = { ms: (m.idle?.ms ?? 0) + Math.max(0, gap), lastLook: s.lookAt }
  m.lookAt = s.lookAt
}

/** A screen that only moves counts as work for two seconds; a look may come a second later. */
const echoMs = 3_000

/**
 * Our own reminder, on the screen of a program that may be frozen: a terminal shows what is typed, whoever reads it. That
 * is no work of the agent's, and no reason for a second reminder (row 6). Its idle clock begins anew all the same.
 */
function isEcho(m: AgentMemory, s: Alive): boolean {
  if (m.nudgedAt === undefined || s.lookAt - m.nudgedAt >= echoMs || s.cpuBusy === true) return false
  return !s.reading.claims.some(
    ({ says, source }) => (says === 'active' || says === 'working') && source !== 'change',
  )
}

/** Nothing was seen: the time until the next look is not idle time. */
export function skipIdle(t: Tick, m: AgentMemory): void {
  if (m.idle !== undefined) m.idle = { ms: m.idle.ms, lastLook: t.now.mono }
}
