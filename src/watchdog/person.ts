import type { FailClass, Reading } from '../core/index.ts'

const PERSONS: ReadonlySet<FailClass | undefined> = new Set<FailClass>(['auth', 'billing', 'reported'])

/** Is it a failure that only a person ends: a login, somebody who pays, or what the agent alone tells of? */
export function needsPerson(reading: Reading): boolean {
  return reading.state === 'failing' && PERSONS.has(reading.failClass)
}

/** The failure as its screen says it. */
export function failureText(reading: Reading): string {
  const found = reading.claims.find((claim) => claim.says === 'fatal' || claim.says === 'failing')
  return found?.evidence ?? reading.rule
}

/** What a person is told about an agent that fails, and what to do about it. */
export function failureLine(reading: Reading): string {
  const line = `${reading.failClass ?? 'fatal'}: ${failureText(reading)}`
  if (reading.failClass === 'auth') return `${line}; a person must log in`
  return reading.failClass === 'billing' ? `${line}; a person must see to the account` : line
}
