import type { EpochMs } from '../core/index.ts'
import { type AccountClock, clockKey, covers, defaultWindow, isModelWindow } from './account-clock.ts'
import { accountOf, drop, membersOf, put, staggerMs, tell } from './accounts.ts'
import { homeOf } from './sidestep.ts'
import { span, type Tick, wakeAt } from './tick.ts'
import type { AgentMemory, AgentSeen, LimitHold } from './types.ts'

/** A canary that has no screen of a limit of its own is believed when none has come up for this long. Milliseconds. */
const quietProofMs = 30_000
/** A canary that shows nothing for this long lets another one ask. Milliseconds. */
const canaryMs = 10 * 60_000
/** An open clock is remembered for this long: the same banner once more names no new reset. Milliseconds. */
const openMs = 10 * 60_000

/** Before anything is decided for an agent: what the looks say about the accounts. */
export function keepClocks(t: Tick): void {
  adoptHolds(t)
  if (t.fleet.clocks.length === 0) return
  followRenamed(t)
  for (const clock of t.fleet.clocks) keepClock(t, clock)
}

/** A limit file that an earlier watchdog, or the Python driver, left is evidence like any other. */
function adoptHolds(t: Tick): void {
  for (const a of t.seen.agents) {
    const m = t.agents[a.spec.name]!
    const { hold } = m
    if (hold === undefined || hold.unsure) continue
    const { account = accountOf(t.want, a.spec.backend), window = defaultWindow } = hold
    if (hold.account === undefined || hold.window === undefined) m.hold = { ...hold, account, window }
    const key = clockKey({ account, window })
    if (t.fleet.clocks.some((clock) => clockKey(clock) === key)) continue
    put(t, clockOfHold({ ...hold, account, window }, a, t.now.wall))
  }
}

/** What a limit file alone says of an account. */
export function clockOfHold(
  hold: LimitHold & { account: string; window: string },
  a: Pick<AgentSeen, 'spec' | 'effectiveModel'>,
  since: EpochMs,
): AccountClock {
  const { account, window, until, untilMono } = hold
  return {
    account,
    window,
    kind: hold.asks === 'blocked' ? 'blocked' : 'timed',
    modelOnly: isModelWindow(window),
    models: [a.effectiveModel],
    since,
    until,
    untilMono,
    evidence: { agent: a.spec.name, text: hold.text, source: 'file' },
    tries: hold.nudges,
    passed: [],
  }
}

/** An account that no backend has any more was renamed: its clock goes with the agent that showed the limit. */
function followRenamed(t: Tick): void {
  const accounts = new Set(Object.values(t.want.backends).map((backend) => backend.account))
  for (const clock of t.fleet.clocks) {
    if (accounts.has(clock.account)) continue
    const witness = t.seen.agents.find((a) => a.spec.name === clock.evidence.agent)
    if (witness === undefined) continue
    const account = accountOf(t.want, witness.spec.backend)
    drop(t, clock)
    const there = t.fleet.clocks.find((one) => clockKey(one) === clockKey({ ...clock, account }))
    if (there === undefined || there.untilMono < clock.untilMono) put(t, { ...clock, account })
    for (const a of t.seen.agents) {
      const m = t.agents[a.spec.name]!
      if (m.hold?.account === clock.account) m.hold = { ...m.hold, account }
      const home = m.sidestep?.home
      if (home?.account === clock.account) m.sidestep = { ...m.sidestep!, home: { ...home, account } }
    }
  }
}

function keepClock(t: Tick, clock: AccountClock): void {
  const members = membersOf(t, clock)
  const witnesses = members.filter((a) => isWitness(t.agents[a.spec.name]!, clock))
  if (clock.open !== undefined) {
    if (witnesses.length === 0 && t.now.mono - clock.open.at >= openMs) drop(t, clock)
    return
  }
  if (clock.kind === 'blocked') {
    if (!witnesses.some((a) => a.intent.wanted === 'up') && !hasAway(t, clock)) drop(t, clock)
    return
  }
  if (clock.untilMono > t.now.mono) return
  const works = members.find((a) => isFreeAndWorking(t, clock, a))
  if (works !== undefined) openClock(t, clock, works.spec.name)
  else if (members.length === 0 && !hasAway(t, clock)) drop(t, clock)
  else chooseFirst(t, keepCanary(t, clock, members, witnesses), witnesses)
}

/** Somebody runs elsewhere until this limit is over. */
const hasAway = (t: Tick, clock: AccountClock): boolean =>
  t.seen.agents.some((a) => {
    const { sidestep } = t.agents[a.spec.name]!
    return sidestep !== undefined && covers(clock, homeOf(sidestep))
  })

const isWitness = (m: AgentMemory, clock: AccountClock): boolean => m.hold?.window === clock.window

