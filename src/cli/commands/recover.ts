import { Exit } from '../../core/errors.ts'
import { visible } from '../../core/text.ts'
import { fleetId } from '../../daemon/names.ts'
import { type Recovery, recover } from '../../town/agents/recover.ts'
import { onlyClientsHere } from '../../town/only-here.ts'
import { agentLabel } from '../../town/wire/agent-record.ts'
import { toJson } from '../text.ts'
import type { Command } from '../types.ts'
import { withTown } from '../with-town.ts'

export const command: Command = (call, deps) =>
  withTown(call, deps, async ({ town, fleet }) => {
    const processes = await deps.processes()
    const lines = processes.map(({ args }) => args)
    const found = await recover(
      town,
      {
        runs: (agent) => lines.some((line) => line.includes(agent)),
        owner: fleetId(fleet),
        onlyHere: await onlyClientsHere(town, processes),
      },
      call.options.force === true,
    )
    const recovered = found.filter((one) => one.recovered).length
    const agents = found.map(({ agent: { id, name, state }, verdict, recovered }) => ({
      id,
      name,
      state: recovered ? 'stopped' : state,
      verdict: verdict.kind,
      because: 'because' in verdict ? verdict.because : undefined,
      recovered,
    }))
    await deps.io.out(
      call.options.json === true
        ? toJson({ version: 1, checked: found.length, recovered, agents })
        : recoverText(found),
    )
    return Exit.done
  })

function recoverText(found: readonly Recovery[]): string {
  const lines = found.flatMap(({ agent, verdict, recovered }) => {
    const label = visible(agentLabel(agent))
    if (recovered) return [`${label} is stopped now: ${'because' in verdict ? verdict.because : ''}`]
    if (verdict.kind === 'dead') return [`${label} gave a sign of life just now and is left alone`]
    return verdict.kind === 'unknown' ? [`${label} is left alone: ${verdict.because} (--force stops it)`] : []
  })
  const many = found.filter(({ recovered }) => recovered).length
  const sum =
    many === 0
      ? `of ${found.length} agents none was found dead`
      : 'agents reclaim shows what they left; agents reclaim --orphan-tasks their tasks'
  return `${[...lines, sum].join('\n')}\n`
}
