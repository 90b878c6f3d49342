import type { ExitCode } from '../core/errors.ts'
import { visible } from '../core/text.ts'
import { renderEvent } from './render/event.ts'
import { styleFor } from './text.ts'
import type { CliDeps, Invocation, WatchdogOptions } from './types.ts'

/** Runs the watchdog here and prints its events as lines for people, in order. */
export async function runPrinting(
  call: Invocation,
  deps: CliDeps,
  how: Pick<WatchdogOptions, 'inSession' | 'stateDir'>,
): Promise<ExitCode> {
  const style = styleFor(deps.io.color)
  let turn = Promise.resolve()
  const print = (line: string) => {
    turn = turn.then(() => deps.io.out(`${line}\n`))
  }
  const code = await deps.runWatchdog({
    config: call.config,
    ...how,
    onEvent: (event) => print(renderEvent(event, deps.now(), style)),
    print: (text) => print(visible(text.trimEnd(), { newlines: true })),
  })
  await turn
  return code
}
