import { parseDuration } from '../../config/duration.ts'
import {
  type EpochMs,
  isReportState,
  LONGEST_REPORT_MS,
  REASON_CHARS,
  REPORT_MS,
  type SelfReport,
} from '../../core/index.ts'
import { squeeze, visible } from '../../core/text.ts'

/** `30m`, `90s`, `1h30m`: a second word that is one says for how long. */
const DURATION = /^(?:\d+(?:\.\d+)?(?:ms|s|m|h))+$/
/** Of a longer option the rest is not looked at. Characters. */
const LONGEST_TEXT = 1_000

/**
 * The pane option `@agents_state`: a state, perhaps a duration, and a reason, e.g. `waiting 30m the build runs`.
 * @param at when it was first seen to say so
 * @returns undefined when its first word is no state
 */
export function parseStated(text: string, at: EpochMs): SelfReport | undefined {
  const [state = '', second = '', ...rest] = squeeze(text.slice(0, LONGEST_TEXT)).split(' ')
  if (!isReportState(state)) return undefined
  const given = DURATION.test(second) ? parseDuration(second) : undefined
  const forMs = given?.kind === 'ok' && given.value > 0 ? Math.min(given.value, LONGEST_REPORT_MS) : undefined
  const words = forMs === undefined ? [second, ...rest] : rest
  const reason = visible(words.join(' ')).slice(0, REASON_CHARS)
  const ofNow = forMs === undefined && (state === 'working' || state === 'idle')
  return {
    voice: 'option',
    state,
    reason: reason === '' ? undefined : reason,
    at,
    until: at + (forMs ?? REPORT_MS),
    promised: !ofNow,
  }
}
