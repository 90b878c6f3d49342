import { Exit, type ExitCode } from '../../core/errors.ts'
import type { StatusReport } from '../../core/status.ts'
import { visible } from '../../core/text.ts'
import type { FleetControl } from '../../daemon/control.ts'
import { durationOption } from '../durations.ts'
import { renderStatus } from '../render/status.ts'
import { styleFor, toJson } from '../text.ts'
import type { CliDeps, Command, Invocation } from '../types.ts'
import { withFleet } from '../with-fleet.ts'

/** Faster would only heat the machine. */
const FASTEST_WATCH_MS = 100

export const command: Command = async (call, deps) => {
  const everyMs = durationOption('watch', call.options.watch)
  return withFleet(call, deps, async ({ control }) => {
    if (everyMs !== undefined) return watch(control, Math.max(FASTEST_WATCH_MS, everyMs), call, deps)
    const report = await control.status()
    await deps.io.out(statusText(report, call, deps))
    return call.options.check === true && report.attention.length > 0 ? Exit.needsPerson : Exit.done
  })
}

function statusText(report: StatusReport, call: Invocation, deps: CliDeps): string {
  const check = call.options.check === true
  if (call.options.json === true) return toJson(check ? { version: 1, attention: report.attention } : report)
  if (check) return report.attention.map((sentence) => `${visible(sentence)}\n`).join('')
  return renderStatus(report, {
    style: styleFor(deps.io.color),
    columns: deps.io.tty ? deps.io.columns : undefined,
  })
}

/**
 * Redraws over itself: home, each line cleared to its end, the rest of the screen cleared. The next look waits until
 * the terminal has taken this one. With `--json` it is one line a look; with `--check` it ends at the first finding.
 */
async function watch(
  control: FleetControl,
  everyMs: number,
  call: Invocation,
  deps: CliDeps,
): Promise<ExitCode> {
  const stop = deps.io.interrupted()
  const inPlace = deps.io.tty && call.options.json !== true
  if (inPlace) await deps.io.out('\x1b[?25l\x1b[2J')
  while (!stop.aborted) {
    const report = await control.status()
    if (call.options.json === true) await deps.io.out(toJson(report, 0))
    else
      await deps.io.out(
        inPlace ? redraw(statusText(report, call, deps), deps) : statusText(report, call, deps),
      )
    if (call.options.check === true && report.attention.length > 0) break
    await deps.sleep(everyMs, stop)
  }
  if (inPlace) await deps.io.out('\x1b[?25h')
  return call.options.check === true && !stop.aborted ? Exit.needsPerson : Exit.done
}

function redraw(text: string, deps: CliDeps): string {
  const lines = text.trimEnd().split('\n')
  // One row is left free: a line feed in the last one would scroll the first away.
  const shown = deps.io.rows === undefined ? lines : lines.slice(0, Math.max(1, deps.io.rows - 1))
  return `\x1b[H${shown.map((line) => `${line}\x1b[K`).join('\n')}\n\x1b[J`
}
