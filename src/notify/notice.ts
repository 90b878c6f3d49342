import type { EpochMs, EventKind, FleetEvent, NoticeKind } from '../core/index.ts'
import { visible } from '../core/text.ts'

/** One thing that a person is told. */
export interface Notice {
  /** The same for the same event at every channel and every try. */
  id: string
  /** Of the event in `events.jsonl`. */
  seq: number
  at: EpochMs
  kind: NoticeKind
  agent?: string
  /** Why, in a sentence; control characters made visible. */
  text: string
  evidence: string[]
  /** `failing`: its class. `parked`: the cause. */
  class?: string
  /** `limited`: when it is over, as far as the banner tells. */
  until?: EpochMs
  /** `phase-done`: counted from 0. */
  phase?: number
}

const told: Partial<Record<EventKind, NoticeKind>> = {
  asking: 'asking',
  park: 'parked',
  failing: 'failing',
  limit: 'limited',
  lift: 'lifted',
  'phase-done': 'phase-done',
  'sequence-complete': 'all-done',
  message: 'message',
}

const longestText = 500
const mostEvidence = 5

export const isTold = (event: Pick<FleetEvent, 'kind'>): boolean => told[event.kind] !== undefined

/** @returns undefined when the event is none that anybody is told of, or not one of `on` */
export function noticeOf(event: FleetEvent, on: readonly NoticeKind[]): Notice | undefined {
  const kind = told[event.kind]
  if (kind === undefined || !on.includes(kind)) return undefined
  const clean = (text: string): string => visible(text).slice(0, longestText)
  const sort = kind === 'parked' ? event.cause : event.class
  return {
    id: `${event.at}-${event.seq}`,
    seq: event.seq,
    at: event.at,
    kind,
    ...(event.agent === undefined ? {} : { agent: visible(event.agent) }),
    text: clean(event.because ?? ''),
    evidence: (event.evidence ?? []).slice(0, mostEvidence).map(clean),
    ...(typeof sort === 'string' ? { class: visible(sort) } : {}),
    ...(typeof event.until === 'number' ? { until: event.until } : {}),
    ...(typeof event.phase === 'number' ? { phase: event.phase } : {}),
  }
}

const phrase: Record<NoticeKind, string> = {
  asking: 'asks',
  parked: 'is parked',
  failing: 'is failing',
  limited: 'is in a usage limit',
  lifted: 'may work again',
  'phase-done': 'phase done',
  'all-done': 'all phases are done',
  message: 'writes',
}

/** "builder asks: Do you want to proceed?" */
export function sentence({ agent, kind, text }: Pick<Notice, 'agent' | 'kind' | 'text'>): string {
  const head = agent === undefined ? phrase[kind] : `${agent} ${phrase[kind]}`
  return text === '' ? head : `${head}: ${text}`
}
