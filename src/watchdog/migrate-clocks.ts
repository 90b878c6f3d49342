import type { EpochMs, MonoMs, Now } from '../core/index.ts'
import { type AccountClock, defaultWindow } from './account-clock.ts'

type Fields = Record<string, unknown>

const manyAgents = 10_000

/**
 * Saved clocks of usage limits. A canary that was asking when the watchdog died is asked for again, and what was let
 * through since the limit is over stays so.
 */
export function migrateClocks(value: unknown, sameBoot: boolean, now: Now): AccountClock[] {
  if (!Array.isArray(value)) return []
  return value.slice(0, 1000).flatMap((saved) => clockOf(saved, sameBoot, now) ?? [])
}

function clockOf(saved: unknown, sameBoot: boolean, now: Now): AccountClock | undefined {
  if (!isFields(saved) || typeof saved.account !== 'string') return undefined
  const evidence = isFields(saved.evidence) ? saved.evidence : {}
  const until = numberOr(saved.until, now.wall)
  const clock: AccountClock = {
    account: saved.account,
    window: textOr(saved.window, defaultWindow),
    kind: saved.kind === 'blocked' ? 'blocked' : 'timed',
    modelOnly: saved.modelOnly === true,
    models: textsOf(saved.models),
    since: numberOr(saved.since, now.wall),
    until,
    untilMono: monoOf(saved.untilMono, until, sameBoot, now),
    evidence: {
      agent: textOr(evidence.agent, ''),
      text: textOr(evidence.text, ''),
      source: textOr(evidence.source, 'screen'),
    },
    tries: numberOr(saved.tries, 0),
    passed: textsOf(saved.passed),
  }
  if (typeof saved.asked === 'string') clock.asked = saved.asked
  if (isFields(saved.open)) {
    const { open } = saved
    const at = sameBoot ? Math.min(numberOr(open.at, now.mono), now.mono) : now.mono
    const next = sameBoot ? numberOr(open.next, now.mono) : now.mono
    clock.open = { at, next, by: textOr(open.by, '') }
  }
  return clock
}

/** After another boot a limit ends by the wall clock, the only one that both boots share. */
function monoOf(saved: unknown, until: EpochMs, sameBoot: boolean, now: Now): MonoMs {
  const byWall = now.mono + Math.max(0, until - now.wall)
  return sameBoot ? numberOr(saved, byWall) : byWall
}

const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const numberOr = (value: unknown, otherwise: number): number =>
  typeof value === 'number' && Number.isFinite(value) ? value : otherwise

const textOr = (value: unknown, otherwise: string): string => (typeof value === 'string' ? value : otherwise)

const textsOf = (value: unknown): string[] =>
  Array.isArray(value)
    ? value.filter((one): one is string => typeof one === 'string').slice(0, manyAgents)
    : []
