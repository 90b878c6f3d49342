import type { Reading } from '../core/index.ts'
import { windowOf } from './account-clock.ts'
import { leaveOf, put, spenderOf, take } from './accounts.ts'
import { closeClock, extendClock } from './close-clock.ts'
import { letGo } from './keep-clocks.ts'
import { holdUntil, limitText, limitUntil, probeDelay } from './limit-until.ts'
import { sidestep } from './sidestep.ts'
import { confirmed } from './suspect.ts'
import { act, runOf, setLife, span, type Tick, wakeAt } from './tick.ts'
import type { AgentMemory, AgentSeen, LimitHold, Sighting } from './types.ts'

type Alive = Extract<Sighting, { kind: 'alive' }>
type Dead = Extract<Sighting, { kind: 'dead' }>

/**
 * The limit machine of an agent that is up. True: it is limited, may be, or was until this look; nothing else is
 * decided for it now (INV-6).
 */
export function decideLimit(t: Tick, a: AgentSeen, m: AgentMemory, s: Alive): boolean {
  const sure = m.hold?.unsure !== true || s.reading.state !== 'limited'
  if (m.hold === undefined || !sure) return enterHold(t, a, m, s)
  m.idle = undefined
  setLife(t, m, 'held', `usage limit: ${m.hold.text}`)
  if (s.reading.state === 'limited') m.holdRun ??= m.run
  if (s.reading.state === 'limited' && m.hold.asks !== undefined) waitForPerson(t, a, m)
  else if (s.reading.state === 'limited') probeWhenDue(t, a, m, m.hold, s)
  else liftWhenClear(t, a, m, m.hold, s)
  wakeAt(t, m.hold?.untilMono ?? 0)
  return true
}

function waitForPerson(t: Tick, a: AgentSeen, m: AgentMemory): void {
  m.suspect = undefined
  const leave = leaveOf(t, a, m)
  if (leave.kind === 'held') sidestep(t, a, m, leave.clock)
}

/** What the CLI itself recorded is certain; a screen is looked at twice. */
const isRecorded = (reading: Reading): boolean =>
  reading.limit?.source !== undefined && reading.limit.source !== 'screen'

function enterHold(t: Tick, a: AgentSeen, m: AgentMemory, s: Alive): boolean {
  if (s.reading.state !== 'limited') return false
  if (!isRecorded(s.reading) && !confirmed(t, m, 'limit', s.lookAt)) {
    setLife(t, m, 'up')
    return true
  }
  m.suspect = undefined
  m.idle = undefined
  m.nudgedAt = undefined
  m.holdRun = m.run
  setHold(t, a, m, freshHold(t, a, m, s.reading), true)
  return true
}

/** A program that ends at its limit shows it on its last screen, and that screen is final. True: something was decided. */
export function holdByEnd(t: Tick, a: AgentSeen, m: AgentMemory, s: Dead): boolean {
  const run = runOf(s.pane)
  if (m.down?.cause !== 'limit' || s.reading?.state !== 'limited' || m.holdRun === run) return false
  const before = m.hold
  m.holdRun = run
  const nudges = before === undefined ? 0 : before.nudges + 1
  setHold(t, a, m, { ...freshHold(t, a, m, s.reading), nudges }, before === undefined)
  return true
}

/** The account's clock and this agent's own record are one thing from now on. */
function freshHold(t: Tick, a: AgentSeen, m: AgentMemory, reading: Reading): LimitHold {
  const named = limitUntil(reading, t.now.wall, t.want.watchdog, t.random())
  const own: LimitHold = {
    ...holdUntil(t.now, named, 0, limitText(reading)),
    account: spenderOf(t, a, m).account,
    window: windowOf(reading),
  }
  if (reading.limit?.kind === 'blocked') own.asks = 'blocked'
  else if (a.spec.onLimit.kind === 'ask') own.asks = 'policy'
  const { until, untilMono } = closeClock(t, a, m, reading, own)
  return { ...own, until, untilMono }
}

function setHold(t: Tick, a: AgentSeen, m: AgentMemory, hold: LimitHold, first: boolean): void {
  m.hold = hold
  const wait =
    hold.asks === undefined
      ? `nothing is done for ${span(hold.untilMono - t.now.mono)}`
      : 'nothing is done until a person acts'
  const because = `usage limit (${hold.text}): ${wait}`
  setLife(t, m, 'held', `usage limit: ${hold.text}`)
  wakeAt(t, hold.untilMono)
  act(t, m, { kind: 'hold', agent: a.spec.name, because, hold, first })
}

