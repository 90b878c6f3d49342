import { Exit } from '../../core/errors.ts'
import { listAgents } from '../../town/agents/agents.ts'
import { inTime, latestEvents } from '../../town/events/events.ts'
import { countOption } from '../durations.ts'
import { townEventJson, townEventText } from '../render/town-event.ts'
import { namesOf } from '../render/town-task.ts'
import { styleFor, toJson } from '../text.ts'
import { agentStream } from '../town/stream-of.ts'
import type { Command } from '../types.ts'
import { withTown } from '../with-town.ts'

const DEFAULT_LIMIT = 30

export const command: Command = (call, deps) =>
  withTown(call, deps, async ({ town }) => {
    const limit = countOption('--limit', call.options.limit) ?? DEFAULT_LIMIT
    const { agent } = call.options
    const stream = typeof agent === 'string' ? await agentStream(town, agent) : town.keys.events
    const events = inTime(await latestEvents(town, stream, limit))
    const names = namesOf(await listAgents(town))
    const style = styleFor(deps.io.color)
    await deps.io.out(
      call.options.json === true
        ? toJson({ version: 1, events: events.map((event) => townEventJson(event, names)) })
        : events.length === 0
          ? 'nothing has happened in town\n'
          : `${events.map((event) => townEventText(event, names, deps.now(), style)).join('\n')}\n`,
    )
    return Exit.done
  })
