import type { ProjectFiles } from '../adapters/files/project-files.ts'
import type { SharedRecord } from '../adapters/files/shared-record.ts'
import type { EventLog, Locks, StateStore } from '../adapters/files/types.ts'
import type { Procs } from '../adapters/procs/types.ts'
import type { RegexRunner } from '../adapters/regex/types.ts'
import type { Tmux } from '../adapters/tmux/types.ts'
import type { Conversations } from '../conversation/index.ts'
import type { Clock, EventDraft, Fleet } from '../core/index.ts'
import type { OutboxState } from '../delivery/outbox.ts'
import type { IntentState } from './intents.ts'
import type { Program } from './keeper.ts'
import type { Reports } from './reports/reports.ts'
import type { TownDoor } from './town/door.ts'

/** Everything outside that the daemon and the direct commands work with. Built once in `build.ts`. */
export interface World {
  /** The config in force; changes at a reload. */
  fleet: () => Fleet
  clock: Clock
  tmux: Tmux
  procs: Procs
  store: StateStore
  /** Why the state folder cannot be written, see `WatchedStore`. */
  stateTrouble: () => string | undefined
  locks: Locks
  events: EventLog
  regex: RegexRunner
  files: ProjectFiles
  /** What the agents' CLIs keep on disk about themselves. */
  conversations: Conversations
  intents: SharedRecord<IntentState>
  outbox: SharedRecord<OutboxState>
  /** What agents say of themselves. */
  reports: Reports
  /** The town, where a watchdog keeps it; undefined in commands without one. */
  town?: TownDoor
  /** How this program is started. */
  program: Program
  /** The operator's environment, from which `pass_env` picks. */
  env: NodeJS.ProcessEnv
  /** This call overrides the agent's model or backend; never so in the watchdog. */
  overridden(agent: string): boolean
  /** Records an event; a full disk is no reason to stop healing, so it never rejects. */
  report(draft: EventDraft): void
}