/** Past the reset and still limited: ask, when it is this agent's turn. Before it: believe only a new banner. */
function probeWhenDue(t: Tick, a: AgentSeen, m: AgentMemory, hold: LimitHold, s: Alive): void {
  const leave = leaveOf(t, a, m)
  if (leave.kind === 'held' && sidestep(t, a, m, leave.clock)) return
  if (leave.kind === 'held' || (leave.kind === 'free' && t.now.mono < hold.untilMono)) {
    believeNews(t, a, m, hold, s)
    return
  }
  if (m.run !== m.holdRun && a.backend?.promptDelivery !== 'ping') {
    askedByStart(t, a, m, hold, s)
    return
  }
  if (leave.kind === 'slot') take(t, a, m)
  probe(t, a, m, hold)
}

function probe(t: Tick, a: AgentSeen, m: AgentMemory, hold: LimitHold): void {
  const nudges = hold.nudges + 1
  const next = t.now.wall + probeDelay(nudgesOf(t, hold, nudges), t.want.watchdog.limitProbeFallbackMs)
  m.hold = { ...hold, ...holdUntil(t.now, next, nudges, hold.text) }
  m.holdRun = m.run
  m.suspect = undefined
  const clock = clockOf(t, m.hold)
  if (clock?.canary?.agent === a.spec.name) extendClock(t, clock, a.spec.name, m.hold)
  const because = `the limit should be over (${hold.text}) and its banner still stands: probe ${nudges}`
  act(t, m, { kind: 'probe', agent: a.spec.name, because, hold: m.hold })
}

/** A probe that could not be typed is tried again after this long, doubling to the fallback. Milliseconds. */
const untypedMs = 30_000

/** Somebody types there, or a dialog stands in the way: nothing was asked, and that is no reason to wait longer. */
export function askAgainSoon(t: Tick, agent: string, m: AgentMemory, tries: number): void {
  const { hold } = m
  if (hold === undefined) return
  const most = t.want.watchdog.limitProbeFallbackMs
  const wait = Math.min(most, untypedMs * 2 ** Math.min(tries - 1, 10))
  const soon = { until: t.now.wall + wait, untilMono: t.now.mono + wait }
  if (soon.untilMono >= hold.untilMono) return
  m.hold = { ...hold, ...soon, nudges: Math.max(0, hold.nudges - 1) }
  const clock = clockOf(t, hold)
  if (clock?.canary?.agent !== agent) return
  put(t, { ...clock, ...soon, tries: Math.max(0, clock.tries - 1) })
}

const clockOf = (t: Tick, hold: LimitHold) =>
  t.fleet.clocks.find((one) => one.account === hold.account && one.window === hold.window)

/** The account may have been asked by others in vain: their probes count, too. */
function nudgesOf(t: Tick, hold: LimitHold, nudges: number): number {
  const clock = clockOf(t, hold)
  return clock === undefined || clock.open !== undefined ? nudges : Math.max(nudges, clock.tries + 1)
}

function believeNews(t: Tick, a: AgentSeen, m: AgentMemory, hold: LimitHold, s: Alive): void {
  const news = hold.nudges > 0 && s.reading.until !== undefined && limitText(s.reading) !== hold.text
  if (!news) m.suspect = undefined
  else if (confirmed(t, m, 'limit', s.lookAt)) takeNews(t, a, m, hold, s)
}

function takeNews(t: Tick, a: AgentSeen, m: AgentMemory, hold: LimitHold, s: Alive): void {
  m.suspect = undefined
  setHold(t, a, m, { ...freshHold(t, a, m, s.reading), nudges: hold.nudges }, false)
}

/** A start after the reset sent its prompt: that was the probe, and the banner that it brought is news. */
function askedByStart(t: Tick, a: AgentSeen, m: AgentMemory, hold: LimitHold, s: Alive): void {
  if (!isRecorded(s.reading) && !confirmed(t, m, 'limit', s.lookAt)) return
  m.suspect = undefined
  m.holdRun = m.run
  const nudges = hold.nudges + 1
  const wait = probeDelay(nudgesOf(t, hold, nudges), t.want.watchdog.limitProbeFallbackMs)
  const fresh = freshHold(t, a, m, s.reading)
  const widened = holdUntil(t.now, t.now.wall + wait, nudges, fresh.text)
  const later = fresh.untilMono > widened.untilMono ? { ...fresh, nudges } : { ...fresh, ...widened }
  setHold(t, a, m, later, false)
}

function liftWhenClear(t: Tick, a: AgentSeen, m: AgentMemory, hold: LimitHold, s: Alive): void {
  const working = s.reading.state === 'working'
  const proves = m.run === m.holdRun || t.now.mono >= hold.untilMono
  const clear = working || (s.reading.state !== 'unknown' && proves && confirmed(t, m, 'lift', s.lookAt))
  if (!clear) return
  const clock = clockOf(t, hold)
  m.hold = undefined
  m.holdRun = undefined
  m.suspect = undefined
  if (clock !== undefined) letGo(t, a, clock, working)
  const because = working ? 'it works again' : 'the limit is no longer on its screen at two looks'
  setLife(t, m, 'up')
  act(t, m, { kind: 'lift', agent: a.spec.name, because })
}
