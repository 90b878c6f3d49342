import { Exit, type ExitCode, OutsideError, UserError } from '../../core/errors.ts'
import type { Outcome } from '../../daemon/control/control.ts'
import { knownNames, requireKnown } from '../names.ts'
import { printOutcomes } from '../render/outcomes.ts'
import type { CliDeps, Invocation, OpenFleet } from '../types.ts'
import { withFleet } from '../with-fleet.ts'

/**
 * What all changing verbs share: names checked before anything is touched, config errors told, outcomes printed.
 * @param more names that are in no config and that this verb understands; asked for only when there is such a name
 */
export async function change(
  call: Invocation,
  deps: CliDeps,
  act: (open: OpenFleet) => Promise<Outcome[]>,
  more: (open: OpenFleet) => Promise<string[]> = () => Promise.resolve([]),
): Promise<ExitCode> {
  return withFleet(call, deps, async (open) => {
    const unknown = call.args.some((name) => !knownNames(open.fleet).includes(name))
    requireKnown(call.args, open.fleet, unknown ? await more(open) : [])
    await prepareChange(open, deps)
    return printOutcomes(await act(open), call, deps)
  })
}

/**
 * tmux is there; what is wrong with the config is told and keeps nobody from acting.
 * @throws {OutsideError} TMUX_MISSING
 * @throws {UserError} TMUX_OLD
 */
export async function prepareChange({ problems, watched }: OpenFleet, deps: CliDeps): Promise<void> {
  await requireTmux(deps)
  // A watchdog that answers has looked.
  if (!watched) await requireNewTmux(deps)
  const errors = problems.filter((problem) => problem.severity === 'error')
  if (errors.length > 0) await deps.io.err(`${await deps.renderProblems(errors)}\n`)
}

/**
 * Said once, before an intent is written down or a start is tried (row 30).
 * @throws {OutsideError} TMUX_MISSING, exit 5 with the command that installs it
 */
async function requireTmux(deps: CliDeps): Promise<void> {
  const { which } = await deps.host()
  if (which('tmux') !== undefined) return
  throw new OutsideError({
    tool: 'tmux',
    code: 'TMUX_MISSING',
    what: 'tmux is not installed, or not on PATH.',
    retryable: false,
  })
}

/**
 * An old one fails at every call with words that say nothing about its age.
 * @throws {UserError} TMUX_OLD, exit 5
 */
async function requireNewTmux(deps: CliDeps): Promise<void> {
  const found = await deps.tmuxVersion()
  if (found.kind !== 'old') return
  const hint = await deps.installHint()
  throw new UserError({
    code: 'TMUX_OLD',
    what: `tmux ${found.version} is too old: 3.2 or newer is needed; nothing was done.`,
    fix: `Install a newer one: ${hint('tmux')}`,
    exit: Exit.missingTool,
  })
}

/**
 * Verbs that would be a surprise when applied to everything want names or `--all`.
 * @throws {UserError} CLI_ARGUMENTS, exit 2
 */
export function namesOrAll(call: Invocation): string[] {
  const all = call.options.all === true
  if (all !== call.args.length > 0) return call.args
  throw new UserError({
    code: 'CLI_ARGUMENTS',
    what: all
      ? `agents ${call.verb} takes names or --all, not both.`
      : `agents ${call.verb} needs the names of agents, or --all.`,
    fix: `Write agents ${call.verb} NAME, or agents ${call.verb} --all.`,
    exit: Exit.usage,
  })
}
