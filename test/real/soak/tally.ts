import type { StubApi } from '../stub/api.ts'
import { countIn } from '../support/texts.ts'
import type { Truth } from './truth.ts'

export interface SoakSample {
  at: number
  truth: Truth
  state: string
  /** What the same look reads by the screen and the title alone. */
  screenState: string | undefined
  rule: string
  mode: string
  /** Only for a trace. */
  screen?: string
  title?: string
}

/** A screen is drawn, and looked at, some time after a reply begins or ends. Milliseconds. */
const settleMs = 3_500

/** When the API was asked and answered: the CLI works a little before and after. */
export interface Span {
  from: number
  to: number | undefined
}

export interface Agreement {
  settled: number
  right: number
  wrong: SoakSample[]
}

/**
 * Without the samples that are too near to a change: a screen is drawn some time after it, and between taking a message
 * and asking its model a CLI works too, which the stand-in cannot know.
 */
export function agreementOf(
  samples: readonly SoakSample[],
  turns: readonly Span[],
  read: (one: SoakSample) => string | undefined,
): Agreement {
  let changedAt = Number.NEGATIVE_INFINITY
  const settled = samples.filter((one, i) => {
    if (i === 0 || samples[i - 1]!.truth.join() !== one.truth.join()) changedAt = one.at
    return one.at - changedAt >= settleMs && !turns.some((turn) => isNear(turn, one.at))
  })
  const wrong = settled.filter((one) => !one.truth.includes(read(one) ?? 'unknown'))
  return { settled: settled.length, right: settled.length - wrong.length, wrong }
}

function isNear({ from, to }: Span, at: number): boolean {
  if (Math.abs(at - from) < settleMs) return true
  return to !== undefined && at >= to && at - to < settleMs
}

export interface Delivery {
  text: string
  queuedAt: number
}

/** Messages that no request ever held, and those that one holds twice. */
export function lostAndDoubled(
  api: StubApi,
  sent: readonly Delivery[],
): { lost: string[]; doubled: string[] } {
  const most = (text: string): number =>
    api.turns().reduce((found, turn) => Math.max(found, countIn(turn.body, text)), 0)
  const counts = sent.map(({ text }) => ({ text, count: most(text) }))
  return {
    lost: counts.filter(({ count }) => count === 0).map(({ text }) => text),
    doubled: counts.filter(({ count }) => count > 1).map(({ text }) => text),
  }
}