/** It was let go before the reset because it worked by itself, and still does: nobody needs to ask. */
function isFreeAndWorking(t: Tick, clock: AccountClock, a: AgentSeen): boolean {
  const s = a.sighting
  const free = clock.passed.includes(a.spec.name) && t.agents[a.spec.name]!.hold === undefined
  return free && s.kind === 'alive' && s.reading.state === 'working'
}

/** @returns the clock with the canary that is still to be waited for, if any */
function keepCanary(
  t: Tick,
  clock: AccountClock,
  members: AgentSeen[],
  witnesses: AgentSeen[],
): AccountClock {
  const { canary, ...rest } = clock
  if (canary === undefined) return clock
  const a = members.find((one) => one.spec.name === canary.agent)
  const m = t.agents[canary.agent]
  const asked = { ...rest, asked: canary.agent }
  if (a === undefined || m === undefined || isOut(a, m)) return replaced(t, asked)
  if (m.hold !== undefined) {
    // Its probe was in vain: another one that is limited asks next, where there is one.
    const inVain = clock.untilMono > canary.at && !a.busy
    return inVain && witnesses.length > 1 ? replaced(t, asked) : clock
  }
  if (provesOpen(t, a, m, canary.at)) {
    openClock(t, clock, canary.agent)
    return t.fleet.clocks.find((one) => clockKey(one) === clockKey(clock)) ?? clock
  }
  if (t.now.mono - canary.at >= canaryMs) return replaced(t, asked)
  wakeAt(t, canary.at + canaryMs)
  return clock
}

function replaced(t: Tick, clock: AccountClock): AccountClock {
  put(t, clock)
  return clock
}

/** It cannot ask: nobody wants it to, or it has been given up. */
const isOut = (a: AgentSeen, m: AgentMemory): boolean =>
  a.intent.wanted === 'down' ||
  a.intent.paused ||
  m.parked !== undefined ||
  m.finished !== undefined ||
  m.backoff?.waiting === true

/** A new turn is seen at work, or no limit comes up. */
function provesOpen(t: Tick, a: AgentSeen, m: AgentMemory, since: number): boolean {
  const s = a.sighting
  if (s.kind !== 'alive' || a.busy || m.suspect?.predicate === 'limit' || s.lookAt <= since) return false
  if (s.reading.state === 'working') return true
  if (s.reading.state === 'limited' || s.reading.state === 'unknown') return false
  wakeAt(t, since + quietProofMs)
  return t.now.mono - since >= quietProofMs
}

/** Who asks first: one that shows the banner and can be typed to, in turn; else whoever has something to do. */
function chooseFirst(t: Tick, clock: AccountClock, witnesses: readonly AgentSeen[]): void {
  if (clock.canary !== undefined || clock.open !== undefined) return
  const first = nextToAsk(clock, witnesses, t.agents)
  if (first !== undefined) t.firstToAsk.set(clockKey(clock), first)
}

/** @returns undefined when no agent of these shows the limit and can be typed to */
export function nextToAsk(
  clock: AccountClock,
  agents: readonly AgentSeen[],
  memories: Readonly<Record<string, AgentMemory>>,
): string | undefined {
  const able = agents.filter((a) => {
    const m = memories[a.spec.name]
    return m !== undefined && isWitness(m, clock) && canAsk(a, m)
  })
  const after = able.findIndex((a) => a.spec.name === clock.asked) + 1
  return (able[after] ?? able[0])?.spec.name
}

const canAsk = (a: AgentSeen, m: AgentMemory): boolean =>
  a.sighting.kind === 'alive' && a.spec.enabled && !isOut(a, m) && m.hold?.asks === undefined

/** It was seen that the limit is over: the others follow, each after the one before. */
export function openClock(t: Tick, clock: AccountClock, by: string): void {
  const { canary: _, ...rest } = clock
  const passed = clock.passed.includes(by) ? clock.passed : [...clock.passed, by]
  const next = t.now.mono + staggerMs(t)
  put(t, { ...rest, passed, open: { at: t.now.mono, next, by } })
  const every = span(t.want.watchdog.limitStaggerMs)
  tell(
    t,
    clock,
    'limit-over',
    `${by} works: the others of account ${clock.account} follow, one every ${every}`,
  )
}

/** An agent inside a limit was seen to be free of it. */
export function letGo(t: Tick, a: AgentSeen, clock: AccountClock, works: boolean): void {
  const agent = a.spec.name
  const due = clock.kind === 'blocked' || clock.untilMono <= t.now.mono || clock.canary?.agent === agent
  const others = membersOf(t, clock).some((one) => {
    const other = t.agents[one.spec.name]!
    return one.spec.name !== agent && isWitness(other, clock)
  })
  if (clock.open !== undefined) put(t, { ...clock, passed: [...clock.passed, agent] })
  else if (due && !(clock.kind === 'blocked' && others)) openClock(t, clock, agent)
  else if (!works && !others) drop(t, clock)
  else put(t, { ...clock, passed: [...clock.passed, agent] })
}
