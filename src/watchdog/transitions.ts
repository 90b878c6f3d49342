import type { EventDraft, MonoMs, Reading } from '../core/index.ts'
import type { AgentSeen, Observation } from './types.ts'

/** A state that a person may have to do something about. */
export interface Alarm {
  kind: 'asking' | 'failing'
  /** `failing`: its class. */
  class?: string
  /** What the screen says, control characters made visible. */
  text: string
  /** `asking`: the dialog, where one was made out. */
  dialog?: { fingerprint: string; id: string; kind: string }
}

/** A dialog that a rule of the config answers is told only when it still stands after this long. Milliseconds. */
const ruleMs = 10_000

/** What was said last about one agent, and what is about to be said. */
export interface Mark {
  /** The alarm that was told and is not over. */
  told?: Alarm
  /** Run that it was told of: another run's dialog is another question. */
  run?: string
  /** The next state, seen at fewer than two looks. */
  draft?: { key: string; since: MonoMs; lastLook: MonoMs }
}

/** Kept over restarts of the watchdog, so that nothing is told twice. */
export interface Marks {
  agents: Readonly<Record<string, Mark>>
  /** The phase whose end was told. */
  phaseDone?: number
}

export const noMarks: Marks = { agents: {} }

/**
 * What changed between the readings told so far and those of this look: each change once, and only when two looks
 * nearly a tick apart agree on it. An unknown reading neither confirms nor ends anything.
 */
export function transitions(
  before: Marks,
  seen: Pick<Observation, 'agents' | 'phase'>,
  tickMs: number,
): { marks: Marks; drafts: EventDraft[] } {
  const drafts: EventDraft[] = []
  const agents: Record<string, Mark> = {}
  let changed = Object.keys(before.agents).length !== seen.agents.length
  for (const one of seen.agents) {
    const old = before.agents[one.spec.name] ?? {}
    const next = follow(old, one, tickMs)
    drafts.push(...next.drafts)
    agents[one.spec.name] = next.mark
    changed ||= next.mark !== old
  }
  const phaseDone = tellPhase(before, seen.phase, drafts)
  if (!changed && phaseDone === before.phaseDone) return { marks: before, drafts }
  return { marks: { agents, ...(phaseDone === undefined ? {} : { phaseDone }) }, drafts }
}

function follow(old: Mark, { spec, sighting, ask }: AgentSeen, tickMs: number): Told {
  if (sighting.kind === 'dead' || sighting.kind === 'missing') return ended(old, spec.name)
  if (sighting.kind !== 'alive' || sighting.reading.state === 'unknown') return { mark: old, drafts: [] }
  const run = `${sighting.pane.paneId}:${sighting.pane.panePid}`
  const alarm = alarmOf(sighting.reading, ask)
  const key = keyOf(alarm)
  const told = old.told?.kind === 'asking' && old.run !== run ? undefined : old.told
  if (key === keyOf(told) && told === old.told) return { mark: settled(old), drafts: [] }
  const draft = old.draft?.key === key ? old.draft : undefined
  if (draft === undefined)
    return {
      mark: { ...old, draft: { key, since: sighting.lookAt, lastLook: sighting.lookAt } },
      drafts: [],
    }
  const patience = alarm?.kind === 'asking' && ask?.choice.kind === 'answer' ? ruleMs : 0.8 * tickMs
  if (sighting.lookAt - draft.since < patience) return { mark: old, drafts: [] }
  const said = words(spec.name, old.told, alarm, evidenceOf(sighting.reading))
  return { mark: alarm === undefined ? {} : { told: alarm, run }, drafts: said }
}

interface Told {
  mark: Mark
  drafts: EventDraft[]
}

const settled = (mark: Mark): Mark => {
  if (mark.draft === undefined) return mark
  const { draft: _seenOnce, ...rest } = mark
  return rest
}

/** With its session a question is gone; whether a failure is over only the next run can tell. */
function ended(old: Mark, agent: string): Told {
  if (old.told?.kind !== 'asking') return { mark: settled(old), drafts: [] }
  return {
    mark: {},
    drafts: [{ kind: 'asked-gone', agent, because: 'the agent that asked has ended' }],
  }
}

function words(
  agent: string,
  before: Alarm | undefined,
  now: Alarm | undefined,
  evidence: string[],
): EventDraft[] {
  const drafts: EventDraft[] = []
  if (before?.kind === 'asking' && now?.kind !== 'asking')
    drafts.push({ kind: 'asked-gone', agent, because: `no question stands any more; it was: ${before.text}` })
  if (before?.kind === 'failing' && now?.kind !== 'failing')
    drafts.push({ kind: 'recovered', agent, because: `no longer failing (${before.class ?? 'unknown'})` })
  if (now?.kind === 'asking')
    drafts.push({
      kind: 'asking',
      agent,
      because: now.text,
      evidence,
      ...(now.dialog && { dialog: now.dialog.id, sort: now.dialog.kind }),
    })
  if (now?.kind === 'failing')
    drafts.push({ kind: 'failing', agent, because: now.text, class: now.class, evidence })
  return drafts
}

function alarmOf(reading: Reading, ask: AgentSeen['ask']): Alarm | undefined {
  if (reading.state !== 'asking' && reading.state !== 'failing') return undefined
  const text = textOf(reading)
  if (reading.state === 'asking') {
    if (ask === undefined) return { kind: 'asking', text }
    const { fingerprint, dialog: id, kind, question } = ask
    return { kind: 'asking', text: question || text, dialog: { fingerprint, id, kind } }
  }
  return { kind: 'failing', class: reading.failClass ?? 'fatal', text }
}

/** The claim that says so, without the number of its line: a screen scrolls. */
function textOf(reading: Reading): string {
  const says = reading.state === 'asking' ? ['asking'] : ['fatal', 'failing']
  const claims = reading.claims.filter((claim) => says.includes(claim.says))
  const best = claims.find((claim) => claim.source === 'screen') ?? claims[0]
  return best?.evidence.replace(/^line \d+(?: \([^)]*\))?: /, '') ?? `the rule ${reading.rule} says so`
}

const evidenceOf = (reading: Reading): string[] =>
  reading.claims.map((claim) => `${claim.source}: ${claim.says} (${claim.evidence})`)

/** Letters alone: neither a cursor that moves through the options nor a counter makes another question. */
function keyOf(alarm: Alarm | undefined): string {
  if (alarm === undefined) return ''
  if (alarm.kind === 'failing') return `failing ${alarm.class ?? ''}`
  if (alarm.dialog !== undefined) return `asking ${alarm.dialog.fingerprint}`
  return `asking ${alarm.text.replace(/\P{L}+/gu, ' ').trim()}`
}

function tellPhase(before: Marks, phase: Observation['phase'], drafts: EventDraft[]): number | undefined {
  if (phase === undefined) return before.phaseDone
  if (!phase.done || before.phaseDone === phase.index) return before.phaseDone
  drafts.push({
    kind: 'phase-done',
    phase: phase.index,
    because: `the phase ${phase.index + 1} of ${phase.count} is done`,
  })
  return phase.index
}
