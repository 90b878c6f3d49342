import { heldText } from './account-clock.ts'
import { leaveOf, take } from './accounts.ts'
import { park, permit } from './governor.ts'
import { holdByEnd } from './limit.ts'
import { waitOutOverload } from './overload.ts'
import { sidestep } from './sidestep.ts'
import { whyStuck } from './stuck.ts'
import { act, countedCauses, isResting, isWatched, note, runOf, setLife, type Tick, wakeAt } from './tick.ts'
import type { AgentMemory, AgentSeen, Down, Sighting } from './types.ts'

type Away = Extract<Sighting, { kind: 'dead' | 'missing' }>

/** Takes notice of a death, once. True when it is a new one that may be part of a common-cause incident. */
export function noticeDeath(t: Tick, a: AgentSeen, m: AgentMemory, s: Away): boolean {
  if (a.intent.wanted === 'down' || isPhaseBusiness(t, a)) {
    forgetRun(m)
    return false
  }
  const wasUp = m.upSince !== undefined
  const isNew = s.kind === 'missing' ? noticeMissing(t, a, m) : noticeDead(t, a, m, s)
  if (!isNew) return false
  m.upSince = undefined
  m.startedAt = undefined
  return wasUp && countedCauses.has(m.down!.cause)
}

function noticeMissing(t: Tick, a: AgentSeen, m: AgentMemory): boolean {
  if (m.down !== undefined) return false
  const first = m.run === undefined
  const lost = !first && m.server !== t.seen.serverId
  if (!lost && isTooFresh(t, m)) return false
  const cause = first ? 'operator' : lost ? 'tmux-loss' : 'gone'
  m.down = newDown(t, cause, [lost ? 'the tmux server it lived in is gone' : 'no session in a good scan'])
  if (!lost && !first && wasThere(m))
    note(t, 'exit', 'its session vanished', a.spec.name, m.down.evidence, { cause })
  return true
}

function noticeDead(t: Tick, a: AgentSeen, m: AgentMemory, s: Extract<Away, { kind: 'dead' }>): boolean {
  const run = runOf(s.pane)
  if (m.down?.run === run) return false
  if (m.down === undefined && m.lastDead === run && isTooFresh(t, m)) return false
  if (m.down !== undefined && m.down.run === undefined && !m.down.paid) {
    m.down = { ...m.down, run }
    return false
  }
  const told = m.run === run && !wasThere(m)
  m.down = { ...newDown(t, s.cause, s.evidence), run }
  if (told) return true
  note(t, 'exit', `ended: ${s.evidence[0] ?? s.cause}`, a.spec.name, s.evidence, { cause: s.cause })
  return true
}

/** Up, or just started, when it was seen last. If not, its end was told before, by an earlier watchdog maybe. */
function wasThere(m: AgentMemory): boolean {
  return m.upSince !== undefined || m.startedAt !== undefined
}

/** Its start was reported just now, and this scan may be older than it. */
function isTooFresh(t: Tick, m: AgentMemory): boolean {
  if (m.startedAt === undefined) return false
  const end = m.startedAt + t.want.watchdog.tickMs
  wakeAt(t, end)
  return t.now.mono < end
}

function newDown(t: Tick, cause: Down['cause'], evidence: string[]): Down {
  return { cause, since: t.now.mono, evidence, paid: false, pardoned: false }
}

/** Stopped on purpose, so that its absence is no death and its next start is no restart. */
function forgetRun(m: AgentMemory): void {
  m.run = undefined
  m.down = undefined
  m.startedAt = undefined
  m.upSince = undefined
  m.idle = undefined
  m.suspect = undefined
  if (m.retry?.kind === 'start') m.retry = undefined
}

function isPhaseBusiness(t: Tick, a: AgentSeen): boolean {
  return a.spec.kind === 'loop' && (t.loopsMoving || t.loopsComplete)
}

/** What to do about an agent that is not there. */
export function decideDown(t: Tick, a: AgentSeen, m: AgentMemory, s: Away): void {
  m.upSince = undefined
  m.idle = undefined
  m.suspect = undefined
  if (a.intent.wanted === 'down') {
    forgetRun(m)
    m.finished = undefined
    rest(t, a, m, s, 'stopped', undefined)
    return
  }
  if (isPhaseBusiness(t, a)) {
    if (t.loopsMoving) {
      setLife(t, m, 'stopped', 'the phase is moving')
      return
    }
    rest(t, a, m, s, 'stopped', 'sequence complete')
    return
  }
  finishByPolicy(a, m)
  if (m.finished !== undefined) {
    rest(t, a, m, s, m.finished.life, m.finished.because)
    return
  }
  if (!isWatched(a)) {
    rest(t, a, m, s, 'stopped', undefined)
    return
  }
  if (a.intent.paused) {
    setLife(t, m, 'held', 'paused by an operator')
    return
  }
  if (m.parked !== undefined) {
    rest(t, a, m, s, 'parked', m.parked.because)
    return
  }
  if (a.blocked !== undefined) {
    park(t, a, m, 'config', a.blocked, [a.blocked], 'blocked')
    setLife(t, m, 'parked', a.blocked)
    return
  }
  if (s.kind === 'dead' && holdByEnd(t, a, m, s)) return
  bringBack(t, a, m)
}

