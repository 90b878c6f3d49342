import type * as v from 'valibot'
import { agentTable, serviceTable, wakeTable } from './schema/agent.ts'
import { backendTable } from './schema/backend.ts'
import { notesOf } from './schema/fields.ts'
import { handoffTable, onCompleteTable, phaseTable, routeTable } from './schema/loop.ts'
import { notifyTable } from './schema/notify.ts'
import { policyTable } from './schema/policy.ts'
import { defaultsTable, loopTable, projectTable } from './schema/schema.ts'
import { townTable } from './schema/town.ts'
import { watchdogTable } from './schema/watchdog.ts'

export interface KeyNotes {
  /** `agent.wake.interval` */
  path: string
  name: string
  type: string
  /** Markdown. */
  default: string
  about: string
  unit: string | undefined
}

export interface TableNotes {
  header: string
  /** First words of its keys' paths. */
  path: string
  about: string
  keys: KeyNotes[]
}

interface Node {
  wrapped?: Node
  default?: unknown
}

/** Every table of the schema with every key: what the reference shows and the key test walks. */
export function tablesOfSchema(): TableNotes[] {
  return [
    table(
      '[defaults]',
      'defaults',
      'The project, and defaults of all agents: any agent key besides `name`, `session` and `kind` may stand here too. An agent’s own key replaces the whole value.',
      projectTable,
    ),
    table('[[agent]]', 'agent', 'One agent, one tmux session.', agentTable),
    table('[agent.wake]', 'agent.wake', 'A prompt sent at intervals.', wakeTable),
    table(
      '[backend.NAME]',
      'backend',
      'How an agent program is launched and read. A table with `bin` and no `preset` has the defaults below, and takes only the detection keys it does not set (`asking_re`, `composer_re`, `title_*_re`, `paste_marker_re`, `pass_env`, `conversation`, `conversation_home`) from the preset of that program. With `preset`, or without `bin`, it overrides the preset key by key. An agent may also name a preset that has no table. Patterns are Python regular expressions, searched, without regard to case; an empty one switches the detection off.',
      backendTable,
    ),
    table(
      '[[service]]',
      'service',
      'A plain command in a session of its own, started and stopped but not supervised.',
      serviceTable,
    ),
    table(
      '[[policy]]',
      'policy',
      'A dialog that is answered without a person: docs/dialogs.md. The first rule that is about a dialog counts; without one the agent is `asking`.',
      policyTable,
    ),
    table('[watchdog]', 'watchdog', 'The supervisor.', watchdogTable),
    table(
      '[notify]',
      'notify',
      'Who is told when something needs a person, or is done. Without `command`, `webhook` or `bell` nobody is.',
      notifyTable,
    ),
    table(
      '[town]',
      'town',
      'The agents’ messages, tasks and backlog in Redis, shared with tinytown: docs/tinytown.md. Without this table the town is on from its first use on.',
      townTable,
    ),
    table('[loop]', 'loop', 'The phases that loop agents work on, one at a time.', loopTable),
    table('[[loop.phases]]', 'loop.phases', 'One phase.', phaseTable),
    table(
      '[loop.handoff]',
      'loop.handoff',
      'Commits that hand work from one agent to another.',
      handoffTable,
    ),
    table('[[loop.handoff.routes]]', 'loop.handoff.routes', 'One hand-off route.', routeTable),
    table('[loop.on_complete]', 'loop.on_complete', 'What follows the last phase.', onCompleteTable),
  ]
}

/** Keys that `[defaults]` takes besides its own. */
export const defaultableKeys = (): string[] =>
  Object.keys(defaultsTable.entries).filter((key) => !Object.hasOwn(projectTable.entries, key))

function table(header: string, path: string, about: string, schema: { entries: object }): TableNotes {
  const keys = Object.entries(schema.entries as Record<string, v.GenericSchema>)
  return {
    header,
    path,
    about,
    keys: keys.map(([name, entry]) => notes(path, name, entry as unknown as Node)),
  }
}

function notes(path: string, name: string, entry: Node): KeyNotes {
  const about = notesOf(entry.wrapped ?? entry)
  return {
    path: `${path}.${name}`,
    name,
    type: about.type ?? 'table',
    default: about.defaultText ?? shownDefault(entry.default, about.type),
    about: about.about ?? '',
    unit: about.unit,
  }
}

function shownDefault(value: unknown, type: string | undefined): string {
  if (typeof value === 'number' && type === 'duration') return `\`${durationText(value)}\``
  if (value === '') return 'empty'
  if (Array.isArray(value) || (typeof value === 'object' && value !== null)) return 'empty'
  return typeof value === 'string' ? `\`"${value}"\`` : `\`${String(value)}\``
}

function durationText(seconds: number): string {
  if (seconds % 3600 === 0 && seconds > 0) return `"${seconds / 3600}h"`
  return seconds % 60 === 0 && seconds > 0 ? `"${seconds / 60}m"` : `"${seconds}s"`
}
