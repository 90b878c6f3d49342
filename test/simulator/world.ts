import type { EpochMs, Fleet, Intent, MonoMs, PaneSight } from '../../src/core/index.ts'
import { decide } from '../../src/watchdog/decide.ts'
import { emptyMemory } from '../../src/watchdog/empty.ts'
import { migrateMemory, resetAgent } from '../../src/watchdog/memory.ts'
import { stillHolds } from '../../src/watchdog/still-holds.ts'
import type {
  Action,
  ActionOutcome,
  AgentSeen,
  Decision,
  Memory,
  Observation,
  PhaseSeen,
  Sighting,
} from '../../src/watchdog/types.ts'
import { makeAgent, makeFleet, makePane, minute, seeded, type WatchdogOver } from './build.ts'
import { epoch, type Habit, type HabitName, habits, type Run } from './habits.ts'

/** What people, machines and clocks do to the fleet. `at` is milliseconds after the start of the world. */
export type Event =
  | { at: number; kind: 'kill'; agent: string }
  | { at: number; kind: 'server-lost' }
  | { at: number; kind: 'scan-fails'; forMs: number; agent?: string }
  | { at: number; kind: 'wall-jumps'; byMs: number }
  /** The watchdog is stopped (SIGSTOP): nobody looks, the world goes on. */
  | { at: number; kind: 'suspend'; forMs: number }
  | { at: number; kind: 'down' | 'up' | 'pause' | 'resume' | 'reset' | 'change' | 'message'; agent: string }
  | { at: number; kind: 'phase-done' }
  /** The watchdog is killed and comes back with what it had written down; after a boot, with other clocks. */
  | { at: number; kind: 'watchdog-restarts'; rebooted?: boolean }
  /** An edit of the config: the backend spends from another account. */
  | { at: number; kind: 'account'; backend: string; account: string }

export interface Options {
  agents: { name: string; habit: HabitName }[]
  events?: Event[]
  seed?: number
  watchdog?: WatchdogOver
  phases?: number
  /** Decide also when an action ends or an agent dies, not only at ticks. @default true */
  eventDriven?: boolean
  /** Looks per tick. @default 1 */
  looksPerTick?: number
  /** How long actions take at least and at most. */
  latencyMs?: [number, number]
  /** Share of starts that tmux refuses for now. */
  startTrouble?: number
}

export interface Body {
  name: string
  habit: Habit
  salt: number
  seen: AgentSeen
  run: Run | undefined
  dead: Extract<Sighting, { kind: 'dead' }> | undefined
  runs: number
  intent: Intent
  sampled: boolean
  missingSince: MonoMs | undefined
  /** When an operator last reset it or changed its config. */
  forgivenAt: MonoMs
}

/** Somebody who looks at everything from outside; throws when an invariant is broken. */
export interface Witness {
  decided?(world: World, decision: Decision, before: Memory, seen: Observation): void
  started?(world: World, body: Body, cause: string): void
  killed?(world: World, body: Body, why: string): void
  typed?(world: World, body: Body, kind: string): void
  completed?(world: World): void
}

interface Pending {
  at: MonoMs
  order: number
  body: Body | undefined
  end(): ActionOutcome | undefined
}

const unanswered: Sighting = { kind: 'unknown', why: 'tmux does not answer' }
const wallStart: EpochMs = 1_800_000_000_000

/** A fleet in virtual time: the real decide, everything around it scripted. */
export class World {
  readonly fleet: Fleet
  readonly bodies: Body[] = []
  readonly byName = new Map<string, Body>()
  readonly witness: Witness
  mono: MonoMs = epoch
  wallOffset = wallStart - epoch
  memory: Memory = emptyMemory()
  phase: PhaseSeen | undefined
  serverId = 's1'
  serverUp = true
  unknownUntil: MonoMs = 0
  readonly trace: string[] = []
  keepTrace = false
  decisions = 0
  private readonly unseenUntil = new Map<string, MonoMs>()
  private readonly pending: Pending[] = []
  private readonly events: Event[]
  private readonly random: () => number
  private readonly decideRandom: () => number
  private readonly options: Options
  private outcomes: ActionOutcome[] = []
  private nextTick: MonoMs = epoch
  private nextAt: MonoMs | undefined
  private count = 0

  constructor(options: Options, witness: Witness = {}) {
    this.options = options
    this.witness = witness
    this.random = seeded(options.seed ?? 1)
    this.decideRandom = seeded((options.seed ?? 1) ^ 0x5eed)
    this.events = [...(options.events ?? [])].sort((x, y) => x.at - y.at)
    this.fleet = makeFleet([], options.watchdog)
    if (options.phases !== undefined) {
      this.phase = {
        index: 0,
        count: options.phases,
        done: false,
        autoAdvance: true,
        complete: false,
        moving: false,
      }
    }
    for (const [salt, { name, habit }] of options.agents.entries()) this.addBody(name, habits[habit], salt)
  }

