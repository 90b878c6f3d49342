import type { Round } from '../adapters/round/types.ts'
import type { EpochMs } from '../core/index.ts'
import type { TownMessage } from '../town/wire/message.ts'
import type { TaskRecord } from '../town/wire/task-record.ts'

export type { Round, RoundEnd } from '../adapters/round/types.ts'

/** A message that this worker has claimed. */
export interface Letter {
  message: TownMessage
  /** It came by the list for urgent ones. */
  urgent: boolean
  /** Times that an agent was shown it before. */
  presented: number
}

/** Who the worker is in town. */
export interface Me {
  id: string
  name: string
  /** `Dorothy [backend]` */
  label: string
  role: string | undefined
}

/** One look at what concerns the worker. */
export interface Look {
  order: Order
  /** Messages that wait, those whose lease ran out included. */
  waiting: number
  /** Tasks in the backlog. */
  backlog: number
  /** Tasks that it was given and that it has not finished. */
  open: number
}

/**
 * What the town wants of it. `stop`: now; `close`: after the round; `interrupt`: now, but it stays; `pause`: after the
 * round, and it stays.
 */
export type Order = 'none' | 'stop' | 'close' | 'interrupt' | 'pause'

/** A task that the worker has, and how many rounds have ended without it. */
export interface OpenTask {
  task: TaskRecord
  rounds: number
}

/**
 * What a worker needs of the town. Every call may fail with an OutsideError of Redis and may be made again: all are
 * idempotent.
 */
export interface WorkerTown {
  look(): Promise<Look>
  claim(limit: number): Promise<Letter[]>
  /** Written down before the CLI sees them. Once for each claim: what is tried again without being given back counts once. */
  present(letters: readonly Letter[]): Promise<void>
  renew(ids: readonly string[]): Promise<void>
  acknowledge(ids: readonly string[]): Promise<void>
  /**
   * Back to where they stood, in order; one that was presented three times becomes a dead letter.
   * @param blameless somebody stopped us: none does
   */
  giveBack(ids: readonly string[], why: string, blameless: boolean): Promise<void>
  /** What an earlier process of this worker had claimed when it was killed goes back. @returns how many */
  recover(): Promise<number>
  /** Answers ping and status_request; once for each, however often it is called. */
  answer(letter: Letter, currentTask: string | undefined): Promise<void>
  names(ids: readonly string[]): Promise<ReadonlyMap<string, string>>
  /** The task that a message assigns; undefined: it asks for nothing any more. */
  task(id: string): Promise<TaskRecord | undefined>
  /** Tasks that it was given in earlier rounds; what is over or was given to another is taken out. */
  openTasks(): Promise<OpenTask[]>
  /** These tasks are in this round: kept in mind; a single one becomes the current task and runs. */
  begin(tasks: readonly TaskRecord[]): Promise<void>
  /** The round failed: what it had begun goes back to assigned. */
  unbegin(tasks: readonly TaskRecord[]): Promise<void>
  /** A good round is over: what is not done has had one round more. @returns those that have had too many */
  count(tasks: readonly OpenTask[], most: number): Promise<OpenTask[]>
  /** Fails a task for good; whoever assigned it is told. */
  fail(task: TaskRecord, why: string): Promise<void>
  /** The oldest tasks of the backlog, for the prompt. */
  backlog(): Promise<Backlog>
  /** Takes the best one for it out of the backlog; its task_assign is in the inbox then. */
  pull(): Promise<TaskRecord | undefined>
  /** A round is over, with its line of activity; counted once for each mark. */
  roundOver(line: string, mark: string): Promise<void>
  /** A line of activity. */
  activity(line: string): Promise<void>
  /** A sign of life and its state, where no watchdog tells the town. */
  tell(state: 'starting' | 'idle' | 'working' | 'error' | 'stopped'): Promise<void>
}

export interface Backlog {
  length: number
  /** Those for this worker, as many as are shown. */
  own: TaskRecord[]
}

export interface Rounds {
  /** Keeps the prompt, starts the CLI with it. @param number counts all rounds of this worker's folder */
  start(prompt: string): Promise<{ number: number; round: Round }>
}

/** What survives a crash of the worker. */
export interface WorkerMemory {
  /** Rounds of this start. */
  rounds: number
  /** Failed rounds in a row. */
  failures: number
}

/** The state of a worker as it tells its watchdog; see `agents report`. */
export type Word =
  | { state: 'working' }
  | { state: 'limited'; reason: string; until: EpochMs }
  | { state: 'failing'; reason: string }
