import type { MonoMs } from '../../src/core/index.ts'
import type { Action, AgentMemory, Memory } from '../../src/watchdog/types.ts'
import { second } from './build.ts'
import { epoch } from './habits.ts'
import type { Body, Witness, World } from './world.ts'

interface Ledger {
  /** Restarts that count, by the instant they were decided. */
  counted: MonoMs[]
  backOffs: { at: MonoMs; promised: MonoMs; startedAt: MonoMs | undefined }[]
  limitSeenSince: MonoMs | undefined
  downSince: MonoMs | undefined
  absentSince: MonoMs | undefined
}

/** Everything that was counted, so that a test can see that the run was not empty. */
export interface Tally {
  decisions: number
  agentTicks: number
  harmlessTicks: number
  starts: number
  kills: number
  falseKills: number
  parks: number
  completions: number
}

const prompting = new Set(['nudge', 'wake', 'deliver', 'kickoff', 'probe'])

/** Reads the invariants from outside after every decision; throws with the invariant's name and the virtual instant. */
export function createInvariants(): { witness: Witness; tally: Tally } {
  const tally: Tally = {
    decisions: 0,
    agentTicks: 0,
    harmlessTicks: 0,
    starts: 0,
    kills: 0,
    falseKills: 0,
    parks: 0,
    completions: 0,
  }
  const ledgers = new Map<string, Ledger>()
  let starts: MonoMs[] = []
  let phaseIndex = 0

  function ledgerOf(name: string): Ledger {
    let ledger = ledgers.get(name)
    if (ledger === undefined) {
      ledger = {
        counted: [],
        backOffs: [],
        limitSeenSince: undefined,
        downSince: undefined,
        absentSince: undefined,
      }
      ledgers.set(name, ledger)
    }
    return ledger
  }

  function broken(world: World, what: string): never {
    throw new Error(`${what} (at ${world.mono - epoch} ms)`)
  }

  function checkAction(world: World, action: Action, memory: Memory): void {
    const before = memory.agents
    if (action.kind === 'note') forgiveIncident(world, action)
    if (action.kind === 'note' || action.kind === 'advance' || action.kind === 'complete') {
      if (action.kind === 'note' && action.event === 'back-off') {
        forgive(world, action.agent!)
        ledgerOf(action.agent!).backOffs.push({
          at: world.mono,
          promised: world.memory.agents[action.agent!]!.backoff!.until,
          startedAt: undefined,
        })
      }
      return
    }
    const body = world.byName.get(action.agent)!
    if (!action.because) broken(world, `${action.kind} of ${body.name} says no why`)
    const known = before[body.name]
    const s = body.seen.sighting
    if (s.kind === 'unknown') broken(world, `INV-8: ${action.kind} of ${body.name}, which was not seen`)
    if (body.seen.busy) broken(world, `${action.kind} of ${body.name}, which is busy`)
    const parked = world.memory.agents[body.name]?.parked
    if (parked !== undefined && action.kind !== 'park' && action.kind !== 'clean' && action.kind !== 'stop') {
      broken(world, `INV-11: ${action.kind} of parked ${body.name}`)
    }
    if (action.kind === 'park') {
      tally.parks++
      if (known?.parked !== undefined) broken(world, `INV-10: ${body.name} is parked twice`)
    }
    const starts = action.kind === 'start' || action.kind === 'restart'
    if (starts && (body.intent.wanted === 'down' || body.intent.paused)) {
      broken(world, `INV-3: ${action.kind} of ${body.name}, which is wanted down or paused`)
    }
    if (prompting.has(action.kind) && s.kind === 'alive' && s.reading.state === 'asking') {
      broken(world, `${action.kind} is typed into a dialog of ${body.name}`)
    }
    checkLimit(world, action, body, known)
    checkAccount(world, action, body, memory)
    if (starts) checkStart(world, body)
    if (action.kind === 'restart') checkEvidence(world, action)
  }

  /** An operator's reset or change wipes what was counted. */
  function forgive(world: World, name: string): void {
    const ledger = ledgerOf(name)
    const { forgivenAt } = world.byName.get(name)!
    ledger.counted = ledger.counted.filter((at) => at >= forgivenAt)
    ledger.backOffs = ledger.backOffs.filter((one) => one.at >= forgivenAt)
  }

  /** What one cause common to many has cost is returned. */
  function forgiveIncident(world: World, action: Extract<Action, { kind: 'note' }>): void {
    if (action.event !== 'exit' || action.agent !== undefined) return
    for (const name of action.evidence) {
      const ledger = ledgerOf(name)
      ledger.counted = ledger.counted.filter((at) => at < world.mono - second)
      ledger.backOffs = ledger.backOffs.filter((one) => one.at < world.mono - second)
    }
  }

  function checkLimit(world: World, action: Action, body: Body, known: AgentMemory | undefined): void {
    const early = known?.hold !== undefined && world.mono < known.hold.untilMono
    const sends = prompting.has(action.kind) || action.kind === 'restart'
    const lifted = body.seen.sighting.kind === 'alive' && body.seen.sighting.reading.state === 'working'
    if (sends && early && !lifted) broken(world, `INV-6: ${action.kind} of ${body.name} before its reset`)
    if (action.kind === 'start' && early && body.seen.backend?.promptDelivery !== 'ping') {
      broken(world, `INV-6: the start of ${body.name} sends its prompt before the reset`)
    }
  }

  /** A limit is the account's: before its time nobody is asked, told or started, and then one before the others. */
  function checkAccount(world: World, action: Action, body: Body, memory: Memory): void {
    if (!prompting.has(action.kind) && action.kind !== 'start' && action.kind !== 'restart') return
    const account = memory.agents[body.name]?.hold?.account ?? body.seen.backend?.account
    for (const clock of memory.fleet.clocks) {
      if (clock.account !== account || clock.passed.includes(body.name)) continue
      if (clock.open === undefined && world.mono < clock.untilMono)
        broken(world, `INV-6: ${action.kind} of ${body.name} while its account is limited`)
      const canary = world.memory.fleet.clocks.find((one) => one.account === account)?.canary
      if (clock.open === undefined && canary?.agent !== body.name)
        broken(world, `INV-6: ${action.kind} of ${body.name} before the canary ${canary?.agent} is proven`)
      if (clock.open !== undefined && world.mono < clock.open.next)
        broken(world, `INV-6: ${action.kind} of ${body.name} out of its turn`)
    }
  }

  function checkEvidence(world: World, action: Extract<Action, { kind: 'restart' }>): void {
    if (new Set(action.evidence).size < 2) broken(world, `INV-7: one piece of evidence for ${action.because}`)
  }

  function checkStart(world: World, body: Body): void {
    const g = world.fleet.watchdog.governor
    starts = starts.filter((at) => at > world.mono - 1000)
    starts.push(world.mono)
    if (starts.length > Math.max(1, g.startRate))
      broken(world, `INV-5: ${starts.length} starts within a second`)
    const ledger = ledgerOf(body.name)
    const strikes = world.memory.agents[body.name]!.restarts.length
    const charged = strikes > 0 && world.memory.agents[body.name]!.restarts[strikes - 1] === world.mono
    forgive(world, body.name)
    const waiting = ledger.backOffs.at(-1)
    if (!charged) {
      if (waiting !== undefined) waiting.startedAt ??= world.mono
      return
    }
    const open = ledger.backOffs.at(-1)
    const afterBackOff = open !== undefined && open.startedAt === undefined
    if (afterBackOff) {
      open.startedAt = world.mono
      checkBackOff(world, body, ledger)
    } else {
      ledger.counted = ledger.counted.filter((at) => at > world.mono - g.periodMs)
      ledger.counted.push(world.mono)
      if (ledger.counted.length > g.intensity)
        broken(world, `INV-4: ${body.name} restarts more than the intensity`)
    }
  }

  /** A back-off is never shorter than the one before, unless health came between them. */
  function checkBackOff(world: World, body: Body, ledger: Ledger): void {
    const [last, now] =
      ledger.backOffs.length > 1 ? ledger.backOffs.slice(-2) : [undefined, ledger.backOffs[0]]
    if (now === undefined) return
    if (now.startedAt! < now.promised) broken(world, `INV-4: ${body.name} starts before its back-off is over`)
    const { backoffInitialMs, backoffJitter, healthyAfterMs } = world.fleet.watchdog.governor
    const delay = now.promised - now.at
    if (delay < backoffInitialMs * (1 - backoffJitter))
      broken(world, `INV-4: ${body.name} backs off too shortly`)
    if (last?.startedAt === undefined || now.at - last.startedAt >= healthyAfterMs) return
    if (body.forgivenAt > last.at) return
    if (delay < last.promised - last.at) broken(world, `INV-4: the back-off of ${body.name} shrinks`)
  }

  function checkBody(world: World, body: Body): void {
    const ledger = ledgerOf(body.name)
    const m = world.memory.agents[body.name]!
    const alive = body.run !== undefined
    if (alive && body.habit.harmless) tally.harmlessTicks++
    if (body.intent.wanted === 'down' && alive && body.seen.sighting.kind !== 'unknown') {
      ledger.downSince ??= world.mono
      if (world.mono - ledger.downSince > 3 * second)
        broken(world, `INV-3: ${body.name} is wanted down and lives`)
    } else ledger.downSince = undefined
    const excused =
      alive ||
      body.seen.busy ||
      body.seen.sighting.kind === 'unknown' ||
      ['parked', 'backing-off', 'held', 'done', 'stopped'].includes(m.life) ||
      world.memory.fleet.breaker !== undefined ||
      world.phase?.moving === true
    if (excused) ledger.absentSince = undefined
    else {
      ledger.absentSince ??= world.mono
      const queue = (world.bodies.length / world.fleet.watchdog.governor.startRate) * 1000
      if (world.mono - ledger.absentSince > queue + 15 * second)
        broken(world, `INV-2: ${body.name} is not back`)
    }
  }

  const witness: Witness = {
    decided(world, decision, before, seen) {
      tally.decisions++
      tally.agentTicks += world.bodies.length
      if (seen.server === 'unknown' && decision.actions.length > 0) broken(world, 'INV-8: unknown decides')
      for (const action of decision.actions) checkAction(world, action, before)
      for (const body of world.bodies) checkBody(world, body)
      if (world.phase === undefined) return
      if (world.phase.index < phaseIndex || world.phase.index > phaseIndex + 1) broken(world, 'INV-24')
      phaseIndex = world.phase.index
      if (world.phase.moving) return
      for (const body of world.bodies) {
        if (body.seen.spec.kind !== 'loop' || body.run === undefined) continue
        if (body.run.phase !== phaseIndex || world.phase.complete)
          broken(world, `INV-25: ${body.name} is of another phase`)
      }
    },
    started(world, body) {
      tally.starts++
      if (world.phase?.moving && body.seen.spec.kind === 'loop')
        broken(world, `INV-25: ${body.name} starts in a move`)
    },
    killed(world, body, why) {
      tally.kills++
      const limited = body.habit.limited?.(world.mono) === true
      if (limited) broken(world, `INV-6: limited ${body.name} is killed (${why})`)
      if (body.habit.harmless && why !== 'changed') {
        tally.falseKills++
        broken(world, `false kill of ${body.name} (${why})`)
      }
    },
    typed(world, body, kind) {
      const m = world.memory.agents[body.name]
      if (m?.hold !== undefined && kind !== 'probe')
        broken(world, `INV-6: ${kind} is typed to limited ${body.name}`)
    },
    completed(world) {
      if (++tally.completions > 1) broken(world, 'INV-26: completed twice')
    },
  }
  return { witness, tally }
}