  get wall(): EpochMs {
    return this.mono + this.wallOffset
  }

  private addBody(name: string, habit: Habit, salt: number): void {
    const spec = makeAgent(name, habit.spec)
    this.fleet.agents.push(spec)
    const intent: Intent = { wanted: 'up', paused: false, by: 'default', at: 0 }
    const body: Body = {
      name,
      habit,
      salt,
      run: undefined,
      dead: undefined,
      runs: 0,
      intent,
      sampled: false,
      missingSince: this.mono,
      forgivenAt: -1,
      seen: {
        spec,
        effectiveModel: '',
        backend: this.fleet.backends[spec.backend],
        sighting: { kind: 'missing' },
        busy: false,
        intent,
        blocked: undefined,
        wantedLaunch: 'L0',
        runningLaunch: undefined,
        kickoffPending: false,
        queued: 0,
        cutsIn: false,
      },
    }
    this.bodies.push(body)
    this.byName.set(name, body)
  }

  /** Lets time go on by `ms`. */
  runFor(ms: number): this {
    const end = this.mono + ms
    const eventDriven = this.options.eventDriven ?? true
    for (;;) {
      const at = this.nextInstant(eventDriven)
      if (at > end) break
      this.mono = Math.max(this.mono, at)
      const happened = this.happen()
      const ticked = this.mono >= this.nextTick
      if (ticked) this.nextTick += this.fleet.watchdog.tickMs / (this.options.looksPerTick ?? 1)
      if (ticked || (eventDriven && (happened || this.nextAt === this.mono))) this.decide()
    }
    this.mono = end
    return this
  }

  private nextInstant(eventDriven: boolean): MonoMs {
    let at = this.nextTick
    const first = this.events[0]
    if (first !== undefined) at = Math.min(at, epoch + first.at)
    for (const one of this.pending) if (one.at < at) at = one.at
    if (!eventDriven) return at
    if (this.nextAt !== undefined && this.nextAt > this.mono) at = Math.min(at, this.nextAt)
    for (const body of this.bodies) if (body.run !== undefined && body.run.endsAt < at) at = body.run.endsAt
    return at
  }

  /** Everything that is due. True when something was. */
  private happen(): boolean {
    let happened = false
    while (this.events[0] !== undefined && epoch + this.events[0].at <= this.mono) {
      this.apply(this.events.shift()!)
      happened = true
    }
    for (const body of this.bodies) {
      if (body.run === undefined || body.run.endsAt > this.mono) continue
      this.die(body, body.run.endsAs)
      happened = true
    }
    if (this.pending.length === 0) return happened
    const due = this.pending
      .filter((one) => one.at <= this.mono)
      .sort((x, y) => x.at - y.at || x.order - y.order)
    if (due.length === 0) return happened
    const rest = this.pending.filter((one) => one.at > this.mono)
    this.pending.splice(0, this.pending.length, ...rest)
    for (const one of due) {
      const outcome = one.end()
      if (one.body !== undefined) one.body.seen.busy = false
      if (outcome !== undefined) this.outcomes.push(outcome)
    }
    return true
  }

  private apply(event: Event): void {
    if (event.kind === 'server-lost') {
      this.loseServer()
      return
    }
    if (event.kind === 'wall-jumps') this.wallOffset += event.byMs
    else if (event.kind === 'watchdog-restarts') this.restartWatchdog(event.rebooted !== true)
    else if (event.kind === 'account') this.changeAccount(event.backend, event.account)
    else if (event.kind === 'suspend') this.nextTick = Math.max(this.nextTick, this.mono + event.forMs)
    else if (event.kind === 'phase-done' && this.phase !== undefined)
      this.phase = { ...this.phase, done: true }
    else if (event.kind === 'scan-fails') {
      if (event.agent === undefined) this.unknownUntil = this.mono + event.forMs
      else this.unseenUntil.set(event.agent, this.mono + event.forMs)
    } else if ('agent' in event && event.agent !== undefined) this.applyToAgent(event.kind, event.agent)
  }

  /** What was under way is done or not, and nobody hears of it; a phase move is resumed from its journal. */
  private restartWatchdog(sameBoot: boolean): void {
    for (const { body, end } of this.pending.splice(0)) {
      if (body === undefined || this.random() < 0.5) end()
      if (body !== undefined) body.seen.busy = false
    }
    this.outcomes = []
    this.nextAt = undefined
    const saved = JSON.parse(JSON.stringify(this.memory)) as unknown
    this.memory = migrateMemory(saved, sameBoot, { wall: this.wall, mono: this.mono })
  }

