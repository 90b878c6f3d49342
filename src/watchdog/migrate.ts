import type { EpochMs, Life, MonoMs, Now } from '../core/index.ts'
import { emptyAgent, emptyMemory } from './empty.ts'
import { migrateClocks } from './migrate-clocks.ts'
import type { AgentMemory, Down, FleetMemory, LimitHold, Memory } from './types.ts'

type Fields = Record<string, unknown>

const lives: readonly Life[] = [
  'stopped',
  'starting',
  'up',
  'backing-off',
  'parked',
  'held',
  'draining',
  'done',
  'unknown',
]

/**
 * A saved memory made fit for this watchdog. What cannot be read is left out, and the cautious reading is taken:
 * clocks of looks start anew always; after another boot strikes count as if they had just happened, and a limit ends
 * by the wall clock, the only one that both boots share.
 */
export function migrateMemory(loaded: unknown, sameBoot: boolean, now: Now): Memory {
  const memory = emptyMemory()
  if (!isFields(loaded)) return memory
  if (isFields(loaded.agents)) {
    for (const [name, agent] of Object.entries(loaded.agents)) {
      if (isFields(agent)) memory.agents[name] = migrateAgent(agent, sameBoot, now)
    }
  }
  if (isFields(loaded.fleet)) migrateFleet(memory.fleet, loaded.fleet, sameBoot, now)
  return memory
}

function migrateAgent(saved: Fields, sameBoot: boolean, now: Now): AgentMemory {
  const m = emptyAgent(now.wall)
  const life = lives.find((one) => one === saved.life)
  if (life !== undefined) m.life = life
  m.lifeSince = numberOr(saved.lifeSince, now.wall)
  m.because = textOf(saved.because)
  m.restarts = pastOf(saved.restarts, sameBoot, now.mono)
  m.backoff = backoffOf(saved.backoff, sameBoot, now)
  m.parked = parkedOf(saved.parked, now)
  if (saved.gaveUp === true) m.gaveUp = true
  m.hold = holdOf(saved.hold, sameBoot, now)
  m.run = textOf(saved.run)
  for (const key of ['holdRun', 'server', 'appliedLaunch', 'lastDead'] as const) {
    const text = textOf(saved[key])
    if (text !== undefined) m[key] = text
  }
  for (const key of ['intentAt', 'usedMarker'] as const) {
    const at = numberOf(saved[key])
    if (at !== undefined) m[key] = at
  }
  const step = sidestepOf(saved.sidestep, now)
  if (step !== undefined) m.sidestep = step
  const finished = saved.finished
  if (isFields(finished) && (finished.life === 'done' || finished.life === 'stopped')) {
    m.finished = { life: finished.life, because: textOf(finished.because) ?? finished.life }
  }
  if (sameBoot) keepClocks(m, saved, now)
  keepDialog(m, saved, sameBoot, now)
  return m
}

/** A death whose strike is booked is not charged again by the next watchdog, nor told again. */
function downOf(value: unknown, now: Now): AgentMemory['down'] {
  if (!isFields(value)) return undefined
  const cause = textOf(value.cause)
  if (cause === undefined) return undefined
  const evidence = Array.isArray(value.evidence)
    ? value.evidence.filter((one) => typeof one === 'string')
    : []
  const run = textOf(value.run)
  return {
    cause: cause as Down['cause'],
    since: Math.min(numberOr(value.since, now.mono), now.mono),
    evidence,
    ...(run === undefined ? {} : { run }),
    paid: value.paid === true,
    pardoned: value.pardoned === true,
  }
}

/** Clocks that only mean something within one boot. The idle clock is not among them: nobody looked meanwhile. */
function keepClocks(m: AgentMemory, saved: Fields, now: Now): void {
  const upSince = numberOf(saved.upSince)
  if (upSince !== undefined) m.upSince = Math.min(upSince, now.mono)
  const { overload } = saved
  if (isFields(overload)) {
    const step = numberOf(overload.step)
    const next = numberOf(overload.next)
    if (step !== undefined && next !== undefined) {
      m.overload = { step, next, since: numberOr(overload.since, now.wall) }
    }
  }
  const down = downOf(saved.down, now)
  if (down !== undefined) m.down = down
  const wake = saved.wake
  if (isFields(wake)) {
    const next = numberOf(wake.next)
    const intervalMs = numberOf(wake.intervalMs)
    if (next !== undefined && intervalMs !== undefined && intervalMs > 0) {
      m.wake = { next: Math.min(next, now.mono + intervalMs), intervalMs }
    }
  }
  const waiting = saved.waiting
  if (isFields(waiting)) {
    const marker = numberOf(waiting.marker)
    const due = numberOf(waiting.due)
    if (marker !== undefined && due !== undefined) m.waiting = { marker, due }
  }
}

