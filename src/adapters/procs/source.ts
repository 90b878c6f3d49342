import { OutsideError } from '../../core/index.ts'
import type { Proc } from './types.ts'

/** Where the process table comes from: `/proc` on Linux, `ps` elsewhere. */
export interface ProcessSource {
  /** Each look starts a process. */
  startsProcess: boolean
  one(pid: number): Promise<Proc | undefined>
  list(): Promise<Proc[]>
  /** See `Procs.age`. */
  age(pid: number): Promise<number | undefined>
  /** See `Procs.waited`. */
  waited(procs: readonly Proc[]): Promise<number>
  /** pid to the value of `AGENTS_RUN`, for those of `procs` whose environment can be read. */
  runs(procs: readonly Proc[]): Promise<Map<number, string>>
}

/** The process table cannot be read: then nothing is known, and nobody is dead. */
export function tableError(cause: unknown, stderr = '', args: readonly string[] = []): OutsideError {
  const what = `the process table cannot be read: ${cause instanceof Error ? cause.message : String(cause)}`
  return new OutsideError({
    tool: 'process',
    code: 'PROCESS_TABLE',
    what,
    args,
    stderr,
    retryable: true,
    cause,
  })
}
