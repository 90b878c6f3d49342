import { Exit, type ExitCode } from '../../core/errors.ts'
import { visible } from '../../core/text.ts'
import { planReset, type ResetPlan, resetTown } from '../../town/agents/reset-town.ts'
import { isTerminal } from '../../town/wire/agent-record.ts'
import { toJson } from '../text.ts'
import type { CliDeps, Invocation } from '../types.ts'
import { withTown } from '../with-town.ts'

/** `agents reset` without names, as tinytown's: empties the town. Without `--force` it says what would go, and fails: nothing was reset. */
export async function resetWholeTown(call: Invocation, deps: CliDeps): Promise<ExitCode> {
  const agentsOnly = call.options['agents-only'] === true
  const force = call.options.force === true
  return withTown(call, deps, async ({ town }) => {
    const plan = await planReset(town, agentsOnly)
    const gone = force ? await resetTown(town, agentsOnly, plan) : 0
    if (call.options.json === true) {
      const agents = plan.agents.map(({ id, name, state }) => ({ id, name, state }))
      await deps.io.out(
        toJson({
          version: 1,
          town: town.name,
          done: force,
          agentsOnly,
          keys: plan.keys,
          total: plan.total,
          agents,
        }),
      )
    } else await deps.io.out(text(plan, town.name, { agentsOnly, force, gone }))
    return force ? Exit.done : Exit.failed
  })
}

function text(
  plan: ResetPlan,
  town: string,
  { agentsOnly, force, gone }: { agentsOnly: boolean; force: boolean; gone: number },
): string {
  const what = Object.entries(plan.keys).map(([word, count]) => `${count} ${word}`)
  const all = what.length === 0 ? 'nothing' : what.join(', ')
  const living = plan.agents.filter(({ state }) => !isTerminal(state)).map(({ name }) => visible(name))
  const live = living.length === 0 ? '' : ` alive: ${living.join(', ')}\n`
  const again = ' agents of this config get their records again, under the same ids\n'
  if (force) return ` town ${visible(town)}: ${gone} keys are gone\n${again}`
  const tasks = agentsOnly ? ' tasks stay, and stay with their agents\n' : ''
  return ` town ${visible(town)}: this would go: ${all}\n${live}${tasks}${again} nothing was done; add --force\n`
}
