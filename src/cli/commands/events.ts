import { Exit } from '../../core/errors.ts'
import type { FleetEvent } from '../../core/event.ts'
import { countOption, instantOption } from '../durations.ts'
import { renderEvent } from '../render/event.ts'
import { styleFor, toJson } from '../text.ts'
import type { CliDeps, Command, Invocation } from '../types.ts'
import { fleetOf } from '../with-fleet.ts'

const DEFAULT_LINES = 50

export const command: Command = async (call, deps) => {
  if (call.options['in-town'] === true || call.options.mission !== undefined) {
    const { townEvents } = await import('../town/town-events.ts')
    return townEvents(call, deps)
  }
  const filter = filterOf(call, deps)
  const reader = await deps.events(await fleetOf(call, deps))
  if (call.options.follow === true) return follow(reader, filter, call, deps)
  const events = await reader.read(filter)
  if (call.options.json === true) await deps.io.out(toJson({ version: 1, events }))
  else for (const event of events) await print(event, call, deps)
  return Exit.done
}

type Reader = Awaited<ReturnType<CliDeps['events']>>
type Filter = NonNullable<Parameters<Reader['read']>[0]>

function filterOf(call: Invocation, deps: CliDeps): Filter {
  const since = instantOption('since', call.options.since, deps.now())
  const last =
    countOption('-n', call.options.lines ?? call.options.count) ??
    (since === undefined ? DEFAULT_LINES : undefined)
  return {
    ...(typeof call.options.agent === 'string' ? { agent: call.options.agent } : {}),
    ...(since === undefined ? {} : { sinceMs: since }),
    ...(last === undefined ? {} : { last }),
  }
}

/** Listens before it reads, and drops what it has shown: nothing is missed in between and nothing comes twice. */
async function follow(reader: Reader, filter: Filter, call: Invocation, deps: CliDeps) {
  const stop = deps.io.interrupted()
  const early: FleetEvent[] = []
  let shown = -1
  let live = false
  let turn = Promise.resolve()
  const show = (event: FleetEvent): Promise<void> => {
    if (event.seq <= shown || (filter.agent !== undefined && event.agent !== filter.agent))
      return Promise.resolve()
    shown = event.seq
    return print(event, call, deps)
  }
  const following = reader.follow((event) => {
    if (live) turn = turn.then(() => show(event))
    else early.push(event)
  }, stop)
  for (const event of await reader.read(filter)) await show(event)
  live = true
  turn = turn.then(async () => {
    for (const event of early) await show(event)
  })
  await following
  await turn
  return Exit.done
}

function print(event: FleetEvent, call: Invocation, deps: CliDeps): Promise<void> {
  if (call.options.json === true) return deps.io.out(toJson(event, 0))
  return deps.io.out(`${renderEvent(event, deps.now(), styleFor(deps.io.color))}\n`)
}
