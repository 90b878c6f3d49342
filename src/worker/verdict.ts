import type { EpochMs } from '../core/index.ts'
import { squeeze, visible } from '../core/text.ts'
import type { RoundEnd } from './types.ts'

/** What the output of a failed round says by the patterns of its backend. */
export type Sign =
  | { kind: 'none' }
  /** A usage limit; `until` where the reset is told and understood. */
  | { kind: 'limited'; text: string; until: EpochMs | undefined }

/** What came of a round. `why`: one short line for people. */
export type Verdict =
  | { kind: 'done' }
  | { kind: 'failed'; why: string }
  /** Not the fault of what it was given: the same letters are tried again, and that is no new presentation. */
  | { kind: 'limited'; why: string; until: EpochMs | undefined }
  | { kind: 'unstarted'; why: string }

/** A shell answers 126 and 127 for what it could not run (POSIX). */
const NOT_RUN: ReadonlySet<number | undefined> = new Set([126, 127])

export function judge(end: RoundEnd, sign: (tail: string) => Sign): Verdict {
  if (end.unstarted !== undefined) return { kind: 'unstarted', why: end.unstarted }
  if (end.status === 0) return { kind: 'done' }
  const words = lastWords(end.tail)
  const said = words === '' ? '' : `: ${words}`
  if (NOT_RUN.has(end.status)) return { kind: 'unstarted', why: `the command could not be run${said}` }
  const seen = sign(end.tail)
  if (seen.kind === 'limited') return { kind: 'limited', why: seen.text, until: seen.until }
  const how = end.signal === undefined ? `ended with status ${end.status}` : `was ended by ${end.signal}`
  return { kind: 'failed', why: `the CLI ${how}${said}` }
}

const SEQUENCE = /\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[@-_])/g

/** The last line with something in it, colours left out, everything else that is no text made visible. */
export function lastWords(tail: string): string {
  const lines = tail
    .replace(SEQUENCE, '')
    .split(/[\r\n]+/)
    .map((line) => visible(squeeze(line)))
  return (lines.filter((line) => line !== '').at(-1) ?? '').slice(0, 200)
}
