import type { ConversationFormat, EpochMs, FailClass, PaneSight } from '../core/index.ts'

export type { Sight } from '../core/index.ts'

/** One thing that a record of a conversation's file tells. */
export type Fact =
  /** The CLI took this text as its user's. `at` is undefined where the file keeps no times. */
  | { kind: 'said'; text: string; at: EpochMs | undefined }
  | { kind: 'turn'; state: 'working' | 'idle'; at: EpochMs }
  | { kind: 'trouble'; trouble: Trouble; at: EpochMs }
  /** What is left of the account's windows; the reset of the one that is used up. */
  | { kind: 'rate'; until: EpochMs | undefined; window: string | undefined }

/** Why a turn ended badly, as the CLI wrote it down. */
export interface Trouble {
  state: 'limited' | 'failing'
  failClass?: FailClass
  /** The CLI's own words. Show them only through `visible`. */
  text: string
  until?: EpochMs
  /** Which allowance: `session`, `weekly`, `daily` or a model's name. */
  window?: string
}

/**
 * Whether the agent's CLI took a text. `no`: its file was read and has no such text. `unknown`: which file is its own is
 * not known, it cannot be read, or the same text went to several agents that share one file.
 */
export type Heard = 'yes' | 'no' | 'unknown'

/** One agent whose files are to be looked at. */
export interface Subject {
  agent: string
  /** Canonical working folder. */
  dir: string
  files: { format: ConversationFormat; home: readonly string[] }
  pane: Pick<PaneSight, 'panePid' | 'createdAt' | 'activityAt'>
  /** Environment to go by where the process's own cannot be read. */
  env: Readonly<Record<string, string | undefined>>
  /** The text that its CLI was started with, and other forms of it; told apart by it when nothing else does. */
  kickoffs(): Promise<readonly string[]>
  /** The conversation that its start gave or resumed, as recorded. */
  givenId(): Promise<string | undefined>
}
