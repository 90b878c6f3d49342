import * as v from 'valibot'
import { mendedName, nameFault } from '../names.ts'
import { agentTable, serviceTable } from './agent.ts'
import { backendTable } from './backend.ts'
import { issue, key, list, path, shown, tableFault, text, words } from './fields.ts'
import { loopTable } from './loop.ts'
import { notifyTable } from './notify.ts'
import { policyTable } from './policy.ts'
import { townTable } from './town.ts'
import { watchdogTable } from './watchdog.ts'

export {
  agentTable,
  backendTable,
  loopTable,
  notifyTable,
  policyTable,
  serviceTable,
  townTable,
  watchdogTable,
}

const prefix = v.pipe(
  text(),
  v.rawTransform<string, string>(({ dataset, addIssue, NEVER }) => {
    const value = dataset.value
    // Missing and empty are one problem, found before everything else: see check-required.ts.
    const fault = value === '' ? undefined : nameFault(value)
    if (fault === undefined) return value
    const ends = /[^A-Za-z0-9_-]$/.test(value) ? '-' : ''
    const what = `The prefix ${shown(value)} ${fault}.`
    addIssue({ message: issue('CONFIG_NAME', what, `Write "${mendedName(value)}${ends}".`) })
    return NEVER
  }),
)

/** Keys of `[defaults]` that are not an agent's. */
export const projectTable = v.object(
  {
    session_prefix: v.optional(
      key(prefix, {
        about: 'Put before every session name that is not given explicitly.',
        defaultText: 'required',
        type: 'name',
      }),
    ),
    log_dir: v.optional(
      key(v.pipe(text(), v.metadata({ notes: { type: 'path' } })), {
        about: 'Session logs, events, markers and state; relative to the project.',
        defaultText: 'required',
      }),
    ),
    project_dir: v.optional(key(path(), { about: 'The project, relative to the folder of this file.' }), '.'),
    tmux_socket: v.optional(
      key(words(), {
        about:
          'tmux server of the fleet: a name (`tmux -L`), or a socket path when it holds a `/`. A server of its own is untouched by the user’s tmux configuration.',
        defaultText: 'the user’s default server',
      }),
    ),
  },
  tableFault,
)

/** Agent keys that `[defaults]` does not hand on. */
export const NOT_DEFAULTABLE = ['name', 'session', 'kind'] as const

type AgentEntries = typeof agentTable.entries
type Bare<T> = T extends v.OptionalSchema<infer W, unknown> ? W : T
type Shallow = {
  [K in Exclude<keyof AgentEntries, (typeof NOT_DEFAULTABLE)[number]>]: v.OptionalSchema<
    Bare<AgentEntries[K]>,
    undefined
  >
}

/** An agent's keys without their defaults: the layer under every agent. */
function shallowAgent(): Shallow {
  const out: Record<string, v.GenericSchema> = {}
  for (const [name, entry] of Object.entries(agentTable.entries)) {
    if ((NOT_DEFAULTABLE as readonly string[]).includes(name)) continue
    out[name] = v.optional(
      entry.type === 'optional' ? (entry as v.OptionalSchema<v.GenericSchema, undefined>).wrapped : entry,
    )
  }
  return out as unknown as Shallow
}

/** `[defaults]` */
export const defaultsTable = v.object({ ...projectTable.entries, ...shallowAgent() }, tableFault)

/** The whole file. */
export const configSchema = v.object({
  defaults: v.optional(
    key(defaultsTable, {
      about:
        'The project, and any agent key as a default of all agents. An agent’s own key replaces the whole value.',
    }),
    {},
  ),
  watchdog: v.optional(key(watchdogTable, { about: 'The supervisor.' }), {}),
  backend: v.optional(
    key(v.record(v.string(), backendTable, tableFault), {
      about: 'How an agent program is launched and read.',
      type: 'table of tables',
    }),
    {},
  ),
  agent: v.optional(key(list(agentTable, 'array of tables'), { about: 'The agents.' }), []),
  service: v.optional(
    key(list(serviceTable, 'array of tables'), {
      about: 'Plain commands in sessions of their own, not supervised.',
    }),
    [],
  ),
  notify: v.optional(
    key(notifyTable, {
      about: 'Who is told when something needs a person, or is done.',
      defaultText: 'none',
    }),
  ),
  town: v.optional(
    key(townTable, {
      about: 'The agents’ messages, tasks and backlog in Redis.',
      defaultText: 'from its first use on',
    }),
  ),
  policy: v.optional(
    key(list(policyTable, 'array of tables'), {
      about: 'Which dialogs of agents are answered without a person, and how.',
    }),
    [],
  ),
  loop: v.optional(key(loopTable, { about: 'The phases of the loop agents.', defaultText: 'none' })),
})

export type AgentTable = v.InferOutput<typeof agentTable>
export type ServiceTable = v.InferOutput<typeof serviceTable>
export type BackendTable = v.InferOutput<typeof backendTable>
export type PolicyTable = v.InferOutput<typeof policyTable>
export type LoopTable = v.InferOutput<typeof loopTable>
export type HandoffTable = NonNullable<LoopTable['handoff']>
export type NotifyTable = v.InferOutput<typeof notifyTable>
export type TownTable = v.InferOutput<typeof townTable>
export type WatchdogTable = v.InferOutput<typeof watchdogTable>
export type ProjectTable = v.InferOutput<typeof projectTable>