/** That an answer failed survives: a dialog that stands after it is a person's. */
function keepDialog(m: AgentMemory, saved: Fields, sameBoot: boolean, now: Now): void {
  const { asking, answered } = saved
  const fingerprint = isFields(asking) ? textOf(asking.fingerprint) : undefined
  if (isFields(asking) && fingerprint !== undefined) {
    const since = numberOr(asking.since, now.wall)
    const failed = asking.failed === true
    m.asking = {
      fingerprint,
      run: textOf(asking.run),
      since,
      looks: 0,
      lastLook: now.mono,
      away: 0,
      tried: failed,
      failed,
    }
  }
  if (!sameBoot || !Array.isArray(answered)) return
  m.answered = answered.flatMap((one: unknown) => {
    const at = isFields(one) ? numberOf(one.at) : undefined
    const rule = isFields(one) ? textOf(one.rule) : undefined
    return at === undefined || rule === undefined ? [] : [{ rule, at: Math.min(at, now.mono) }]
  })
}

function migrateFleet(fleet: FleetMemory, saved: Fields, sameBoot: boolean, now: Now): void {
  fleet.serverId = textOf(saved.serverId)
  fleet.serverLost = saved.serverLost === true
  fleet.failures = pastOf(saved.failures, sameBoot, now.mono)
  fleet.losses = pastOf(saved.losses, sameBoot, now.mono)
  fleet.clocks = migrateClocks(saved.clocks, sameBoot, now)
  if (sameBoot && isFields(saved.starts)) fleet.starts.recent = pastOf(saved.starts.recent, true, now.mono)
  const breaker = saved.breaker
  if (!isFields(breaker)) return
  const step = numberOr(breaker.step, 1)
  const nextTry = sameBoot ? numberOr(breaker.nextTry, now.mono) : now.mono
  fleet.breaker = { openedAt: sameBoot ? numberOr(breaker.openedAt, now.mono) : now.mono, nextTry, step }
}

function backoffOf(value: unknown, sameBoot: boolean, now: Now): AgentMemory['backoff'] {
  if (!isFields(value)) return undefined
  const step = numberOf(value.step)
  if (step === undefined || step < 1) return undefined
  const delayMs = numberOr(value.delayMs, 0)
  const left = sameBoot ? Math.min(delayMs, Math.max(0, numberOr(value.until, now.mono) - now.mono)) : 0
  return { until: now.mono + left, untilWall: now.wall + left, step, delayMs, waiting: left > 0 }
}

function parkedOf(value: unknown, now: Now): AgentMemory['parked'] {
  if (!isFields(value)) return undefined
  const parked: NonNullable<AgentMemory['parked']> = {
    because: textOf(value.because) ?? 'given up before this watchdog started',
    cause: (textOf(value.cause) ?? 'start') as NonNullable<AgentMemory['parked']>['cause'],
    at: numberOr(value.at, now.wall),
    launch: textOf(value.launch) ?? '',
  }
  if (value.lifts === 'blocked' || value.lifts === 'foreign') parked.lifts = value.lifts
  return parked
}

function holdOf(value: unknown, sameBoot: boolean, now: Now): LimitHold | undefined {
  if (!isFields(value)) return undefined
  const until: EpochMs = numberOr(value.until, now.wall)
  const byWall = now.mono + Math.max(0, until - now.wall)
  const untilMono: MonoMs = sameBoot ? numberOr(value.untilMono, byWall) : byWall
  const hold: LimitHold = {
    until,
    untilMono,
    nudges: numberOr(value.nudges, 0),
    text: textOf(value.text) ?? 'no reset time on the screen',
  }
  if (typeof value.account === 'string') hold.account = value.account
  if (typeof value.window === 'string') hold.window = value.window
  if (value.asks === 'blocked' || value.asks === 'policy') hold.asks = value.asks
  return hold
}

function sidestepOf(value: unknown, now: Now): AgentMemory['sidestep'] {
  if (!isFields(value) || !isFields(value.home)) return undefined
  const { backend, model } = value
  const { home } = value
  const texts = [backend, model, home.backend, home.model, home.account]
  if (!texts.every((one) => typeof one === 'string')) return undefined
  const [to = '', toModel = '', own = '', ownModel = '', account = ''] = texts
  const step: NonNullable<AgentMemory['sidestep']> = {
    backend: to,
    model: toModel,
    home: { backend: own, model: ownModel, account },
    since: numberOr(value.since, now.wall),
  }
  const from = textOf(value.from)
  if (from !== undefined) step.from = from
  if (value.back === true) step.back = true
  return step
}

function pastOf(value: unknown, sameBoot: boolean, mono: MonoMs): MonoMs[] {
  if (!Array.isArray(value)) return []
  const instants = value.filter((at): at is number => typeof at === 'number' && Number.isFinite(at))
  return instants.slice(-1000).map((at) => (sameBoot ? Math.min(at, mono) : mono))
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function numberOf(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined
}

function numberOr(value: unknown, otherwise: number): number {
  return numberOf(value) ?? otherwise
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined
}
