import { Exit, type ExitCode } from '../../core/errors.ts'
import type { StatusReport } from '../../core/status.ts'
import type { TownAgent, TownTasks } from '../../town/survey.ts'
import { durationOption } from '../durations.ts'
import { statusExit, statusText } from '../render/status-text.ts'
import { styleFor, toJson } from '../text.ts'
import type { CliDeps, Command, Invocation } from '../types.ts'
import { withFleet } from '../with-fleet.ts'
import { withTown } from '../with-town.ts'

/** Faster would only heat the machine. */
const FASTEST_WATCH_MS = 100

export const command: Command = async (call, deps) => {
  const everyMs = durationOption('watch', call.options.watch)
  if (everyMs !== undefined) return watch(Math.max(FASTEST_WATCH_MS, everyMs), call, deps)
  const { report, townOnly } = await look(call, deps)
  const survey = await surveyed(report, call, deps)
  const whole = survey === undefined ? report : { ...report, town: { ...report.town!, ...survey } }
  await deps.io.out(statusText(whole, call.options, deps.io, townOnly))
  if (townOnly && isForPeople(call) && isReached(report)) await deps.io.out(await living(call, deps))
  if (survey !== undefined && isForPeople(call)) await deps.io.out(await surveyText(survey, call, deps))
  return statusExit(report, call.options)
}

const isForPeople = ({ options }: Invocation): boolean => options.json !== true && options.check !== true

const isReached = ({ town }: StatusReport): boolean => town?.state === 'ok' || town?.state === 'degraded'

/** Who lives there, where there is no fleet to be shown. */
const living = (call: Invocation, deps: CliDeps): Promise<string> =>
  withTown(call, deps, async (open) => (await import('./list.ts')).townList(open, deps), { start: false })

interface Survey {
  agents: TownAgent[]
  tasks?: TownTasks
}

/** `--deep` and `--tasks` look through the whole town. */
async function surveyed(report: StatusReport, call: Invocation, deps: CliDeps): Promise<Survey | undefined> {
  const wanted = call.options.deep === true || call.options.tasks === true
  if (!wanted || report.town === undefined || report.town.state === 'off') return undefined
  const { surveyAgents, surveyTasks } = await import('../../town/survey.ts')
  return withTown(
    call,
    deps,
    async ({ town }) => ({
      agents: await surveyAgents(town),
      ...(call.options.tasks === true ? { tasks: await surveyTasks(town) } : {}),
    }),
    { start: false },
  )
}

async function surveyText({ agents, tasks }: Survey, call: Invocation, deps: CliDeps): Promise<string> {
  const { townAgentsText, townTasksText } = await import('../render/town.ts')
  const deep = call.options.deep === true ? townAgentsText(agents, deps.now(), styleFor(deps.io.color)) : ''
  return `${deep}${tasks === undefined ? '' : townTasksText(tasks, agents)}`
}

function look(call: Invocation, deps: CliDeps): Promise<{ report: StatusReport; townOnly: boolean }> {
  return withFleet(call, deps, async ({ control, fleet }) => ({
    report: await control.status(),
    townOnly: fleet.townOnly === true,
  }))
}

/**
 * Redraws over itself: home, each line cleared to its end, the rest of the screen cleared. Opens the fleet anew for
 * each look, so that it survives a broken config and a watchdog that comes or goes; what went wrong is drawn instead.
 * The next look waits until the terminal has taken this one. With `--json` it is one line a look; with `--check` it
 * ends at the first finding.
 */
async function watch(everyMs: number, call: Invocation, deps: CliDeps): Promise<ExitCode> {
  const stop = deps.io.interrupted()
  const inPlace = deps.io.tty && call.options.json !== true
  let found = false
  if (inPlace) await deps.io.out('\x1b[?25l\x1b[2J')
  while (!stop.aborted && !found) {
    const [seen] = await Promise.allSettled([look(call, deps)])
    const text =
      seen.status === 'fulfilled'
        ? lookText(seen.value, call, deps)
        : await troubleText(seen.reason, call, deps)
    await deps.io.out(inPlace ? redraw(text, deps) : text)
    found =
      call.options.check === true && seen.status === 'fulfilled' && seen.value.report.attention.length > 0
    if (!found) await deps.sleep(everyMs, stop)
  }
  if (inPlace) await deps.io.out('\x1b[?25h')
  return found ? Exit.needsPerson : Exit.done
}

function lookText(
  { report, townOnly }: Awaited<ReturnType<typeof look>>,
  call: Invocation,
  deps: CliDeps,
): string {
  return call.options.json === true ? toJson(report, 0) : statusText(report, call.options, deps.io, townOnly)
}

async function troubleText(reason: unknown, call: Invocation, deps: CliDeps): Promise<string> {
  const { describeError } = await import('../report-error.ts')
  const report = describeError(reason, await deps.installHint())
  return call.options.json === true ? report.json : report.text
}

function redraw(text: string, deps: CliDeps): string {
  const lines = text.trimEnd().split('\n')
  // One row is left free: a line feed in the last one would scroll the first away.
  const shown = deps.io.rows === undefined ? lines : lines.slice(0, Math.max(1, deps.io.rows - 1))
  return `\x1b[H${shown.map((line) => `${line}\x1b[K`).join('\n')}\n\x1b[J`
}
