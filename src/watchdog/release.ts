import type { MonoMs, Now } from '../core/index.ts'
import { type AccountClock, clockKey, covering, type Spender } from './account-clock.ts'
import { homeOf } from './sidestep.ts'
import type { Memory } from './types.ts'

/** The clock that keeps an agent from being started now, if any. */
export function closedClock(
  memory: Memory,
  name: string,
  spender: Spender,
  mono: MonoMs,
): AccountClock | undefined {
  const account = memory.agents[name]?.hold?.account ?? spender.account
  return covering(memory.fleet.clocks, { ...spender, account }).find(
    (clock) =>
      clock.open === undefined &&
      !clock.passed.includes(name) &&
      clock.canary?.agent !== name &&
      (clock.kind === 'blocked' || clock.untilMono > mono),
  )
}

/**
 * The memory after `agents resume NAME` of an agent that a usage limit holds: it is asked at once, first of its
 * account, whether the limit is over. @returns undefined when no limit holds it
 */
export function releaseHold(memory: Memory, name: string, spender: Spender, now: Now): Memory | undefined {
  const agent = memory.agents[name]
  const hold = agent?.hold
  const step = agent?.sidestep
  const account = hold?.account ?? spender.account
  const payer = step === undefined ? { ...spender, account } : homeOf(step)
  const closed = covering(memory.fleet.clocks, payer).filter(
    (clock) => clock.open === undefined && !clock.passed.includes(name),
  )
  if (agent === undefined || (hold === undefined && closed.length === 0)) return undefined
  const due = { until: now.wall, untilMono: now.mono }
  const asked = new Map(
    closed.map((clock): [string, AccountClock] => [
      clockKey(clock),
      { ...clock, ...due, kind: 'timed', canary: { agent: name, at: now.mono } },
    ]),
  )
  const clocks = memory.fleet.clocks.map((clock) => asked.get(clockKey(clock)) ?? clock)
  const { asks: _, ...rest } = hold ?? { nudges: 0, text: '' }
  const released = hold === undefined ? agent : { ...agent, hold: { ...rest, ...due } }
  return { agents: { ...memory.agents, [name]: released }, fleet: { ...memory.fleet, clocks } }
}
