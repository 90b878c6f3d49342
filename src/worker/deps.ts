import type { titleSequence } from '../backends/worker-screen.ts'
import type { Clock, WorkerSpec } from '../core/index.ts'
import type { Letter, Me, Rounds, Word, WorkerMemory, WorkerTown } from './types.ts'
import type { Sign } from './verdict.ts'

/** Everything that the loop of a worker touches. */
export interface WorkerDeps {
  me: Me
  /** Name of the town. */
  place: string
  /** The user's own words, put before each prompt. */
  standing(): Promise<string>
  limits: WorkerSpec
  /** Between TERM and KILL. Milliseconds. */
  graceMs: number
  /** Claims are renewed this often while a round runs. Milliseconds. */
  renewMs: number
  /** How the program is called from inside a round. */
  program: string
  /** The same by its path, for a CLI whose commands have another search path (Codex: those of a login shell). */
  programPath: string
  town: WorkerTown
  rounds: Rounds
  clock: Pick<Clock, 'now' | 'sleep'>
  /** Aborted by SIGTERM, SIGHUP and Ctrl-C. */
  stop: AbortSignal
  /** How often somebody pressed Ctrl-C, or had it pressed (`agents interrupt`). */
  interrupts(): number
  /** How often it was told to try again now, whatever it waits for. */
  wakes(): number
  random(): number
  /** One line on the screen. */
  say(line: string): void
  title(state: Parameters<typeof titleSequence>[0], detail: string): void
  report(word: Word): Promise<void>
  /** What the output of a failed CLI tells, by the patterns of its backend. */
  sign(tail: string): Sign
  /** What the output of a CLI that still runs tells: a limit that it waits out in silence. */
  signSoFar(tail: string): Sign
  keep(memory: WorkerMemory): Promise<void>
  /** Redis is away: starts what is ours to start. */
  mend(): Promise<void>
  /** Why Redis cannot be asked now; undefined: the error is another one. */
  away(error: unknown): string | undefined
}

export interface WorkerState {
  memory: WorkerMemory
  /** Claimed, not settled. */
  held: Letter[]
  /** What is still to be written about the last round, in order. */
  todo: (() => Promise<void>)[]
  /** Nothing is begun before. */
  notBefore: number
  why: string
  parked: boolean
  /** Of `wakes()`, those that were heard. */
  woken: number
  idleSince: number | undefined
  backlogAt: number
  beatAt: number
  awayTimes: number
  /** A limit was reported and has not been taken back. */
  spoke: boolean
}

export const freshState = (memory: WorkerMemory): WorkerState => ({
  memory,
  held: [],
  todo: [],
  notBefore: 0,
  why: '',
  parked: false,
  woken: 0,
  idleSince: undefined,
  backlogAt: 0,
  beatAt: 0,
  awayTimes: 0,
  spoke: false,
})

export const idsOf = (letters: readonly Letter[]): string[] => letters.map(({ message }) => message.id)

export function drop(s: WorkerState, letters: readonly Letter[]): void {
  const gone = new Set(idsOf(letters))
  s.held = s.held.filter(({ message }) => !gone.has(message.id))
}

/** Sleeps; over at once when the worker is told to stop. */
export async function nap(d: Pick<WorkerDeps, 'clock' | 'stop'>, ms: number): Promise<void> {
  if (d.stop.aborted) return
  await d.clock.sleep(ms, d.stop).then(
    () => undefined,
    () => undefined,
  )
}
