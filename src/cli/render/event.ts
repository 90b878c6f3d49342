import type { EventDraft } from '../../core/event.ts'
import { visible } from '../../core/text.ts'
import { clockTime } from '../durations.ts'
import type { Style } from '../text.ts'

const SHOWN_ELSEWHERE = new Set(['seq', 'at', 'kind', 'agent', 'because', 'evidence', 'hash', 'prev', 'v'])

/** One event as one line for people: time, kind, agent, reason, then its other plain fields. */
export function renderEvent(event: EventDraft & { at: number }, now: number, style: Style): string {
  const paint = paintOf(event.kind, style)
  const parts = [
    style.dim(clockTime(event.at, now)),
    paint(event.kind.padEnd(13)),
    event.agent === undefined ? '' : visible(event.agent),
    event.because === undefined ? '' : visible(event.because),
    fields(event, style),
  ]
  return parts.filter((part) => part !== '').join(' ')
}

function fields(event: EventDraft, style: Style): string {
  const rest = Object.entries(event).filter(
    ([name, value]) => !SHOWN_ELSEWHERE.has(name) && ['string', 'number', 'boolean'].includes(typeof value),
  )
  return style.dim(rest.map(([name, value]) => visible(`${name}=${String(value)}`)).join(' '))
}

const GOOD: readonly string[] = [
  'started',
  'lift',
  'tmux-back',
  'breaker-closed',
  'ping-submitted',
  'sequence-complete',
  'recovered',
  'phase-done',
]
const BAD: readonly string[] = [
  'start-failed',
  'kill',
  'park',
  'ping-failed',
  'config-refused',
  'tmux-lost',
  'breaker-open',
  'asking',
  'failing',
  'notify-failed',
  'trouble',
  'refused',
]

function paintOf(kind: string, style: Style): (text: string) => string {
  if (BAD.includes(kind)) return style.red
  return GOOD.includes(kind) ? style.green : style.cyan
}
