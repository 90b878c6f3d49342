import { Exit } from '../../core/errors.ts'
import { visible } from '../../core/text.ts'
import { type Inhabitant, inhabitants } from '../../town/agents/inhabitants.ts'
import { taskLabel } from '../../town/tasks/tasks.ts'
import { type AgentState, agentLabel } from '../../town/wire/agent-record.ts'
import { SUPERVISOR, shortId } from '../../town/wire/ids.ts'
import { cell, columnsOf } from '../render/columns.ts'
import { type Style, styleFor, toJson } from '../text.ts'
import { isPrunable } from '../town/prunable.ts'
import type { CliDeps, Command, OpenTown } from '../types.ts'
import { withTown } from '../with-town.ts'

export const command: Command = (call, deps) =>
  withTown(call, deps, async ({ town, fleet }) => {
    if (call.options.json === true) {
      const { agents, supervisor } = await inhabitants(town)
      await deps.io.out(toJson({ version: 1, town: town.name, supervisor, agents: agents.map(agentJson) }))
    } else await deps.io.out(await townList({ town, fleet }, deps))
    return Exit.done
  })

/** Who is in town and what waits for them, for people. */
export async function townList(
  { town, fleet }: Pick<OpenTown, 'town' | 'fleet'>,
  { io }: CliDeps,
): Promise<string> {
  const { agents, supervisor } = await inhabitants(town)
  const over = agents.filter(({ record }) => isPrunable(fleet, record)).length
  return listText(agents, supervisor, over, styleFor(io.color), io.columns)
}

function agentJson({ record, inbox, urgent, claimed, task }: Inhabitant): object {
  return {
    id: record.id,
    name: record.name,
    nickname: record.nickname,
    role: record.role,
    label: agentLabel(record),
    type: record.type,
    parent: record.parent,
    state: record.state,
    cli: record.cli,
    inbox,
    urgent,
    claimed,
    task: task === undefined ? undefined : { id: task.id, description: task.description, state: task.state },
    tasksCompleted: record.tasksCompleted,
    rounds: record.roundsCompleted,
    createdAt: record.createdAt,
    heartbeatAt: record.heartbeatAt,
  }
}

const PAINT: Partial<Record<AgentState, keyof Style>> = {
  idle: 'green',
  working: 'yellow',
  paused: 'cyan',
  error: 'red',
  stopped: 'dim',
  cold: 'dim',
}

function listText(
  agents: readonly Inhabitant[],
  supervisor: { inbox: number; urgent: number },
  over: number,
  style: Style,
  columns: number | undefined,
): string {
  const rows = agents.map(({ record, task, ...waits }) => {
    const paint = PAINT[record.state]
    return [
      cell(visible(agentLabel(record))),
      cell(shortId(record.id), style.dim),
      cell(record.state, paint === undefined ? undefined : style[paint]),
      cell(waitsText(waits)),
      cell(task === undefined ? '' : taskLabel(task)),
    ]
  })
  if (supervisor.inbox + supervisor.urgent > 0)
    rows.push([
      cell('supervisor'),
      cell(shortId(SUPERVISOR), style.dim),
      cell('people', style.dim),
      cell(waitsText({ ...supervisor, claimed: 0 })),
      cell(''),
    ])
  const lines = rows.length === 0 ? ['the town is empty'] : columnsOf(rows, columns)
  if (over > 0)
    lines.push(style.dim(` ${over} ${over === 1 ? 'is' : 'are'} over: agents prune takes them out`))
  return `${lines.join('\n')}\n`
}

function waitsText({ inbox, urgent, claimed }: Pick<Inhabitant, 'inbox' | 'urgent' | 'claimed'>): string {
  const parts = [
    inbox === 0 ? '' : `${inbox} waiting`,
    urgent === 0 ? '' : `${urgent} urgent`,
    claimed === 0 ? '' : `${claimed} taken`,
  ].filter((part) => part !== '')
  return parts.length === 0 ? '-' : parts.join(', ')
}
