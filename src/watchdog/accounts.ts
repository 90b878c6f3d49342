import type { Fleet, MonoMs } from '../core/index.ts'
import { type AccountClock, clockKey, covering, type Spender } from './account-clock.ts'
import { note, type Tick, wakeAt } from './tick.ts'
import type { AgentMemory, AgentSeen } from './types.ts'

/**
 * May this agent act (be typed to, started, healed) as far as its account goes? `slot`: yes, and `take` must be called
 * when it does, because others wait for it.
 */
export type Leave = { kind: 'free' } | { kind: 'slot' } | { kind: 'held'; clock: AccountClock }

const free: Leave = { kind: 'free' }

/** The account that a backend spends from. */
export const accountOf = (want: Pick<Fleet, 'backends'>, backend: string): string =>
  want.backends[backend]?.account ?? backend

export const spenderFor = (want: Pick<Fleet, 'backends'>, backend: string, model: string): Spender => ({
  account: accountOf(want, backend),
  model,
  sidestepped: false,
})

/** An agent inside a limit stays with the account that it was limited on, whatever the config says meanwhile. */
export function spenderOf(t: Tick, a: AgentSeen, m: AgentMemory): Spender {
  const spender = spenderFor(t.want, a.spec.backend, a.effectiveModel)
  const account = m.hold?.account ?? spender.account
  const { sidestep } = m
  const sidestepped = sidestep?.back !== true && sidestep?.home.account === account
  return { ...spender, account, sidestepped }
}

export const leaveOf = (t: Tick, a: AgentSeen, m: AgentMemory): Leave =>
  leaveFor(t, a.spec.name, spenderOf(t, a, m))

export function leaveFor(t: Tick, agent: string, spender: Spender): Leave {
  if (t.fleet.clocks.length === 0) return free
  let slot = false
  for (const clock of covering(t.fleet.clocks, spender)) {
    const answer = ask(t, agent, clock)
    if (answer === 'held') return { kind: 'held', clock }
    if (answer === 'slot') slot = true
  }
  return slot ? { kind: 'slot' } : free
}

function ask(t: Tick, agent: string, clock: AccountClock): Leave['kind'] {
  const { mono } = t.now
  if (clock.passed.includes(agent)) return 'free'
  if (clock.open !== undefined) {
    wakeAt(t, clock.open.next)
    return clock.open.next <= mono ? 'slot' : 'held'
  }
  if (clock.kind === 'blocked') return 'held'
  if (mono < clock.untilMono) {
    wakeAt(t, clock.untilMono)
    return 'held'
  }
  if (clock.canary !== undefined) return clock.canary.agent === agent ? 'free' : 'held'
  const first = t.firstToAsk.get(clockKey(clock))
  return first === undefined || first === agent ? 'slot' : 'held'
}

/** The agent acts: past the reset it is the canary that asks for all, after it the next one in line. */
export const take = (t: Tick, a: AgentSeen, m: AgentMemory): void =>
  takeFor(t, a.spec.name, spenderOf(t, a, m))

export function takeFor(t: Tick, agent: string, spender: Spender): void {
  for (const clock of covering(t.fleet.clocks, spender)) {
    if (ask(t, agent, clock) !== 'slot') continue
    if (clock.open !== undefined) {
      const next = t.now.mono + staggerMs(t)
      put(t, { ...clock, open: { ...clock.open, next }, passed: [...clock.passed, agent] })
      continue
    }
    put(t, { ...clock, canary: { agent, at: t.now.mono } })
    tell(
      t,
      clock,
      'limit-canary',
      `${agent} asks first whether the limit of account ${clock.account} is over`,
    )
  }
}

/** The time between two that follow the canary, a fifth of it at random. Milliseconds. */
export const staggerMs = (t: Tick): number =>
  Math.round(t.want.watchdog.limitStaggerMs * (0.9 + 0.2 * t.random()))

/** Replaces a clock by its newer state, or adds it. */
export function put(t: Tick, clock: AccountClock): void {
  const key = clockKey(clock)
  const others = t.fleet.clocks.filter((one) => clockKey(one) !== key)
  t.fleet.clocks = [...others, clock]
}

export function drop(t: Tick, clock: AccountClock): void {
  const key = clockKey(clock)
  t.fleet.clocks = t.fleet.clocks.filter((one) => clockKey(one) !== key)
}

/** Agents of the config that spend from the clock's window. */
export function membersOf(t: Tick, clock: AccountClock): AgentSeen[] {
  return t.seen.agents.filter((a) => covering([clock], spenderOf(t, a, t.agents[a.spec.name]!)).length > 0)
}

/** An event about the account; where an agent has it alone, its own events say the same. */
export function tell(
  t: Tick,
  clock: AccountClock,
  event: 'limit-account' | 'limit-canary' | 'limit-over',
  because: string,
): void {
  const members = membersOf(t, clock).map((a) => a.spec.name)
  if (members.length < 2) return
  const { account, window, evidence } = clock
  const details = { account, window, agents: members, until: clock.until }
  note(t, event, because, undefined, [`${evidence.agent} (${evidence.source}): ${evidence.text}`], details)
}

/** Until when a phase may not move on account of this agent: a move kills and prompts (INV-6). */
export function closedUntil(t: Tick, a: AgentSeen, m: AgentMemory): MonoMs | undefined {
  let latest: MonoMs | undefined
  for (const clock of covering(t.fleet.clocks, spenderOf(t, a, m))) {
    if (clock.open !== undefined || clock.passed.includes(a.spec.name)) continue
    const end = clock.kind === 'blocked' ? Number.POSITIVE_INFINITY : clock.untilMono
    if (end > t.now.mono && end > (latest ?? 0)) latest = end
  }
  return latest
}
