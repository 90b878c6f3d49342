import { askWatchdog } from '../../adapters/socket/index.ts'
import { Exit, UserError } from '../../core/index.ts'
import type { FleetControl } from './control.ts'

/** Verbs of the control socket; the arguments are those of the method of the same name. */
export const controlVerbs = [
  'up',
  'down',
  'restart',
  'reset',
  'pause',
  'interrupt',
  'drain',
  'resume',
  'adopt',
  'status',
  'plan',
  'why',
  'asks',
  'answer',
  'phase',
  'limits',
  'setPhase',
  'report',
  'screen',
  'notifyTest',
  'notifyStatus',
  'send',
  'message',
  'outbox',
  'acknowledge',
  'withdraw',
] as const
export type ControlVerb = (typeof controlVerbs)[number]

/** Longest time that a verb may take before the caller gives up: `down` waits for its grace. Milliseconds. */
const verbDeadlineMs: Record<'quick' | 'slow', number> = { quick: 10_000, slow: 120_000 }

/** The fleet as the running watchdog answers for it. */
export function createRemoteControl(stateDir: string, socketPath: string): FleetControl {
  async function ask<T>(verb: ControlVerb, args: unknown[], pace: 'quick' | 'slow' = 'slow'): Promise<T> {
    const answer = await askWatchdog(stateDir, socketPath, { verb, args }, verbDeadlineMs[pace])
    if (answer.kind === 'answer') return answer.value as T
    if (answer.kind === 'stopped') {
      throw new UserError({
        code: 'WATCHDOG_SILENT',
        what: `The watchdog (pid ${answer.pid}) was stopped by a signal while it was asked; it may do it when it is continued.`,
        fix: `Continue it: kill -CONT ${answer.pid}`,
        exit: Exit.failed,
      })
    }
    throw new UserError({
      code: answer.kind === 'timeout' ? 'WATCHDOG_SILENT' : 'WATCHDOG_GONE',
      what:
        answer.kind === 'timeout'
          ? 'The watchdog does not answer.'
          : 'The watchdog went away while it was asked.',
      fix: 'Look at `agents status` and `agents logs watchdog`, then try again.',
      exit: Exit.failed,
    })
  }
  return {
    up: (names, opts = {}) => ask('up', [names, opts]),
    down: (names, opts) => ask('down', [names, opts]),
    restart: (names, opts) => ask('restart', [names, opts]),
    reset: (names) => ask('reset', [names]),
    pause: (names) => ask('pause', [names]),
    interrupt: (names) => ask('interrupt', [names]),
    drain: (names) => ask('drain', [names]),
    resume: (names) => ask('resume', [names]),
    adopt: (names) => ask('adopt', [names]),
    status: () => ask('status', [], 'quick'),
    plan: () => ask('plan', [], 'quick'),
    why: (name) => ask('why', [name], 'quick'),
    asks: () => ask('asks', [], 'quick'),
    answer: (name, words, yes) => ask('answer', [name, words, yes]),
    phase: () => ask('phase', [], 'quick'),
    limits: () => ask('limits', [], 'quick'),
    setPhase: (expect, to, by) => ask('setPhase', [expect, to, by]),
    screen: (name) => ask('screen', [name], 'quick'),
    report: (call) => ask('report', [call], 'quick'),
    notifyTest: () => ask('notifyTest', []),
    notifyStatus: () => ask('notifyStatus', [], 'quick'),
    send: (name, message) => ask('send', [name, message], 'quick'),
    message: (id) => ask('message', [id], 'quick'),
    outbox: (name) => ask('outbox', [name], 'quick'),
    acknowledge: (id) => ask('acknowledge', [id], 'quick'),
    withdraw: (id) => ask('withdraw', [id], 'quick'),
    close: () => Promise.resolve(),
  }
}

/** Answers one request of the socket with the local control. */
export function answerVerb(control: FleetControl, verb: string, args: readonly unknown[]): Promise<unknown> {
  const known = controlVerbs.find((one) => one === verb)
  if (known === undefined) {
    return Promise.reject(
      new UserError({
        code: 'CONTROL_VERB',
        what: `The watchdog does not know the verb "${verb}".`,
        fix: 'It may be of another version: `agents down watchdog`, then `agents up watchdog`.',
      }),
    )
  }
  const method = control[known] as (...given: unknown[]) => Promise<unknown>
  return method(...args)
}
