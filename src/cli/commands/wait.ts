import { Exit, type ExitCode, UserError } from '../../core/errors.ts'
import type { AgentReport } from '../../core/index.ts'
import { visible } from '../../core/text.ts'
import { readAgent, type Whom } from '../../town/agents/agents.ts'
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

/** Waits until all of them are over: cold, stopped or failed; also over a restart of Redis. */
export const command: Command = async (call, deps) => {
  const timeoutMs = durationOption('timeout', call.options.timeout)
  return withFleet(inSession(call, deps), deps, (open) =>
    withMeant(open, deps, call.args, (meant, town) => {
      const people = meant.others.find(({ record }) => record === undefined)
      if (people !== undefined) throw noAgent(people)
      return wait({ open, meant, town }, timeoutMs, call, deps)
    }),
  )
}

interface Subject {
  open: OpenFleet
  meant: Meant
  town: Town | undefined
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

async function look({ open, meant, town }: Subject): Promise<Waited[]> {
  const { agents } = meant.own.length === 0 ? { agents: [] } : await open.control.status()
  const own = agents.filter(({ name }) => meant.own.includes(name)).map(ofOwn)
  return [...own, ...(await Promise.all(meant.others.map((whom) => ofOther(town!, whom))))]
}

function ofOwn({ name, life, reading, failClass, paused }: AgentReport): Waited {
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
    what: `${visible(name)} was taken out of the town; how it ended is not known.`,
    fix: 'Type `agents history`: it may say more.',
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
