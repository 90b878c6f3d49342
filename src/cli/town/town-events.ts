import { Exit, type ExitCode } from '../../core/errors.ts'
import { listAgents } from '../../town/agents/agents.ts'
import { followEvents, inTime, lastEntry, latestEvents, type SeenEvent } from '../../town/events/events.ts'
import type { Town } from '../../town/town.ts'
import { countOption, instantOption } from '../durations.ts'
import { townEventJson, townEventText } from '../render/town-event.ts'
import { namesOf } from '../render/town-task.ts'
import { styleFor, toJson } from '../text.ts'
import type { CliDeps, Invocation } from '../types.ts'
import { withTown } from '../with-town.ts'
import { agentStream, missionStream } from './stream-of.ts'

/** As `tt events`. */
const DEFAULT_COUNT = 20

/** `agents events --town`: the newest of a stream, and with -f what comes, each once (W23). */
export function townEvents(call: Invocation, deps: CliDeps): Promise<ExitCode> {
  return withTown(call, deps, async ({ town }) => {
    const { options } = call
    const stream = await streamOf(town, call)
    const count = countOption('--count', options.count ?? options.lines)
    const since = instantOption('since', options.since, deps.now())
    const events = await latestEvents(town, stream, count ?? (since === undefined ? DEFAULT_COUNT : 1000))
    const shown = inTime(events).filter(({ at }) => since === undefined || at >= since)
    if (options.follow !== true && options.json === true) {
      const names = namesOf(await listAgents(town))
      await deps.io.out(toJson({ version: 1, events: shown.map((event) => townEventJson(event, names)) }))
      return Exit.done
    }
    const print = printer(town, call, deps)
    for (const event of shown) await print(event)
    if (options.follow === true) {
      const stop = deps.io.interrupted()
      const from = events.at(-1)?.entry ?? (count === 0 ? await lastEntry(town, stream) : '0-0')
      await followEvents(town, stream, from, print, (ms) => deps.sleep(ms, stop), stop)
    }
    return Exit.done
  })
}

/** @throws {UserError} TOWN_MISSION, TOWN_AGENT_UNKNOWN (exit 2) */
async function streamOf(town: Town, { options }: Invocation): Promise<string> {
  if (typeof options.mission === 'string') return missionStream(town, options.mission)
  return typeof options.agent === 'string' ? agentStream(town, options.agent) : town.keys.events
}

/** Names are read anew when somebody unknown turns up. */
function printer(town: Town, call: Invocation, deps: CliDeps): (event: SeenEvent) => Promise<void> {
  const style = styleFor(deps.io.color)
  let names = namesOf([])
  return async (event) => {
    if (event.agent !== undefined && !names.has(event.agent)) names = namesOf(await listAgents(town))
    await deps.io.out(
      call.options.json === true
        ? toJson(townEventJson(event, names), 0)
        : `${townEventText(event, names, deps.now(), style)}\n`,
    )
  }
}
