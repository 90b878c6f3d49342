import { join } from 'node:path'
import type { ReportCall, Reported } from '../../core/index.ts'
import { createLeftWords } from '../files/left-words.ts'
import { createReportSpool } from '../files/report-spool.ts'
import { readRegular } from '../files/safe-open.ts'
import { runsAbove } from '../procs/above.ts'
import { type CallOutcome, callControl } from './call.ts'

/** Where an agent's word about itself goes in, from inside its session. */
export interface ReportDoor {
  /**
   * To the watchdog. `away`: it did not take it, or nobody knows.
   * @throws {UserError} what the watchdog says against it
   */
  tell(
    socket: string,
    call: ReportCall,
    timeoutMs: number,
  ): Promise<{ kind: 'told'; reported: Reported } | { kind: 'away'; why: string }>
  /** For the watchdog to find. @throws {OutsideError} FILES_WRITE, FILES_FOLDER */
  leave(folder: string, name: string, call: ReportCall): Promise<void>
  /** What an agent settles without a connection; see `LeftWords`. @throws {OutsideError} FILES_WRITE, FILES_FOLDER */
  leaveWord(stateDir: string, word: object): Promise<void>
  /** The key that tokens are made with; undefined when it cannot be read. */
  key(stateDir: string, name: string): Promise<string | undefined>
  /** `AGENTS_RUN` of the processes above this one: a command that was run without its environment is known by them. */
  runsAbove(): Promise<string[]>
}

const WHY: Record<Exclude<CallOutcome['kind'], 'answer'>, string> = {
  absent: 'no watchdog runs',
  timeout: 'the watchdog does not answer',
  lost: 'the watchdog went away',
}

export function createReportDoor(): ReportDoor {
  return {
    tell,
    leave: createReportSpool().leave,
    leaveWord: createLeftWords().leave,
    key: async (stateDir, name) => {
      const read = await readRegular(join(stateDir, name), 4096)
      return read.kind === 'ok' ? read.text.trim() : undefined
    },
    runsAbove: () => runsAbove(),
  }
}

async function tell(socket: string, call: ReportCall, timeoutMs: number): ReturnType<ReportDoor['tell']> {
  try {
    const outcome = await callControl(socket, { verb: 'report', args: [call] }, { timeoutMs })
    if (outcome.kind === 'answer') return { kind: 'told', reported: outcome.value as Reported }
    return { kind: 'away', why: WHY[outcome.kind] }
  } catch (error) {
    // A sandbox that lets no socket through may still let a file be written.
    const code = (error as { code?: unknown }).code
    if (code === 'CONTROL_RIGHTS' || code === 'CONTROL_CALL')
      return { kind: 'away', why: (error as Error).message }
    throw error
  }
}