  private changeAccount(backend: string, account: string): void {
    const old = this.fleet.backends[backend]!
    this.fleet.backends[backend] = { ...old, account }
    for (const body of this.bodies) {
      if (body.seen.spec.backend === backend) body.seen.backend = this.fleet.backends[backend]
    }
  }

  private applyToAgent(kind: Event['kind'], name: string): void {
    const body = this.byName.get(name)
    if (body === undefined) return
    const at = body.intent.at + 1
    if (kind === 'reset' || kind === 'change') body.forgivenAt = this.mono
    if (kind === 'kill' && body.run !== undefined) this.die(body, 'signal')
    else if (kind === 'down') this.say(body, { ...body.intent, wanted: 'down', by: 'operator', at })
    else if (kind === 'up') this.say(body, { ...body.intent, wanted: 'up', by: 'operator', at })
    else if (kind === 'pause') this.say(body, { ...body.intent, paused: true, by: 'operator', at })
    else if (kind === 'resume') this.say(body, { ...body.intent, paused: false, by: 'operator', at })
    else if (kind === 'reset') this.memory = resetAgent(this.memory, name)
    else if (kind === 'change') body.seen.wantedLaunch = `L${this.mono}`
    else if (kind === 'message') body.seen.queued = body.seen.queued + 1
  }

  private say(body: Body, intent: Intent): void {
    body.intent = intent
    body.seen.intent = intent
  }

  private loseServer(): void {
    this.serverUp = false
    for (const body of this.bodies) {
      body.run = undefined
      body.dead = undefined
      body.missingSince ??= this.mono
    }
  }

  private die(body: Body, cause: Extract<Sighting, { kind: 'dead' }>['cause']): void {
    const run = body.run!
    const pane = makePane({ paneId: run.paneId, panePid: run.panePid, dead: true })
    body.dead = { kind: 'dead', pane, cause, evidence: [`ended: ${cause}`] }
    body.run = undefined
    body.missingSince ??= this.mono
  }

  observe(): Observation {
    const unknown = this.mono < this.unknownUntil
    const agents: AgentSeen[] = []
    for (const body of this.bodies) {
      const sighting = this.sight(body)
      body.seen.sighting = unknown ? unanswered : sighting
      body.seen.runningLaunch = body.run?.launch
      agents.push(body.seen)
    }
    return {
      server: unknown ? 'unknown' : this.serverUp ? 'up' : 'none',
      serverId: unknown || !this.serverUp ? undefined : this.serverId,
      agents,
      phase: this.phase,
      outcomes: this.outcomes,
    }
  }

  private sight(body: Body): Sighting {
    if ((this.unseenUntil.get(body.name) ?? 0) > this.mono) return { kind: 'unknown', why: 'not captured' }
    if (body.run === undefined) return body.dead ?? { kind: 'missing' }
    const { reading, cpuBusy, command } = body.habit.frame(body.run, this, body.salt)
    return {
      kind: 'alive',
      pane: this.pane(body.run, command),
      reading,
      lookAt: this.mono,
      cpuBusy: body.sampled ? cpuBusy : undefined,
    }
  }

  private readonly panes = new WeakMap<Run, PaneSight>()
  private pane(run: Run, command: string): PaneSight {
    let pane = this.panes.get(run)
    if (pane === undefined) {
      pane = makePane({ paneId: run.paneId, panePid: run.panePid, command })
      this.panes.set(run, pane)
    }
    return pane
  }

  private decide(): void {
    const seen = this.observe()
    this.outcomes = []
    const before = this.memory
    const now = { wall: this.wall, mono: this.mono }
    const decision = decide(this.fleet, seen, before, now, this.decideRandom)
    this.decisions++
    this.memory = decision.memory
    this.nextAt = decision.nextAt
    for (const body of this.bodies) body.sampled = false
    for (const name of decision.wantCpu) this.byName.get(name)!.sampled = true
    this.witness.decided?.(this, decision, before, seen)
    for (const action of decision.actions) {
      if (this.keepTrace) this.trace.push(traceLine(this.mono - epoch, action))
      this.perform(action)
    }
  }

  private perform(action: Action): void {
    if (action.kind === 'note' || action.kind === 'park') return
    if (action.kind === 'advance' || action.kind === 'complete') {
      this.movePhase(action)
      return
    }
    const body = this.byName.get(action.agent)!
    body.seen.busy = true
    this.later(body, () => this.finish(body, action))
  }

