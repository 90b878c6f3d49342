import type { Fleet } from '../core/index.ts'
import { type AccountClock, covering, type Spender } from './account-clock.ts'
import { leaveFor, spenderFor, takeFor } from './accounts.ts'
import { act, isResting, setLife, type Tick } from './tick.ts'
import { request } from './trouble.ts'
import type { AgentMemory, AgentSeen, Sidestep, Sighting } from './types.ts'

type Alive = Extract<Sighting, { kind: 'alive' }>

/** Where `on_limit = { switch = "…" }` leads: another backend of that name, else another model of the agent's own. */
export function targetOf(
  want: Pick<Fleet, 'backends'>,
  own: string,
  to: string,
): { backend: string; model: string } {
  return Object.hasOwn(want.backends, to) ? { backend: to, model: '' } : { backend: own, model: to }
}

/** Whose limit an agent that went elsewhere waits for. */
export const homeOf = ({ home }: Sidestep): Spender => ({
  account: home.account,
  model: home.model,
  sidestepped: false,
})

const isClosed = (t: Tick, clock: AccountClock): boolean =>
  clock.open === undefined && (clock.kind === 'blocked' || clock.untilMono > t.now.mono)

/**
 * Goes elsewhere while the account is limited, where the config says so and the other account is not limited as well.
 * The agent's own limit record is closed: the account's clock keeps the evidence. True: it goes.
 */
export function sidestep(t: Tick, a: AgentSeen, m: AgentMemory, clock: AccountClock): boolean {
  const { onLimit, backend: own, name } = a.spec
  if (onLimit.kind !== 'switch' || m.sidestep !== undefined || !isClosed(t, clock)) return false
  const to = targetOf(t.want, own, onLimit.to)
  const there = { ...spenderFor(t.want, to.backend, to.model), sidestepped: to.backend === own }
  if (covering(t.fleet.clocks, there).some((one) => isClosed(t, one))) return false
  const home = { backend: own, model: a.effectiveModel, account: clock.account }
  m.sidestep = { ...to, home, since: t.now.wall }
  if (m.run !== undefined) m.sidestep.from = m.run
  m.hold = undefined
  m.holdRun = undefined
  m.suspect = undefined
  const where = to.backend === own ? `model ${to.model}` : `backend ${to.backend}`
  const because = `account ${clock.account} is limited (${clock.evidence.text}): it goes on with ${where} meanwhile`
  setLife(t, m, 'starting', because)
  act(t, m, { kind: 'sidestep', agent: name, because, ...to, back: false, until: clock.until })
  return true
}

/** An agent that went elsewhere, or comes back. True: nothing else is decided for it now. */
export function followSidestep(t: Tick, a: AgentSeen, m: AgentMemory, s: Alive): boolean {
  const step = m.sidestep
  if (step === undefined) return false
  if (step.from === m.run) return move(t, a, m, s, step)
  if (step.back === true) {
    m.sidestep = undefined
    return false
  }
  if (step.from !== undefined) {
    const { from: _, ...arrived } = step
    m.sidestep = arrived
  }
  return goBack(t, a, m, s, step)
}

/** The pane is still the old one: it is replaced, once it does not work. */
function move(t: Tick, a: AgentSeen, m: AgentMemory, s: Alive, step: Sidestep): true {
  setLife(
    t,
    m,
    'starting',
    step.back ? 'its limit is over: back to its own backend' : 'its account is limited: it goes on elsewhere',
  )
  if (s.reading.state === 'working' || isResting(t, m, 'restart')) return true
  const evidence = [
    `on_limit: ${step.back ? 'back from' : 'to'} backend ${step.backend}, model ${step.model || 'default'}`,
    `reading ${s.reading.state}: a turn boundary`,
  ]
  request(t, a, m, s, 'changed', m.because ?? 'on_limit', evidence, { predicate: 'switch' })
  return true
}

const betweenTurns = new Set(['idle', 'waiting', 'limited', 'failing', 'shell'])

/** The limit at home is over, and it is this one's turn: back at the next turn boundary. */
function goBack(t: Tick, a: AgentSeen, m: AgentMemory, s: Alive, step: Sidestep): boolean {
  const home = homeOf(step)
  const leave = leaveFor(t, a.spec.name, home)
  if (leave.kind === 'held' || !betweenTurns.has(s.reading.state) || m.run === undefined) return false
  if (leave.kind === 'slot') takeFor(t, a.spec.name, home)
  m.sidestep = { ...step, back: true, from: m.run }
  m.hold = undefined
  m.holdRun = undefined
  const { backend, model, account } = step.home
  const because = `the limit of account ${account} is over: back to backend ${backend}`
  setLife(t, m, 'starting', because)
  act(t, m, { kind: 'sidestep', agent: a.spec.name, because, backend, model, back: true })
  return true
}
