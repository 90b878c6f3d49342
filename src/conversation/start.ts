import type { EpochMs } from '../core/index.ts'

/** What a start does about the agent's conversation. */
export type StartPlan =
  | { kind: 'resume'; id: string }
  /** A new one, under an id of ours. */
  | { kind: 'assign'; id: string; aside: Aside | undefined }
  /** A new one, whose id is found when it is there. */
  | { kind: 'plain'; aside: Aside | undefined }
  /** Conversations are none of this agent's business. */
  | { kind: 'none' }

/** A conversation that is not resumed, though it was recorded. Its id is kept in a file of its own. */
export interface Aside {
  id: string
  /** Ending of that file's name. */
  as: 'refused' | 'previous'
  /** For people and the event log; undefined: somebody asked for it. */
  because: string | undefined
}

/** An earlier start, as the event log has it. */
export interface EarlierStart {
  at: EpochMs
  /** The conversation that it resumed. */
  resumes: string | undefined
  /** The id that it gave to a new one. */
  assigns: string | undefined
}

export interface StartFacts {
  now: EpochMs
  /** The agent resumes, and its backend can. */
  resumes: boolean
  /** A new conversation is asked for. */
  fresh: boolean
  /** The backend takes an id for a new conversation; the one to give it. */
  newId: string | undefined
  /** What is recorded for this agent and backend. */
  recorded: string | undefined
  /** Whether the CLI's file of it is there; `unknown`: it was never seen where it should be. */
  onDisk: 'yes' | 'no' | 'unknown'
  /** Who is in that conversation now, if not this agent. */
  owner: string | undefined
  /** Newest last. */
  earlier: readonly EarlierStart[]
  /** The start is made because the one before ended in a failure. */
  afterFailure: boolean
  /** The CLI's last words refuse a conversation or an id. */
  refusal: string | undefined
}

/** A start that ends within this time may have ended for its conversation. Milliseconds. */
export const soonMs = 120_000

/**
 * The recorded conversation, unless it belongs to somebody else, was refused, or is not there: then one new start instead
 * of a loop, and the id is kept aside (row 17). Where the CLI says nothing that is understood, two starts in vain count.
 */
export function planStart(facts: StartFacts): StartPlan {
  if (!facts.resumes) return { kind: 'none' }
  const { recorded } = facts
  if (recorded === undefined) return begin(facts, undefined)
  const aside = objection(facts, recorded)
  return aside === undefined ? { kind: 'resume', id: recorded } : begin(facts, aside)
}

function begin(facts: StartFacts, aside: Aside | undefined): StartPlan {
  const given = facts.earlier.at(-1)?.assigns
  // It may not know the option at all: then its id is found by looking.
  const refused = given !== undefined && facts.refusal !== undefined && recently(facts)
  return facts.newId === undefined || refused
    ? { kind: 'plain', aside }
    : { kind: 'assign', id: facts.newId, aside }
}

function objection(facts: StartFacts, id: string): Aside | undefined {
  if (facts.fresh) return { id, as: 'previous', because: undefined }
  if (facts.owner !== undefined)
    return refused(
      id,
      `${facts.owner} is in the conversation ${id}, and no two share one; a new one is begun`,
    )
  const last = facts.earlier.at(-1)
  if (facts.refusal !== undefined && last?.assigns === id && recently(facts))
    return refused(
      id,
      `a new conversation of the id ${id} was refused (${facts.refusal}); it is begun without`,
    )
  if (facts.refusal !== undefined && last?.resumes === id && recently(facts))
    return refused(id, `the conversation ${id} was refused (${facts.refusal}); a new one is begun`)
  if (facts.afterFailure && twice(facts, id))
    return refused(id, `the conversation ${id} could not be resumed twice; a new one is begun`)
  if (facts.onDisk === 'no')
    return { id, as: 'previous', because: `the conversation ${id} has no file any more; a new one is begun` }
  return undefined
}

const refused = (id: string, because: string): Aside => ({ id, as: 'refused', because })

const recently = ({ now, earlier }: StartFacts): boolean => now - (earlier.at(-1)?.at ?? 0) <= soonMs

function twice({ now, earlier }: StartFacts, id: string): boolean {
  const last = earlier.filter((start) => now - start.at <= soonMs).slice(-2)
  return last.length === 2 && last.every((start) => start.resumes === id)
}
