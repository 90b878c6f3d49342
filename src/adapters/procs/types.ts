import type { ProcessId } from '../../core/index.ts'

export interface Proc extends ProcessId {
  ppid: number
  /** Process group and session ids. */
  pgid: number
  sid: number
  /** Linux letter: R S D T Z … */
  state: string
  command: string
  /** User + system CPU time so far, milliseconds. */
  cpuMs: number
}

/** One look at the process table. Never older than asked for. */
export interface ProcTable {
  at: number
  get(pid: number): Proc | undefined
  /** The process and all its descendants. */
  tree(pid: number): Proc[]
  all(): Iterable<Proc>
}

export interface Procs {
  /** A look at the table starts a process (`ps`): not for every tick. */
  startsProcess: boolean
  /** @param maxAgeMs a table at most this old may be returned again. @default 0 */
  table(maxAgeMs?: number): Promise<ProcTable>
  /**
   * Time that these processes, all threads, were ready to run and got no core, milliseconds so far. On a crowded
   * machine a working process shows in it more than in its CPU time. 0 where the system does not tell (macOS).
   */
  waited(procs: readonly Proc[]): Promise<number>
  /** Milliseconds since it began, by the machine's own count and not by a clock that can be set; undefined: it is gone. */
  age(pid: number): Promise<number | undefined>
  identify(pid: number): Promise<ProcessId | undefined>
  /** True only for a live, unreaped process with the same start time (F9). */
  alive(id: ProcessId): Promise<boolean>
  /** Is it stopped by a signal (SIGSTOP, ^Z) or by a debugger? False when it is gone. */
  stopped(pid: number): Promise<boolean>
  /**
   * Processes that carry `AGENTS_RUN=<run>` in their environment, wherever they hang (setsid escapees).
   * On macOS those whose environment `ps -E` may show.
   */
  byRun(runs: readonly string[]): Promise<Map<string, Proc[]>>
  /** Signals exactly this process; false when it is gone or the pid is another's by now. */
  signal(id: ProcessId, signal: NodeJS.Signals): Promise<boolean>
  /**
   * Ends the trees of the given roots and every process of the given runs: SIGTERM (and SIGHUP), wait up to `graceMs`
   * until all are gone, SIGKILL the rest, wait until gone. What has left the session or was orphaned meanwhile is
   * included. Init, this process and its parents are never signalled, and as roots they stand for nothing: what hangs
   * under them is not looked at. `left` holds what survived SIGKILL for 5 s (stuck in the kernel).
   */
  end(what: {
    roots: readonly ProcessId[]
    runs: readonly string[]
    graceMs: number
    /** Skip the polite part. */
    now?: boolean
  }): Promise<{ asked: Proc[]; killed: Proc[]; left: Proc[] }>
}
