import type { StatusReport } from '../../core/index.ts'
import type { Engine } from '../engine.ts'
import type { Program } from '../keeper.ts'
import type { Prover } from '../look/prover.ts'
import { screenReport } from '../look/screen-report.ts'
import type { Notifier } from '../notify/notifier.ts'
import { adoptSessions } from '../ops/adopt.ts'
import { answerAgent, asksOf } from '../ops/answer.ts'
import { downFleet } from '../ops/down.ts'
import { drainAgents } from '../ops/drain.ts'
import { interruptAgents } from '../ops/interrupt.ts'
import { createMail } from '../ops/mail.ts'
import { pauseAgents, resetAgents } from '../ops/mend.ts'
import { restartFleet } from '../ops/restart.ts'
import { upFleet } from '../ops/up.ts'
import type { FleetControl, Outcome } from './control.ts'
import type { StatusFacts } from './facts.ts'
import { limitsReport } from './limits-report.ts'
import { statusReport, whyReport } from './status.ts'
import { agentsOf } from './targets.ts'

export interface Desk {
  engine: Engine
  program: Program
  /** True inside the watchdog: it delivers kickoffs and keeps the memory. */
  inWatchdog: boolean
  facts: () => Promise<StatusFacts>
  notifier: Pick<Notifier, 'test' | 'status'>
  prover: Prover
  /** See `Loop.firstSight`. */
  firstSight: () => Promise<void>
  /** See `Loop.lookOnce`; nothing inside the watchdog, which follows the branch anyway. */
  lookOnce: (deadlineMs: number) => Promise<void>
  /** Asks a running watchdog to stop and waits until it has; answers what was done. `endLoop`: before it is killed. */
  stopWatchdog: (endLoop: () => Promise<void>) => Promise<string>
  /** Keeps a running watchdog from deciding while everything is taken down beside it. */
  hush: () => Promise<void>
  /** After everything was taken down: the tmux server ends with it, and that is no loss. */
  forgetServer: () => Promise<void>
  /** Whether some watchdog holds the lock. */
  watchdogRuns: () => Promise<boolean>
  /** Whether a watchdog has done its first tick and answers. */
  watchdogReady: () => Promise<boolean>
}

/** How long a command without a watchdog waits for the remote that tells of DONE. Milliseconds. */
const statusWaitMs = 1_500
const phaseWaitMs = 5_000

/** The verbs, done in this process. */
export function createLocalControl(desk: Desk): FleetControl {
  const { engine } = desk
  const fleet = () => engine.crew().world.fleet()
  const status = async (): Promise<StatusReport> => {
    await desk.lookOnce(statusWaitMs)
    // The watchdog looks once a tick and at every event, so its last look is as good as a new one.
    await (desk.inWatchdog ? engine.recent(fleet().watchdog.tickMs) : engine.refresh(true))
    return statusReport(await desk.facts())
  }
  const changing = (done: Promise<Outcome[]>): Promise<Outcome[]> => done.finally(engine.outdate)
  return {
    up: (names, opts = {}) => changing(upFleet(desk, names, opts.fresh)),
    down: (names, opts) => changing(downFleet(desk, names, opts.graceMs)),
    restart: (names, opts) => changing(restartFleet(desk, names, opts)),
    reset: (names) => changing(resetAgents(desk, names)),
    pause: (names) => changing(pauseAgents(desk, names, true)),
    interrupt: (names) => changing(interruptAgents(desk, names)),
    drain: (names) => changing(drainAgents(desk, names)),
    resume: (names) => changing(pauseAgents(desk, names, false)),
    adopt: (names) => changing(adoptSessions(desk, names)),
    status,
    plan: async () => {
      await engine.refresh(!desk.inWatchdog)
      return engine.plan()
    },
    why: async (name) => {
      const spec = agentsOf(fleet(), [name])[0]!
      await engine.refresh(!desk.inWatchdog)
      // What stands is not read at every look: the seconds that its evidence counts are told as of now.
      if (desk.inWatchdog) await engine.crew().observer.look([spec], true)
      return whyReport(await desk.facts(), spec)
    },
    screen: (name) => screenReport(engine.crew(), agentsOf(fleet(), [name])[0]!),
    asks: async () => {
      await (desk.inWatchdog ? engine.recent(fleet().watchdog.tickMs) : engine.refresh(true))
      return asksOf(engine)
    },
    answer: (name, words, yes) => answerAgent(desk, name, words, yes).finally(engine.outdate),
    phase: async () => {
      await desk.lookOnce(phaseWaitMs)
      await engine.crew().phases.refresh()
      return engine.crew().phases.view()
    },
    limits: async () => {
      await engine.refresh(!desk.inWatchdog)
      return limitsReport(engine)
    },
    setPhase: (expect, to, by) => engine.crew().phases.set(expect, to, by),
    report: async (call) => {
      const { news, ...told } = await engine.crew().world.reports.take(call)
      // Hooks speak at every step of an agent: a look follows only when they say something new.
      if (news && desk.inWatchdog) void engine.refresh()
      return told
    },
    notifyTest: async () => {
      // The bell rings where somebody is attached now.
      if (fleet().notify?.bell === true) await engine.crew().observer.scan()
      return desk.notifier.test()
    },
    notifyStatus: () => desk.notifier.status(),
    ...createMail(desk),
    close: () => engine.stop(),
  }
}
