import { visible } from '../../core/text.ts'
import type { TownAgent, TownTasks } from '../../town/survey.ts'
import { shortId } from '../../town/wire/ids.ts'
import { TASK_STATES } from '../../town/wire/task-record.ts'
import { shortSpan } from '../durations.ts'
import type { Style } from '../text.ts'
import { cell, columnsOf } from './columns.ts'
import { truncate } from './width.ts'

/** Characters of a task's description that a table shows. */
const shown = 60
/** Tasks of one agent that are shown. */
const fewTasks = 5

/** `status --deep`: everybody in town. */
export function townAgentsText(agents: readonly TownAgent[], now: number, style: Style): string {
  if (agents.length === 0) return ' the town has no agents\n'
  const head = [
    'TOWN',
    'ID',
    'STATE',
    'CLI',
    'ROUNDS',
    'TASKS',
    'INBOX',
    'URGENT',
    'CLAIMED',
    'DEAD',
    'SINCE',
    'BEAT',
  ]
  const rows = agents.flatMap((agent) => [agentRow(agent, now)])
  const table = columnsOf([head.map((name) => cell(name, style.bold)), ...rows], undefined)
  const lines = agents.flatMap(({ name, activity }) =>
    activity.map((line) => style.dim(` ${visible(name)}: ${visible(line)}`)),
  )
  return `${[...table, ...lines].join('\n')}\n`
}

function agentRow(agent: TownAgent, now: number) {
  const { inbox, urgent, claimed, dead } = agent.messages
  return [
    visible(agent.label),
    shortId(agent.id),
    agent.state,
    visible(agent.cli),
    agent.rounds,
    agent.tasksCompleted,
    inbox,
    urgent,
    claimed,
    dead,
    shortSpan(now - agent.createdAt),
    shortSpan(now - agent.heartbeatAt),
  ].map((text) => cell(String(text)))
}

/** `status --tasks`: how many in which state, and what is open with whom. */
export function townTasksText(tasks: TownTasks, agents: readonly TownAgent[]): string {
  const counts = TASK_STATES.map((state) => `${state} ${tasks.byState[state]}`).join(', ')
  const names = new Map(agents.map(({ id, label }) => [id, label]))
  const open = Object.entries(tasks.open).flatMap(([id, list]) => [
    ` ${visible(names.get(id) ?? shortId(id))}:`,
    ...list
      .slice(0, fewTasks)
      .map(
        (task) =>
          `   ${shortId(task.id)} ${task.state} ${truncate(visible(firstLine(task.description)), shown)}`,
      ),
    ...(list.length > fewTasks ? [`   and ${list.length - fewTasks} more`] : []),
  ])
  return `${[` tasks: ${tasks.total} (${counts})`, ...open].join('\n')}\n`
}

const firstLine = (text: string): string => text.split('\n')[0] ?? ''
