import { Exit, type ExitCode, UserError } from '../../core/errors.ts'
import { visible } from '../../core/text.ts'
import { countOption, durationOption } from '../durations.ts'
import { printOutcomes } from '../render/outcomes.ts'
import type { CliDeps, Command, Invocation, OpenFleet } from '../types.ts'
import { withFleet } from '../with-fleet.ts'
import { command as attach } from './attach.ts'
import { prepareChange } from './change.ts'
import { inSession, withMeant } from './order-agents.ts'

export const command: Command = async (call, deps) => {
  const graceMs = durationOption('grace', call.options.grace)
  const fresh = call.options.fresh === true
  const rounds = countOption('--rounds', call.options.rounds)
  const opts = { ...(graceMs === undefined ? {} : { graceMs }), ...(fresh ? { fresh } : {}) }
  const shown = call.options.foreground === true
  if (shown && (call.args.length !== 1 || call.options.json === true)) throw oneOnly()
  return withFleet(inSession(call, deps), deps, (open) =>
    withMeant(open, deps, call.args, async ({ own, others: [other] }) => {
      if (other !== undefined) throw notOurs(other.name)
      await prepareChange(open, deps)
      if (rounds !== undefined) await giveRounds(open, own, rounds, deps)
      const outcomes = await open.control.restart(own, opts)
      const exit = await printOutcomes(outcomes, call, deps)
      const [name] = own
      return shown && exit === Exit.done && name !== undefined ? show(name, call, deps) : exit
    }),
  )
}

/** A spawned worker has so many from now on, as with tinytown; whoever else has turns without end, or what agents.toml says. */
async function giveRounds(
  { fleet }: OpenFleet,
  own: readonly string[],
  rounds: number,
  deps: CliDeps,
): Promise<void> {
  const spawning = await deps.spawning()
  const names = own.length > 0 ? own : fleet.agents.filter(({ enabled }) => enabled).map(({ name }) => name)
  for (const name of names) {
    if (await spawning.giveRounds(fleet, name, rounds)) continue
    const worker = fleet.agents.some((spec) => spec.name === name && spec.kind === 'worker')
    const why = worker ? 'its max_rounds is that of agents.toml' : 'it has as many turns as it needs'
    await deps.io.err(`--rounds is for workers of agents spawn; ${visible(name)}: ${why}\n`)
  }
}

/** In this terminal, as `agents attach`: a session stays where it is, and is looked at. */
async function show(name: string, call: Invocation, deps: CliDeps): Promise<ExitCode> {
  if (deps.io.tty) return attach({ ...inSession(call, deps), verb: 'attach', args: [name] }, deps)
  await deps.io.err(`this is no terminal; it is seen with: agents attach ${visible(name)}\n`)
  return Exit.done
}

const oneOnly = (): UserError =>
  new UserError({
    code: 'CLI_ARGUMENTS',
    what: '--foreground shows one agent in this terminal.',
    fix: 'Write agents restart NAME --foreground, without --json.',
    exit: Exit.usage,
  })

/** Its loop is another program's, and only that can start it. */
const notOurs = (name: string): UserError =>
  new UserError({
    code: 'TOWN_AGENT_FOREIGN',
    what: `${visible(name)} is no agent of this config; nothing was done.`,
    fix: 'Where it is a worker of tinytown: `tt restart NAME`. A worker of this fleet is added by `agents spawn NAME`.',
    exit: Exit.usage,
  })
