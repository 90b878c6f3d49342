import type { FailClass } from './reading.ts'
import type { EpochMs } from './time.ts'

/** What an agent's CLI keeps on disk says about the agent now. */
export interface Sight {
  /** A file of its process that holds its state, or the last turn of its conversation. */
  source: 'status-file' | 'transcript'
  state?: 'working' | 'idle' | 'asking' | 'limited' | 'failing'
  failClass?: FailClass
  /** `failing`: the CLI's own words. Show them only through `visible`. */
  text?: string
  /** `asking`: what for, in the CLI's words, e.g. `permission prompt`. */
  waitingFor?: string
  /** `limited`: `until` is the CLI's own instant, where it wrote one; `text` are its words. */
  limit?: { until?: EpochMs; text: string; window?: string }
  /** When the CLI wrote it. */
  at: EpochMs
  conversationId?: string
  path?: string
}
