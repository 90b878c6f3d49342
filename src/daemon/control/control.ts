import type {
  AnswerReport,
  AskReport,
  LimitsReport,
  MessageReport,
  OutgoingMessage,
  ReportCall,
  Reported,
  ScreenReport,
  StatusReport,
  WhyReport,
} from '../../core/index.ts'
import type { PhaseSight } from '../../phases/index.ts'
import type { ChannelReport, ChannelStatus } from '../notify/report.ts'

/** One line of what a changing verb did. */
export interface Outcome {
  name: string
  /** What came of it. `failed` and `refused` make the command exit 1. */
  result:
    | 'started'
    | 'already-up'
    | 'stopped'
    | 'not-running'
    | 'restarted'
    | 'reset'
    | 'paused'
    | 'resumed'
    | 'adopted'
    | 'draining'
    | 'interrupted'
    | 'skipped'
    | 'failed'
    | 'refused'
  /** One sentence for a person. */
  detail: string
}

export interface PlanLine {
  agent: string
  action: string
  because: string
}

export type { PhaseSight }

/**
 * What can be done to a fleet. Implemented twice with the same code underneath: inside the watchdog, reached by the
 * control socket; and directly in the command's own process when no watchdog runs (docs/architecture.md).
 * Names: agents, services, `watchdog`; empty = all. An unknown name is a UserError before anything is touched.
 */
export interface FleetControl {
  /** @param opts.fresh new conversations, whatever could be resumed */
  up(names: readonly string[], opts?: { fresh?: boolean }): Promise<Outcome[]>
  down(names: readonly string[], opts: { graceMs?: number }): Promise<Outcome[]>
  restart(names: readonly string[], opts: { graceMs?: number; fresh?: boolean }): Promise<Outcome[]>
  reset(names: readonly string[]): Promise<Outcome[]>
  pause(names: readonly string[]): Promise<Outcome[]>
  /** `pause`, and the running turn is ended by the key that its backend knows for that. */
  interrupt(names: readonly string[]): Promise<Outcome[]>
  /** Each finishes its turn and goes down then. Without a watchdog this waits for it. */
  drain(names: readonly string[]): Promise<Outcome[]>
  resume(names: readonly string[]): Promise<Outcome[]>
  adopt(names: readonly string[]): Promise<Outcome[]>
  status(): Promise<StatusReport>
  plan(): Promise<PlanLine[]>
  why(name: string): Promise<WhyReport>
  /** The agent's terminal, looked at anew; undefined when there is none that lives. */
  screen(name: string): Promise<ScreenReport | undefined>
  /** Every agent that asks. */
  asks(): Promise<AskReport[]>
  /**
   * Gives an agent's dialog the option of that number or label, or the text. `yes`: also one that may cost or last.
   * Refused with a UserError before a key is pressed: nothing is asked, no such option.
   */
  answer(name: string, words: string, yes: boolean): Promise<AnswerReport>
  phase(): Promise<PhaseSight>
  /** Usage limits by account, as known; without a watchdog as the last one left them. */
  limits(): Promise<LimitsReport>
  /** Stores the message; it is on disk when this resolves. A known id is the message of that id. */
  send(name: string, message: OutgoingMessage): Promise<MessageReport>
  /** Where it stands now. Without a watchdog this also tries to type what waits for its agent. */
  message(id: string): Promise<MessageReport | undefined>
  /** What waits and what was settled lately, oldest first; of one agent, or of all. */
  outbox(name: string | undefined): Promise<MessageReport[]>
  /** The agent's word that it has read it. @throws {UserError} MESSAGE_UNKNOWN (exit 2), MESSAGE_NOT_TYPED */
  acknowledge(id: string): Promise<MessageReport>
  /** Takes back what was not typed yet. @throws {UserError} MESSAGE_UNKNOWN (exit 2), MESSAGE_TYPED */
  withdraw(id: string): Promise<MessageReport>
  /** Compare-and-set: refused (UserError PHASE_MOVED) when the index is no longer `expect`. */
  setPhase(expect: number, to: number, by: string): Promise<PhaseSight>
  /** An agent's word about itself; whose it is tells its token. UserError REPORT_TOKEN when it is nobody's. */
  report(call: ReportCall): Promise<Reported>
  /** Sends a test message through every channel of `[notify]`, now; empty without channels. */
  notifyTest(): Promise<ChannelReport[]>
  notifyStatus(): Promise<ChannelStatus[]>
  close(): Promise<void>
}
