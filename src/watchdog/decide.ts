import { decideAlive, skipIdle } from './alive.ts'
import { decideDown, noticeDeath } from './down.ts'
import { copyAgent, emptyAgent } from './empty.ts'
import { forgetOld, park } from './governor.ts'
import { programsOf } from './heal.ts'
import { noticeIncident, noticeServer } from './incident.ts'
import { keepClocks } from './keep-clocks.ts'
import { settle } from './outcomes.ts'
import { decidePhase } from './phase.ts'
import { grantStarts } from './starts.ts'
import { keepWakeClock } from './talk.ts'
import { isWatched, setLife, type Tick } from './tick.ts'
import type { AgentMemory, AgentSeen, Decide, Decision } from './types.ts'

/**
 * What to do now, and what to remember. A function of its arguments alone: no clock, no tmux, no log, nothing
 * mutated. `unknown` decides nothing (INV-8); a busy agent is left alone; every action says why.
 */
export const decide: Decide = (want, seen, memory, now, random): Decision => {
  const agents: Record<string, AgentMemory> = {}
  const t: Tick = {
    want,
    seen,
    now,
    random,
    agents,
    fleet: { ...memory.fleet },
    actions: [],
    starts: [],
    wantCpu: [],
    programs: programsOf(want.backends),
    firstToAsk: new Map(),
    loopsMoving: false,
    loopsComplete: false,
    nextAt: Number.POSITIVE_INFINITY,
  }
  for (const a of seen.agents) {
    const known = memory.agents[a.spec.name]
    agents[a.spec.name] = known === undefined ? emptyAgent(now.wall) : copyAgent(known)
  }
  settleOutcomes(t)
  if (seen.server === 'unknown') decideNothing(t)
  else decideAll(t)
  const nextAt = Number.isFinite(t.nextAt) ? t.nextAt : undefined
  return { actions: t.actions, memory: { agents, fleet: t.fleet }, wantCpu: t.wantCpu, nextAt }
}

function settleOutcomes(t: Tick): void {
  if (t.seen.outcomes.length === 0) return
  const byName = new Map(t.seen.agents.map((a) => [a.spec.name, a]))
  for (const outcome of t.seen.outcomes) settle(t, outcome, byName.get(outcome.agent))
}

function decideNothing(t: Tick): void {
  for (const a of t.seen.agents) {
    const m = t.agents[a.spec.name]!
    if (!a.busy) unseen(t, m, 'tmux does not answer')
  }
}

function unseen(t: Tick, m: AgentMemory, why: string): void {
  skipIdle(t, m)
  setLife(t, m, 'unknown', why)
}

function decideAll(t: Tick): void {
  noticeServer(t)
  keepClocks(t)
  decidePhase(t)
  noticeAgents(t)
  for (const a of t.seen.agents) decideAgent(t, a, t.agents[a.spec.name]!)
  grantStarts(t)
}

/** First pass: who spoke, who died. Strikes come after it, because many deaths may be one incident. */
function noticeAgents(t: Tick): void {
  const died: string[] = []
  let alive = 0
  for (const a of t.seen.agents) {
    const m = t.agents[a.spec.name]!
    const s = a.sighting
    keepWakeClock(t, a, m)
    forgetOld(t, m)
    noticeOperator(a, m)
    if (s.kind === 'alive') alive++
    if (a.busy) continue
    m.pending = undefined
    if (s.kind !== 'dead' && s.kind !== 'missing') continue
    if (noticeDeath(t, a, m, s) && isWatched(a)) died.push(a.spec.name)
  }
  noticeIncident(t, died, alive)
}

/** `up`, `down`, `resume` and `reset` are the operator's: what is down then starts without a strike. */
function noticeOperator(a: AgentSeen, m: AgentMemory): void {
  // A lost record of intents reads as the default: that is no word of anybody's, and a task that is done stays done.
  const lost = a.intent.by === 'default' && m.intentAt !== undefined
  const spoke = m.intentAt !== undefined && m.intentAt !== a.intent.at && !lost
  if (!lost) m.intentAt = a.intent.at
  if (spoke) {
    m.finished = undefined
    if (m.down !== undefined) m.down = { ...m.down, cause: 'operator' }
    else if (a.sighting.kind === 'missing') m.run = undefined
  }
  const wasReset = m.gaveUp === true && m.parked === undefined
  const changed = m.parked !== undefined && m.parked.lifts === undefined && m.parked.launch !== a.wantedLaunch
  if (wasReset || changed) unpark(m, changed ? 'changed' : 'operator')
  if (m.parked?.lifts === 'blocked' && a.blocked === undefined) m.parked = undefined
}

function unpark(m: AgentMemory, cause: 'changed' | 'operator'): void {
  m.parked = undefined
  m.gaveUp = false
  m.restarts = []
  m.backoff = undefined
  m.retry = undefined
  m.deniedAt = undefined
  if (m.down !== undefined) m.down = { ...m.down, cause }
}

function decideAgent(t: Tick, a: AgentSeen, m: AgentMemory): void {
  if (a.busy) {
    showBusy(t, m)
    return
  }
  const s = a.sighting
  if (s.kind === 'unknown') {
    unseen(t, m, s.why)
    return
  }
  if (s.kind === 'foreign') {
    leaveForeign(t, a, m, s.why)
    return
  }
  if (m.parked?.lifts === 'foreign') m.parked = undefined
  if (s.kind === 'alive') decideAlive(t, a, m, s)
  else decideDown(t, a, m, s)
}

function showBusy(t: Tick, m: AgentMemory): void {
  skipIdle(t, m)
  const kind = m.pending?.kind
  if (kind === 'start' || kind === 'restart') setLife(t, m, 'starting', m.because)
  else if (kind === 'stop') setLife(t, m, 'draining', m.because)
}

/** The name is taken by something that is not ours: never touched, said once, over when it is gone (INV-9). */
function leaveForeign(t: Tick, a: AgentSeen, m: AgentMemory, why: string): void {
  if (!isWatched(a) || a.intent.wanted === 'down') {
    setLife(t, m, 'stopped', why)
    return
  }
  if (m.parked === undefined) park(t, a, m, 'start', why, [why], 'foreign')
  setLife(t, m, 'parked', m.parked?.because)
}
