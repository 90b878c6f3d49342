/**
 * A phase move as a list of steps, each of which may be done twice. The journal is saved after each step, so a crash
 * between any two of them resumes at the step that was under way (INV-24, INV-25, INV-26). Pure: `nextStep` says what
 * to do, `afterStep` what to write down when it is done.
 */
export type Journal = AdvanceJournal | CompleteJournal

interface Common {
  /** Also the run key of the on-complete agent: a run under it happens once. */
  id: string
  because: string
}

export interface AdvanceJournal extends Common {
  kind: 'advance'
  from: number
  to: number
  at: 'stop-loops' | 'write-index' | 'clear-completion' | 'start-loops' | 'done'
}

export interface CompleteJournal extends Common {
  kind: 'complete'
  phase: number
  /** `claimed`: the trigger was there, and from now on the journal stands for it, whatever happens to the file. */
  at: 'stop-loops' | 'write-marker' | 'trigger' | 'claimed' | 'run' | 'done'
}

/** What was found outside when the step is chosen. */
export interface Facts {
  index: number
  phases: number
  /** The trigger file; a link or device is refused and runs nothing. */
  trigger: 'there' | 'absent' | 'refused'
  /** Agent that `on_complete` names. */
  run: string | undefined
  /** The on-complete agent was started under this journal's id. */
  ran: boolean
}

export type Step =
  | { do: 'stop-loops' }
  | { do: 'write-index'; from: number; to: number }
  | { do: 'clear-completion' }
  | { do: 'start-loops'; index: number }
  | { do: 'write-marker' }
  /** Nothing but writing the journal: the claim is durable before the trigger file goes. */
  | { do: 'claim' }
  | { do: 'remove-trigger' }
  | { do: 'run'; agent: string; key: string }
  | { do: 'finish' }
  | { do: 'abandon'; why: string }

export function nextStep(journal: Journal, facts: Facts): Step {
  return journal.kind === 'advance' ? nextOfAdvance(journal, facts) : nextOfComplete(journal, facts)
}

function nextOfAdvance(journal: AdvanceJournal, facts: Facts): Step {
  const { from, to } = journal
  if (journal.at === 'done') return { do: 'finish' }
  if (to >= facts.phases) return { do: 'abandon', why: `phase ${to} is no longer in the config` }
  const expected = {
    'stop-loops': [from],
    'write-index': [from, to],
    'clear-completion': [to],
    'start-loops': [to],
  }
  if (!expected[journal.at].includes(facts.index))
    return { do: 'abandon', why: `the phase was set to ${facts.index} by somebody else meanwhile` }
  // Found written already: a crash came between the index file and the journal.
  if (journal.at === 'write-index' && facts.index === to) return { do: 'clear-completion' }
  if (journal.at === 'write-index') return { do: 'write-index', from, to }
  if (journal.at === 'start-loops') return { do: 'start-loops', index: to }
  return { do: journal.at }
}

function nextOfComplete(journal: CompleteJournal, facts: Facts): Step {
  switch (journal.at) {
    case 'stop-loops':
    case 'write-marker':
      return { do: journal.at }
    case 'trigger':
      return facts.trigger === 'there' ? { do: 'claim' } : { do: 'finish' }
    case 'claimed':
      return { do: 'remove-trigger' }
    case 'run':
      if (facts.run === undefined || facts.ran) return { do: 'finish' }
      return { do: 'run', agent: facts.run, key: journal.id }
    case 'done':
      return { do: 'finish' }
  }
}

const AFTER_ADVANCE: Partial<Record<Step['do'], AdvanceJournal['at']>> = {
  'stop-loops': 'write-index',
  'write-index': 'clear-completion',
  'clear-completion': 'start-loops',
  'start-loops': 'done',
}

const AFTER_COMPLETE: Partial<Record<Step['do'], CompleteJournal['at']>> = {
  'stop-loops': 'write-marker',
  'write-marker': 'trigger',
  claim: 'claimed',
  'remove-trigger': 'run',
  run: 'done',
}

/** The journal once the step is done; undefined: nothing is left to do and the journal goes. */
export function afterStep(journal: Journal, step: Step): Journal | undefined {
  if (step.do === 'finish' || step.do === 'abandon') return undefined
  if (journal.kind === 'advance') return { ...journal, at: AFTER_ADVANCE[step.do] ?? journal.at }
  return { ...journal, at: AFTER_COMPLETE[step.do] ?? journal.at }
}

const ADVANCE_AT = ['stop-loops', ...Object.values(AFTER_ADVANCE)]
const COMPLETE_AT = ['stop-loops', ...Object.values(AFTER_COMPLETE)]

export function checkJournal(value: unknown): Journal | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  const journal = value as Partial<Journal>
  if (typeof journal.id !== 'string' || typeof journal.because !== 'string') return undefined
  if (journal.kind === 'advance') {
    const whole = Number.isInteger(journal.from) && Number.isInteger(journal.to)
    return whole && ADVANCE_AT.includes(journal.at!) ? (journal as Journal) : undefined
  }
  if (journal.kind !== 'complete' || !Number.isInteger(journal.phase)) return undefined
  return COMPLETE_AT.includes(journal.at!) ? (journal as Journal) : undefined
}