  private later(body: Body | undefined, end: Pending['end'], extraMs = 0): void {
    const [least, most] = this.options.latencyMs ?? [5, 400]
    const at = this.mono + extraMs + Math.round(least + this.random() * (most - least))
    this.pending.push({ at, order: this.count++, body, end })
  }

  private finish(
    body: Body,
    action: Exclude<Action, { kind: 'note' | 'advance' | 'complete' }>,
  ): ActionOutcome {
    const base = { agent: body.name, action: action.kind }
    switch (action.kind) {
      case 'start':
        return { ...base, ...this.start(body, action.cause) }
      case 'restart': {
        if (!this.verdict(body, action)) return { ...base, ok: false, withdrawn: true }
        this.witness.killed?.(this, body, action.cause)
        this.remove(body)
        return { ...base, ...this.start(body, action.cause) }
      }
      case 'stop':
        this.remove(body)
        return { ...base, ok: true }
      case 'clean':
        body.dead = undefined
        return { ...base, ok: true }
      case 'nudge':
      case 'wake':
      case 'kickoff':
      case 'deliver':
      case 'probe':
        return { ...base, ok: this.type(body, action.kind) }
      default:
        return { ...base, ok: true }
    }
  }

  private verdict(body: Body, action: Extract<Action, { kind: 'restart' }>): boolean {
    const run = body.run
    const frame = run === undefined ? undefined : body.habit.frame(run, this, body.salt)
    return stillHolds(action.verify, {
      pane: run === undefined ? undefined : this.pane(run, frame!.command),
      reading: frame?.reading,
      cpuBusy: frame?.cpuBusy,
      wanted: body.intent.wanted === 'up' && !body.intent.paused,
      wantedLaunch: body.seen.wantedLaunch,
      runningLaunch: run?.launch,
    }).holds
  }

  private start(body: Body, cause: string): { ok: boolean; cause?: 'start'; retryable?: boolean } {
    if (this.random() < (this.options.startTrouble ?? 0))
      return { ok: false, cause: 'start', retryable: true }
    if (body.run !== undefined) throw new Error(`INV-1: ${body.name} was started twice`)
    if (!this.serverUp) {
      this.serverUp = true
      this.serverId = `s${Number(this.serverId.slice(1)) + 1}`
    }
    this.spawn(body)
    this.witness.started?.(this, body, cause)
    return { ok: true }
  }

  private spawn(body: Body): void {
    const n = ++body.runs
    const ends = body.habit.endsAfter?.(n, body.salt)
    const panePid = 1000 + ++this.count
    body.dead = undefined
    body.missingSince = undefined
    body.run = {
      n,
      paneId: `%${panePid}`,
      panePid,
      startedAt: this.mono,
      launch: body.seen.wantedLaunch,
      phase: this.phase?.index ?? 0,
      // The prompt goes with the start unless it is typed later.
      pokedAt: body.seen.backend?.promptDelivery === 'ping' ? 0 : this.mono,
      endsAt: ends === undefined ? Number.POSITIVE_INFINITY : this.mono + ends.ms,
      endsAs: ends?.as ?? 'exit',
      reading: undefined,
    }
  }

  private remove(body: Body): void {
    body.run = undefined
    body.dead = undefined
    body.missingSince ??= this.mono
  }

  private type(body: Body, kind: string): boolean {
    if (body.run === undefined) return false
    this.witness.typed?.(this, body, kind)
    body.run.pokedAt = this.mono
    if (kind === 'deliver') body.seen.queued = body.seen.queued - 1
    return true
  }

  private movePhase(action: Extract<Action, { kind: 'advance' | 'complete' }>): void {
    const phase = this.phase!
    this.phase = { ...phase, moving: true }
    const loops = this.bodies.filter((body) => body.seen.spec.kind === 'loop')
    for (const body of loops) this.remove(body)
    this.later(undefined, () => {
      if (action.kind === 'complete') {
        this.phase = { ...phase, moving: false, complete: true }
        this.witness.completed?.(this)
      } else {
        if (action.from !== phase.index || action.to !== phase.index + 1)
          throw new Error('INV-24: phase jumps')
        this.phase = { ...phase, index: action.to, done: false, moving: false }
        for (const body of loops) this.spawn(body)
      }
      return { agent: '', action: action.kind, ok: true }
    })
  }
}

/** One decided action, in a form that can be compared between runs. Texts are left out: they may name wall times. */
export function traceLine(at: number, action: Action): string {
  const agent = 'agent' in action ? (action.agent ?? '-') : '-'
  const kind = action.kind === 'note' ? `note:${action.event}` : action.kind
  const cause = 'cause' in action ? ` ${action.cause}` : ''
  return `${at} ${kind} ${agent}${cause}`
}

export const anHour = 60 * minute
