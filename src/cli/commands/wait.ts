import { Exit, type ExitCode, UserError } from '../../core/errors.ts'
import type { AgentReport } from '../../core/index.ts'
import { visible } from '../../core/text.ts'
import { readAgent } from '../../town/agents/agents.ts'
import type { Whom } from '../../town/agents/meant.ts'
import { mirroredState } from '../../town/agents/mirror-state.ts'
import { noAgent } from '../../town/agents/order-others.ts'
import type { Town } from '../../town/town.ts'
import { unlessAway } from '../../town/unless-away.ts'
import { type AgentState, isTerminal } from '../../town/wire/agent-record.ts'
import { durationOption } from '../durations.ts'
import { toJson } from '../text.ts'
import type { CliDeps, Command, Invocation, OpenFleet } from '../types.ts'
import { withFleet } from '../with-fleet.ts'
import { inSession, type Meant, withMeant } from './order-agents.ts'

/** Between two looks. Milliseconds. */
const LOOK_MS = 250

interface Waited {
  name: string
  state: AgentState
  over: boolean
}

/** Waits until all of them are over: cold, stopped or failed; also over a restart of Redis or of the watchdog. */
export const command: Command = async (call, deps) => {
  const timeoutMs = durationOption('timeout', call.options.timeout)
  return withFleet(inSession(call, deps), deps, (open) =>
    withMeant(open, deps, call.args, async (meant, town) => {
      const people = meant.others.find(({ record }) => record === undefined)
      if (people !== undefined) throw noAgent(people)
      const reports = followReports(open, call, deps)
      return wait({ reports: reports.look, meant, town }, timeoutMs, call, deps).finally(reports.close)
    }),
  )
}

interface Subject {
  /** Agents of this fleet, as they are. */
  reports(): Promise<readonly AgentReport[]>
  meant: Meant
  town: Town | undefined
}

/** The status, look for look; where the watchdog that answered is gone, whoever answers then. */
function followReports(open: OpenFleet, call: Invocation, deps: CliDeps) {
  let now: OpenFleet | undefined
  const close = async () => now?.close()
  return {
    close,
    look: async (): Promise<readonly AgentReport[]> => {
      const [asked] = await Promise.allSettled([(now ?? open).control.status()])
      if (asked.status === 'fulfilled') return asked.value.agents
      if (!(asked.reason instanceof UserError) || asked.reason.code !== 'WATCHDOG_GONE') throw asked.reason
      await close()
      now = await deps.openFleet(inSession(call, deps).config)
      return (await now.control.status()).agents
    },
  }
}

async function wait(
  subject: Subject,
  timeoutMs: number | undefined,
  call: Invocation,
  deps: CliDeps,
): Promise<ExitCode> {
  const stop = deps.io.interrupted()
  const from = deps.now()
  for (;;) {
    const seen = await unlessAway(look(subject))
    const agents = 'away' in seen ? [] : seen.value
    const over = !('away' in seen) && agents.every((agent) => agent.over)
    const late = timeoutMs !== undefined && deps.now() - from >= timeoutMs
    if (!over && !late && !stop.aborted) {
      const left = timeoutMs === undefined ? LOOK_MS : Math.min(LOOK_MS, timeoutMs - (deps.now() - from))
      await deps.sleep(left, stop)
      continue
    }
    if ('away' in seen) throw seen.away
    await tell(agents, !over && late, call, deps)
    return over ? Exit.done : late ? Exit.timeout : Exit.failed
  }
}

async function look({ reports, meant, town }: Subject): Promise<Waited[]> {
  const agents = meant.own.length === 0 ? [] : await reports()
  const own = meant.own.map((name) => ofOwn(name, agents))
  return [...own, ...(await Promise.all(meant.others.map((whom) => ofOther(town!, whom))))]
}

/** @throws {UserError} TOWN_AGENT_GONE (exit 1), TOWN_NO_AGENT (exit 2): a service, or the watchdog */
function ofOwn(name: string, agents: readonly AgentReport[]): Waited {
  const found = agents.find((agent) => agent.name === name)
  if (found === undefined) throw goneMeanwhile(name)
  const { life, reading, failClass, paused } = found
  const state = mirroredState({ life, reading, failClass, paused, started: true, before: undefined })
  // What fails in its terminal still runs.
  const over = life === 'stopped' || life === 'done' || life === 'parked'
  return { name, state, over }
}

/** @throws {UserError} TOWN_AGENT_GONE, exit 1: it was there when it was named */
async function ofOther(town: Town, { id, name }: Whom): Promise<Waited> {
  const record = await readAgent(town, id)
  if (record === undefined) throw goneMeanwhile(name)
  return { name, state: record.state, over: isTerminal(record.state) }
}

const goneMeanwhile = (name: string): UserError =>
  new UserError({
    code: 'TOWN_AGENT_GONE',
    what: `${visible(name)} was taken out of the fleet or of the town; how it ended is not known.`,
    fix: 'Type `agents events` or `agents history`: they may say more.',
  })

async function tell(
  agents: readonly Waited[],
  late: boolean,
  call: Invocation,
  deps: CliDeps,
): Promise<void> {
  if (call.options.json === true) {
    await deps.io.out(toJson({ version: 1, timedOut: late, agents }))
    return
  }
  const lines = agents.map(
    ({ name, state, over }) => ` ${visible(name)} is ${state}${over ? '' : ', not over yet'}\n`,
  )
  await deps.io.out(lines.join(''))
  if (late) await deps.io.err('the time ran out\n')
}
