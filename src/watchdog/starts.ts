import { charge, countSince } from './governor.ts'
import { note, type StartRequest, setLife, span, type Tick, wakeAt } from './tick.ts'
import type { AgentMemory } from './types.ts'

/** A canary that stays up this long closes the fleet's breaker. */
const canaryMs = 30_000

/** Lets as many starts through as the fleet may make now: oldest trouble first, so that nobody starves. */
export function grantStarts(t: Tick): void {
  openBreaker(t)
  const requests = t.starts
  if (requests.length > 1) requests.sort((x, y) => x.since - y.since)
  const rate = Math.max(0.001, t.want.watchdog.governor.startRate)
  const room = Math.max(1, Math.floor(rate))
  const windowMs = (room / rate) * 1000
  let recent = t.fleet.starts.recent
  if (recent.length > 0) recent = recent.filter((at) => at > t.now.mono - windowMs)
  for (const request of requests) {
    if (!breakerAllows(t, request)) continue
    if (recent.length >= room) {
      wakeAt(t, recent[0]! + windowMs)
      wait(t, request, `waits: the fleet starts at most ${room} agents within ${span(windowMs)}`)
      continue
    }
    recent = [...recent, t.now.mono]
    grant(t, request)
  }
  t.fleet.starts = { tokens: room - recent.length, at: t.now.mono, recent }
}

function grant(t: Tick, { a, m, action, charge: counted }: StartRequest): void {
  if (counted) charge(t, m)
  else if (m.backoff?.waiting) m.backoff = { ...m.backoff, waiting: false }
  if (m.down !== undefined) m.down = { ...m.down, paid: m.down.paid || counted }
  const marker = action.kind === 'restart' ? action.verify.marker : undefined
  if (marker !== undefined) m.usedMarker = marker
  if (action.cause === 'changed') m.appliedLaunch = a.wantedLaunch
  m.pending = { kind: action.kind, cause: action.cause, charged: counted, marker }
  if (t.fleet.breaker !== undefined) sendCanary(t, a.spec.name)
  setLife(t, m, 'starting', action.because)
  t.actions.push(action)
}

/** A dead agent waits as `starting`; one that is still alive stays what it is. */
function wait(t: Tick, { m, action }: StartRequest, because: string): void {
  if (action.kind === 'start') setLife(t, m, 'starting', because)
}

function openBreaker(t: Tick): void {
  const g = t.want.watchdog.governor
  const fleet = t.fleet
  const from = t.now.mono - g.periodMs
  if (fleet.failures.length > 0 && fleet.failures[0]! <= from) {
    fleet.failures = fleet.failures.filter((at) => at > from)
  }
  if (fleet.losses.length > 0 && fleet.losses[0]! <= from) {
    fleet.losses = fleet.losses.filter((at) => at > from)
  }
  if (fleet.breaker !== undefined) {
    closeBreaker(t)
    return
  }
  const most = Math.max(g.fleetIntensity, 2 * t.seen.agents.length)
  const failures = countSince(fleet.failures, from)
  const losses = countSince(fleet.losses, from)
  if (failures <= most && losses <= g.intensity) return
  fleet.breaker = { openedAt: t.now.mono, nextTry: t.now.mono + g.backoffInitialMs, step: 1 }
  const what =
    failures > most
      ? `${failures} counted failures of the fleet within ${span(g.periodMs)} (at most ${most})`
      : `the tmux server was lost ${losses} times within ${span(g.periodMs)}`
  note(t, 'breaker-open', `${what}: from now on one trial start at a time`)
}

function closeBreaker(t: Tick): void {
  const breaker = t.fleet.breaker!
  const canary = breaker.canary
  if (canary === undefined) return
  const m = t.agents[canary]
  if (m === undefined || !isTrying(m)) {
    t.fleet.breaker = { openedAt: breaker.openedAt, nextTry: breaker.nextTry, step: breaker.step }
    return
  }
  if (m.upSince === undefined) return
  if (t.now.mono - m.upSince < canaryMs) {
    wakeAt(t, m.upSince + canaryMs)
    return
  }
  t.fleet.breaker = undefined
  t.fleet.failures = []
  t.fleet.losses = []
  note(t, 'breaker-closed', `${canary} has been up for ${span(canaryMs)}`)
}

/** Its start is under way, or it is up. */
function isTrying(m: AgentMemory): boolean {
  if (m.pending?.kind === 'start' || m.pending?.kind === 'restart') return true
  return m.down === undefined && m.parked === undefined && m.run !== undefined
}

function breakerAllows(t: Tick, request: StartRequest): boolean {
  const breaker = t.fleet.breaker
  if (breaker === undefined) return true
  const free = breaker.canary === undefined && breaker.nextTry <= t.now.mono
  if (free) return true
  wakeAt(t, breaker.nextTry)
  wait(t, request, "waits: the fleet's breaker is open, one trial start at a time")
  return false
}

function sendCanary(t: Tick, agent: string): void {
  const g = t.want.watchdog.governor
  const breaker = t.fleet.breaker!
  const delay = Math.min(g.backoffMaxMs, g.backoffInitialMs * 2 ** Math.min(breaker.step, 40))
  t.fleet.breaker = {
    openedAt: breaker.openedAt,
    nextTry: t.now.mono + delay,
    step: breaker.step + 1,
    canary: agent,
  }
}
