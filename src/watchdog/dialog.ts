import { act, isResting, type Tick } from './tick.ts'
import type { ActionOutcome, AgentMemory, AgentSeen, Asking, Sighting } from './types.ts'

type Alive = Extract<Sighting, { kind: 'alive' }>

const hourMs = 3_600_000
/** A dialog that was drawn half, or whose options are still being drawn, is not there at two looks alike. */
const looksNeeded = 2

/** Which dialog is open and since when. It is over when two looks did not find it, or the agent is another run. */
export function followDialog(t: Tick, a: AgentSeen, m: AgentMemory, s: Alive): void {
  const known = m.asking?.run === m.run ? m.asking : undefined
  if (a.ask === undefined) {
    m.asking = known === undefined ? undefined : missed(known, s)
    return
  }
  if (known?.fingerprint !== a.ask.fingerprint) {
    const { fingerprint } = a.ask
    m.asking = {
      fingerprint,
      run: m.run,
      since: t.now.wall,
      looks: 1,
      lastLook: s.lookAt,
      away: 0,
      tried: false,
      failed: false,
    }
    return
  }
  const isNew = s.lookAt > known.lastLook
  m.asking = { ...known, looks: known.looks + (isNew ? 1 : 0), lastLook: s.lookAt, away: 0 }
}

function missed(known: Asking, s: Alive): Asking | undefined {
  if (s.lookAt <= known.lastLook) return known
  return known.away + 1 >= looksNeeded ? undefined : { ...known, lastLook: s.lookAt, away: known.away + 1 }
}

/**
 * Lets a rule of the config answer the dialog, once: what an answer did not close, a person looks at. True: nothing
 * else is decided for the agent now.
 */
export function answer(t: Tick, a: AgentSeen, m: AgentMemory, s: Alive): boolean {
  const { ask } = a
  const { asking } = m
  if (ask?.choice.kind !== 'answer' || asking === undefined || s.reading.state === 'working') return false
  if (s.reading.state === 'limited' && m.hold === undefined) return false
  if (asking.tried || asking.looks < looksNeeded || isResting(t, m, 'answer')) return false
  const { rule, option, maxPerHour } = ask.choice
  const recent = answersSince(m, t.now.mono - hourMs)
  if (recent.filter((one) => one.rule === rule).length >= maxPerHour) return false
  m.asking = { ...asking, tried: true }
  m.answered = [...recent, { rule, at: t.now.mono }]
  const because = `the rule "${rule}" answers ${ask.dialog} with "${option}"`
  act(t, m, { kind: 'answer', agent: a.spec.name, because, fingerprint: ask.fingerprint, rule, option })
  return true
}

const answersSince = (m: AgentMemory, from: number): NonNullable<AgentMemory['answered']> =>
  (m.answered ?? []).filter((one) => one.at > from)

/**
 * What came of an answer. The dialog went: the same question is a new dialog. Nothing was decided: the answer is still
 * to be given, and costs nothing. Else it was tried.
 */
export function settleAnswer(m: AgentMemory, outcome: ActionOutcome): void {
  if (outcome.ok) m.asking = undefined
  if (!outcome.withdrawn) {
    if (m.asking !== undefined) m.asking = { ...m.asking, failed: true }
    return
  }
  if (m.asking !== undefined) m.asking = { ...m.asking, tried: false }
  m.answered = m.answered?.slice(0, -1)
}

/** Why the open dialog is not answered by a rule, in a clause; undefined: a rule is about to. */
export function whyAsked(
  m: AgentMemory | undefined,
  choice: NonNullable<AgentSeen['ask']>['choice'],
  mono: number,
): string | undefined {
  if (choice.kind === 'ask') return choice.why
  if (m?.asking?.tried) return `the rule "${choice.rule}" was tried, and the dialog still stands`
  const given =
    m === undefined ? 0 : answersSince(m, mono - hourMs).filter((one) => one.rule === choice.rule).length
  if (given >= choice.maxPerHour)
    return `the rule "${choice.rule}" has answered ${given} times within an hour`
  return undefined
}