/** Ended for good? permanent: never; transient: after a good exit; temporary: always. A first start is no restart. */
function finishByPolicy(a: AgentSeen, m: AgentMemory): void {
  const cause = m.down?.cause
  if (m.finished !== undefined || cause === undefined || cause === 'operator') return
  if (cause === 'exit' && (a.spec.kind === 'task' || a.spec.restart !== 'permanent')) {
    m.finished = { life: 'done', because: 'ended by itself with status 0' }
  } else if (a.spec.restart === 'temporary') {
    m.finished = { life: 'stopped', because: `ended (${cause}); its policy is never to restart it` }
  }
}

/** Stays down: the dead pane, if any, is removed. */
function rest(
  t: Tick,
  a: AgentSeen,
  m: AgentMemory,
  s: Away,
  life: AgentMemory['life'],
  because: string | undefined,
): void {
  setLife(t, m, life, because)
  if (s.kind !== 'dead' || isResting(t, m, 'clean')) return
  const why = because === undefined ? life : `${life}: ${because}`
  act(t, m, { kind: 'clean', agent: a.spec.name, because: `it is not started again (${why})` })
}

function bringBack(t: Tick, a: AgentSeen, m: AgentMemory): void {
  const down = m.down
  if (down === undefined) {
    setLife(t, m, 'starting', 'its start is done; its pane has not been seen yet')
    return
  }
  if (down.cause === 'missing-binary') {
    park(t, a, m, 'missing-binary', whyNotRun(down), down.evidence)
    setLife(t, m, 'parked', m.parked?.because)
    return
  }
  if (isDenied(t, m, down)) {
    park(t, a, m, down.cause, `ended twice for want of ${wants(down)}`, down.evidence)
    setLife(t, m, 'parked', m.parked?.because)
    return
  }
  const charge = countedCauses.has(down.cause) && !down.paid && !down.pardoned
  if (charge) {
    const answer = permit(t, a, m, down.cause, down.evidence)
    if (answer === 'parked') {
      setLife(t, m, 'parked', m.parked?.because)
      return
    }
    if (answer === 'wait') {
      setLife(t, m, 'backing-off', `${down.cause}: ${down.evidence[0] ?? ''}`)
      return
    }
  }
  if (isResting(t, m, 'start')) {
    showResting(t, m)
    return
  }
  if (waitOutOverload(t, m, down)) return
  if (promptMustWait(t, a, m)) return
  const because = down.cause === 'operator' ? 'wanted up and not there' : whyBack(down)
  t.starts.push({
    a,
    m,
    charge,
    since: down.since,
    action: {
      kind: 'start',
      agent: a.spec.name,
      because,
      cause: down.cause,
      ...(down.cause === 'context' ? { fresh: true } : {}),
    },
  })
}

/** A hiccup of tmux is over in no time; what a person has to mend is said, and waits longer each time. */
function showResting(t: Tick, m: AgentMemory): void {
  const stuck = whyStuck(m)
  if (stuck !== undefined) {
    setLife(t, m, 'backing-off', `cannot be started: ${stuck}`)
    return
  }
  const why = m.retry?.because === undefined ? '' : ` (${m.retry.because})`
  setLife(t, m, 'starting', `the last try failed${why}; trying again soon`)
}

/** Without a login or credit it ends the same way again. One more start tells whether that was it; not a third. */
function isDenied(t: Tick, m: AgentMemory, down: Down): boolean {
  if (down.cause !== 'auth' && down.cause !== 'billing') return false
  const before = m.deniedAt
  m.deniedAt = down.since
  const periodMs = t.want.watchdog.governor.periodMs
  return before !== undefined && before < down.since && down.since - before < periodMs
}

function wants(down: Down): string {
  const what = down.cause === 'auth' ? 'a login' : 'credit'
  const said = down.evidence.find((line) => line.startsWith('screen: '))
  return said === undefined ? what : `${what}: ${said.replace(/^screen: /, '')}`
}

/** The status alone names nothing; the shell's last word says which program it was (row 5). */
function whyNotRun(down: Down): string {
  const [status = 'its program was not found', ...words] = down.evidence
  const said = words.at(-1)
  return said === undefined ? status : `${status}: ${said.replace(/^screen: /, '')}`
}

function whyBack(down: Down): string {
  const what = down.evidence[0] === undefined ? down.cause : `${down.cause}: ${down.evidence[0]}`
  return down.pardoned ? `${what} (one cause common to many, no strike)` : what
}

/** A start would send the prompt to a limited account before its reset (row 11), or out of its turn. */
function promptMustWait(t: Tick, a: AgentSeen, m: AgentMemory): boolean {
  const leave = leaveOf(t, a, m)
  if (leave.kind === 'held' && sidestep(t, a, m, leave.clock)) return true
  if (m.hold?.asks !== undefined) {
    setLife(t, m, 'held', `usage limit: ${m.hold.text}; a person must act`)
    return true
  }
  if (m.hold !== undefined && a.backend?.promptDelivery === 'ping') return false
  if (leave.kind !== 'held') {
    if (leave.kind === 'slot') take(t, a, m)
    return false
  }
  const why = m.hold === undefined ? heldText(leave.clock) : `usage limit: ${m.hold.text}`
  setLife(t, m, 'held', `${why}; it is not running, and a start would send its prompt`)
  return true
}
