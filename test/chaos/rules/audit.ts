import type { FleetEvent } from '../../../src/core/index.ts'
import { createLicences, type Rules, type Violation } from './types.ts'

/** How long the record of a start may come after the start itself, and before it. Milliseconds. */
const nearMs = 10_000

/** INV-7, INV-8, INV-10: every kill has its evidence and its reason, every start its record. */
export function createAuditRules(): Rules {
  const licences = createLicences()
  let records: { agent: string; at: number }[] = []
  let waiting: { agent: string; at: number }[] = []
  let lastSeq = 0

  function onEvent(event: FleetEvent): Violation[] {
    const found: Violation[] = []
    if (event.kind === 'start' && event.agent !== undefined)
      records.push({ agent: event.agent, at: event.at })
    if (event.kind === 'kill') found.push(...onKill(event))
    if (event.kind === 'park' && event.agent !== 'crasher' && event.cause !== 'config') {
      found.push({ inv: 'INV-5', why: `${event.agent} was parked: ${event.because}` })
    }
    if (event.seq !== lastSeq + 1 && lastSeq !== 0 && !licences.any(event.at, 'silence')) {
      found.push({ inv: 'INV-10', why: `event ${event.seq} follows ${lastSeq}` })
    }
    lastSeq = event.seq
    return found
  }

  function onKill(event: FleetEvent): Violation[] {
    const agent = event.agent ?? ''
    const evidence = event.evidence ?? []
    const found: Violation[] = []
    if (evidence.length < 2) {
      found.push({
        inv: 'INV-7',
        why: `${agent} was killed on ${evidence.length} pieces of evidence: ${event.because}`,
      })
    }
    // The remains of an earlier life are no life: they may be ended whenever the agent is started.
    const remains = event.cause === undefined
    if (!remains && !licences.covers(agent, event.at, 'kills')) {
      found.push({
        inv: 'INV-7',
        why: `${agent} was killed and no fault asks for it: ${event.because} (${evidence.join('; ')})`,
      })
    }
    return found
  }

  /** Each start that an agent wrote down has a record of its own. */
  function settle(now: number): Violation[] {
    const found: Violation[] = []
    const late = waiting.filter((one) => now - one.at > nearMs)
    waiting = waiting.filter((one) => now - one.at <= nearMs)
    for (const one of late) {
      const at = records.findIndex(
        (record) => record.agent === one.agent && Math.abs(record.at - one.at) < nearMs,
      )
      if (at >= 0) records.splice(at, 1)
      else if (!licences.any(one.at, 'silence')) {
        found.push({
          inv: 'INV-10',
          why: `${one.agent} was started at ${new Date(one.at).toISOString()} without a record`,
        })
      }
    }
    records = records.filter((record) => now - record.at < 3 * nearMs)
    return found
  }

  return (entry) => {
    licences.feed(entry)
    const found: Violation[] = settle(entry.at)
    if (entry.kind === 'event') found.push(...onEvent(entry.event))
    if (entry.kind === 'said' && entry.what === 'start')
      waiting.push({ agent: entry.agent, at: entry.saidAt })
    if (entry.kind === 'forget' && entry.what === 'events') {
      lastSeq = 0
      waiting = []
    }
    return found
  }
}
