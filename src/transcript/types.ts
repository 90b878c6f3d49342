import type { EpochMs } from '../core/index.ts'

/** Whose log it is: the two CLIs keep their conversations in different shapes. */
export type TranscriptFormat = 'claude' | 'codex'

/** One thing that was said or done. Text is as the log has it: show it only through `visible`. */
export interface TranscriptEntry {
  at: EpochMs | undefined
  kind: 'user' | 'assistant' | 'thinking' | 'tool' | 'result' | 'note'
  text: string
  /** `tool` and `result`: the tool's name, where the log tells it. */
  tool?: string
  /** `result`: the tool said that it failed. */
  failed?: boolean
  /** Said by or to a helper agent, not in the main conversation. */
  side?: boolean
}
