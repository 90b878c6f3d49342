import type { AccountReport, EpochMs, HeldReport, LimitsReport, WindowReport } from '../../core/index.ts'
import { visible } from '../../core/text.ts'
import {
  type AccountClock,
  clockKey,
  covering,
  defaultWindow,
  type Spender,
} from '../../watchdog/account-clock.ts'
import { spenderFor } from '../../watchdog/accounts.ts'
import { clockOfHold, nextToAsk } from '../../watchdog/keep-clocks.ts'
import type { AgentMemory, AgentSeen } from '../../watchdog/types.ts'
import type { Engine } from '../engine.ts'
import { observe } from '../look/observation.ts'

/** What is known of usage limits: by account, with the evidence, and whom it holds. */
export function limitsReport(engine: Engine): LimitsReport {
  const crew = engine.crew()
  const fleet = crew.world.fleet()
  const { agents: memories, fleet: known } = engine.memory()
  const now = crew.world.clock.now()
  const members = observe(crew, []).agents.map((seen): Member => {
    const memory = memories[seen.spec.name]
    const spender = spenderFor(fleet, seen.spec.backend, seen.effectiveModel)
    return { seen, memory, spender: { ...spender, account: memory?.hold?.account ?? spender.account } }
  })
  const clocks = [...known.clocks, ...fromFiles(members, known.clocks, now.wall)]
  const names = new Set([
    ...members.map(({ spender }) => spender.account),
    ...clocks.map(({ account }) => account),
  ])
  const view: View = { members, wallOf: (mono) => now.wall + mono - now.mono, mono: now.mono }
  const accounts = [...names].sort().map((account) =>
    accountReport(
      account,
      clocks.filter((clock) => clock.account === account),
      view,
    ),
  )
  return { version: 1, at: now.wall, project: fleet.projectDir, accounts }
}

interface Member {
  seen: AgentSeen
  memory: AgentMemory | undefined
  spender: Spender
}

/** Without a watchdog nobody has made a clock of a file that an earlier one left. */
function fromFiles(
  members: readonly Member[],
  known: readonly AccountClock[],
  wall: EpochMs,
): AccountClock[] {
  const clocks: AccountClock[] = []
  for (const { memory, seen, spender } of members) {
    const hold = memory?.hold
    if (hold === undefined || hold.unsure) continue
    const clock = clockOfHold({ window: defaultWindow, ...hold, account: spender.account }, seen, wall)
    if (![...known, ...clocks].some((one) => clockKey(one) === clockKey(clock))) clocks.push(clock)
  }
  return clocks
}

interface View {
  members: readonly Member[]
  wallOf(mono: number): EpochMs
  mono: number
}

const order = ['blocked', 'limited', 'asking', 'resuming'] as const

function accountReport(account: string, clocks: readonly AccountClock[], view: View): AccountReport {
  const members = view.members.filter(({ spender }) => spender.account === account)
  const windows = clocks.map((clock) => windowReport(clock, members, view))
  const held = members.flatMap((member) => heldReport(member, clocks) ?? [])
  const state = order.find((one) => windows.some((window) => window.state === one)) ?? 'free'
  return {
    account,
    // The clock of a limit that is over is kept for a while; with the last one released nothing is left of it.
    state: state === 'resuming' && held.length === 0 ? 'free' : state,
    backends: [...new Set(members.map(({ seen }) => seen.spec.backend))].sort(),
    agents: members.map(({ seen }) => seen.spec.name),
    windows,
    held,
  }
}

function stateOf(clock: AccountClock, mono: number): WindowReport['state'] {
  if (clock.open !== undefined) return 'resuming'
  if (clock.kind === 'blocked') return 'blocked'
  return clock.untilMono > mono ? 'limited' : 'asking'
}

function windowReport(clock: AccountClock, members: readonly Member[], view: View): WindowReport {
  const state = stateOf(clock, view.mono)
  const { agent, text, source } = clock.evidence
  return {
    window: visible(clock.window),
    state,
    since: clock.since,
    until: clock.kind === 'blocked' ? undefined : clock.until,
    models: clock.modelOnly ? clock.models : undefined,
    evidence: { agent, text: visible(text), source },
    tries: clock.tries,
    canary: state === 'limited' || state === 'asking' ? canaryOf(clock, members, view) : undefined,
    by: clock.open?.by,
  }
}

function canaryOf(clock: AccountClock, members: readonly Member[], view: View): WindowReport['canary'] {
  if (clock.untilMono <= view.mono && clock.canary !== undefined)
    return { agent: clock.canary.agent, at: view.wallOf(clock.canary.at) }
  const memories = Object.fromEntries(
    members.flatMap(({ seen, memory }) => (memory ? [[seen.spec.name, memory]] : [])),
  )
  const all = members.map(({ seen }) => seen)
  return { agent: nextToAsk(clock, all, memories), at: view.wallOf(clock.untilMono) }
}

function heldReport(
  { memory, seen, spender }: Member,
  clocks: readonly AccountClock[],
): HeldReport | undefined {
  const agent = seen.spec.name
  if (memory?.life !== 'held') return undefined
  const { hold, lifeSince: since } = memory
  if (hold?.asks !== undefined) {
    return { agent, why: 'asks', since, until: hold.asks === 'blocked' ? undefined : hold.until }
  }
  const closed = covering(clocks, spender).filter((clock) => clock.open === undefined)
  const ends = closed.flatMap((clock) => (clock.kind === 'timed' ? clock.until : []))
  const until = ends.length === 0 ? hold?.until : Math.max(...ends)
  if (hold !== undefined) return { agent, why: 'own', since, until }
  return closed.length === 0 && clocks.length === 0 ? undefined : { agent, why: 'account', since, until }
}
