import type { BackendSpec, FailClass } from '../core/index.ts'
import { failureLine, failureText, needsPerson } from './person.ts'
import { decideStall } from './stall.ts'
import { confirmed } from './suspect.ts'
import { isResting, setLife, type Tick } from './tick.ts'
import { request, trouble } from './trouble.ts'
import type { AgentMemory, AgentSeen, CauseClass, Sighting } from './types.ts'

type Alive = Extract<Sighting, { kind: 'alive' }>

/** Looks for a reason to restart an agent that is up. True: something is wrong, and nothing else is decided now. */
export function heal(t: Tick, a: AgentSeen, m: AgentMemory, s: Alive): boolean {
  if (a.blocked !== undefined) return false
  if (t.loopsComplete && a.spec.kind === 'loop') return false
  if (changed(t, a, m, s)) return true
  if (s.reading.state === 'working' || s.reading.state === 'asking') return calm(m)
  return mismatch(t, a, m, s) || failing(t, a, m, s) || decideStall(t, a, m, s) || calmUnlessSuspect(m, s)
}

/** Nothing is wrong at this look: suspicions and a back-off that waited for them are void. */
function calm(m: AgentMemory): false {
  m.suspect = undefined
  if (m.backoff?.waiting) m.backoff = { ...m.backoff, waiting: false }
  return false
}

function calmUnlessSuspect(m: AgentMemory, s: Alive): false {
  return m.suspect !== undefined && m.suspect.lastLook === s.lookAt ? false : calm(m)
}

/** The config asks for something else than what runs: restart once, at a turn boundary. No strike. */
function changed(t: Tick, a: AgentSeen, m: AgentMemory, s: Alive): boolean {
  if (a.runningLaunch === undefined || a.runningLaunch === a.wantedLaunch) return false
  if (m.appliedLaunch === a.wantedLaunch || isResting(t, m, 'restart')) return false
  const { state } = s.reading
  const now = t.want.watchdog.applyNow
  if (!now && (state === 'working' || state === 'asking')) return false
  const evidence = [
    `runs ${a.runningLaunch}, the config asks for ${a.wantedLaunch}`,
    `reading ${state}${now ? ', apply_now' : ': a turn boundary'}`,
  ]
  request(t, a, m, s, 'changed', 'its backend, model or command changed in the config', evidence, {
    predicate: 'changed',
    evenWorking: now,
  })
  return true
}

/** The pane runs the program of another backend. A shell or a wrapper is no mismatch (row 13). */
function mismatch(t: Tick, a: AgentSeen, m: AgentMemory, s: Alive): boolean {
  const own = a.backend?.processName
  const { command } = s.pane
  if (own === undefined || command === own) return false
  const other = t.programs.get(command)
  if (other === undefined) return false
  if (!confirmed(t, m, 'mismatch', s.lookAt)) return false
  const evidence = [
    `the pane runs ${command}, the program of backend ${other}`,
    `backend ${a.spec.backend} runs ${own}`,
    `reading ${s.reading.state} (${s.reading.rule})`,
  ]
  return trouble(t, a, m, s, 'mismatch', `${command} runs instead of ${own}`, evidence, {
    predicate: 'mismatch',
    command,
  })
}

/**
 * A failure on the screen. An overloaded service gets well by itself, a login or a bill is a person's business; the
 * rest is restarted when it stands at two looks and a second source says that nothing moves.
 */
function failing(t: Tick, a: AgentSeen, m: AgentMemory, s: Alive): boolean {
  const { reading } = s
  if (reading.state !== 'failing' || reading.failClass === 'overload') return false
  if (needsPerson(reading)) return waitForPerson(t, m, s)
  const seconds = quietSources(s)
  if (seconds.length === 0) {
    t.wantCpu.push(a.spec.name)
    return false
  }
  if (!confirmed(t, m, 'fatal', s.lookAt)) return false
  const what = reading.claims.filter((c) => c.says === 'fatal' || c.says === 'failing').map((c) => c.evidence)
  const because = `${reading.failClass ?? 'fatal'} on its screen at two looks: ${failureText(reading)}`
  return trouble(t, a, m, s, causeOf(reading.failClass), because, [...what, ...seconds], {
    predicate: 'fatal',
  })
}

/** No restart helps and none is made; it goes on by itself when its screen says otherwise. */
function waitForPerson(t: Tick, m: AgentMemory, s: Alive): true {
  const sure = confirmed(t, m, 'person', s.lookAt)
  m.idle = undefined
  m.nudgedAt = undefined
  m.nudgedIdleMs = undefined
  if (m.backoff?.waiting) m.backoff = { ...m.backoff, waiting: false }
  if (sure) setLife(t, m, 'held', failureLine(s.reading))
  return true
}

function causeOf(failClass: FailClass | undefined): CauseClass {
  return failClass === 'context' || failClass === 'crash' || failClass === 'start' ? failClass : 'fatal'
}

/** Evidence of this very look, other than the screen's text, that nothing moves. What was sampled before it may be over. */
export function quietSources(s: { reading: Alive['reading']; cpuBusy: boolean | undefined }): string[] {
  const found = s.reading.claims
    .filter((c) => c.says === 'quiet' && c.source !== 'screen' && c.at === undefined)
    .map((c) => c.evidence)
  if (s.cpuBusy === false) found.push('its process tree used no CPU')
  return found
}

/** Which program belongs to which backend. */
export function programsOf(backends: Record<string, BackendSpec>): Map<string, string> {
  const programs = new Map<string, string>()
  for (const backend of Object.values(backends)) {
    if (backend.processName !== undefined) programs.set(backend.processName, backend.name)
  }
  return programs
}
