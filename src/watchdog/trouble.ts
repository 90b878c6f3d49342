import { permit } from './governor.ts'
import { setLife, type Tick } from './tick.ts'
import type { AgentMemory, AgentSeen, CauseClass, Sighting, Verify } from './types.ts'

type Alive = Extract<Sighting, { kind: 'alive' }>

/** A reason to restart that counts: the governor has the word. Always true. */
export function trouble(
  t: Tick,
  a: AgentSeen,
  m: AgentMemory,
  s: Alive,
  cause: CauseClass,
  because: string,
  evidence: string[],
  verify: Omit<Verify, 'paneId' | 'panePid'>,
): true {
  const answer = permit(t, a, m, cause, evidence)
  if (answer === 'parked') setLife(t, m, 'parked', m.parked?.because)
  else if (answer === 'wait') setLife(t, m, 'backing-off', because)
  else request(t, a, m, s, cause, because, evidence, verify)
  return true
}

/** Asks the fleet for a restart. */
export function request(
  t: Tick,
  a: AgentSeen,
  m: AgentMemory,
  s: Alive,
  cause: CauseClass,
  because: string,
  evidence: string[],
  verify: Omit<Verify, 'paneId' | 'panePid'>,
): void {
  const { paneId, panePid } = s.pane
  t.starts.push({
    a,
    m,
    charge: cause !== 'changed',
    since: m.suspect?.since ?? t.now.mono,
    action: {
      kind: 'restart',
      agent: a.spec.name,
      because,
      cause,
      evidence,
      verify: { paneId, panePid, ...verify },
      ...(cause === 'context' ? { fresh: true } : {}),
    },
  })
}
