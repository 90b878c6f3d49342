import type { Command } from './types.ts'

/** One option of a verb. Without `value` it is a switch. */
export interface OptionSpec {
  name: string
  short?: string
  /** Placeholder of its value, e.g. `DUR`. */
  value?: string
  /** The value may be left out and is then this. */
  whenBare?: string
  summary: string
  /** Not shown in help and completions. */
  hidden?: boolean
}

/** What may be completed at an argument's place. */
export type Completes = 'agents' | 'folders' | readonly string[] | 'nothing'

export interface VerbSpec {
  name: string
  group: string
  /** As shown after the verb, e.g. `[NAME...]`. */
  args: string
  min: number
  max: number
  completes: Completes
  summary: string
  /** More than the summary says, for `agents VERB --help` and the reference. */
  details: string
  options: readonly OptionSpec[]
  examples: readonly string[]
  load(): Promise<{ command: Command }>
}

const JSON_OPTION: OptionSpec = { name: 'json', summary: 'print one JSON document (version 1) for programs' }
const GRACE: OptionSpec = {
  name: 'grace',
  value: 'DUR',
  summary: 'wait this long for an agent to leave before its processes are ended (default: its stop_grace)',
}
const ALL: OptionSpec = { name: 'all', summary: 'every agent of the config' }
const NAMES = { args: '[NAME...]', min: 0, max: Number.POSITIVE_INFINITY, completes: 'agents' } as const
const NAME = { args: 'NAME', min: 1, max: 1, completes: 'agents' } as const
const NOTHING = { args: '', min: 0, max: 0, completes: 'nothing' } as const
const OUTCOMES =
  'JSON: `{version, outcomes: [{name, result, detail}]}`. Exit 1 when anything failed or was refused.'

/** Options that every verb takes. */
export const GLOBAL_OPTIONS: readonly OptionSpec[] = [
  {
    name: 'config',
    value: 'PATH',
    summary: 'the config file (default: agents.toml in this folder)',
  },
  { name: 'help', short: 'h', summary: 'what the verb does' },
]

/** The one list of verbs: parsing, help, completions and docs/reference/cli.md are made from it. */
export const VERBS: readonly VerbSpec[] = [
  {
    name: 'up',
    group: 'Run the fleet',
    ...NAMES,
    summary: 'start agents, services and the watchdog that are not running',
    details:
      'Without names: every enabled agent, every service and the watchdog. What runs already is left alone, so it is ' +
      `safe to repeat. An unknown name changes nothing and exits 2. ${OUTCOMES}`,
    options: [JSON_OPTION],
    examples: ['agents up', 'agents up builder', 'AGENT_MODEL_builder=opus agents up builder'],
    load: () => import('./commands/up.ts'),
  },
  {
    name: 'down',
    group: 'Run the fleet',
    ...NAMES,
    summary: 'stop agents and keep them stopped until they are brought up again',
    details:
      'Records the intent first, asks each agent to leave, waits, then ends its whole process tree. Without names it ' +
      `stops the watchdog first, then everything. ${OUTCOMES}`,
    options: [GRACE, JSON_OPTION],
    examples: ['agents down', 'agents down builder --grace 30s'],
    load: () => import('./commands/down.ts'),
  },
  {
    name: 'restart',
    group: 'Run the fleet',
    ...NAMES,
    summary: 'stop and start again',
    details: `Agents only. Without names: every enabled one. ${OUTCOMES}`,
    options: [GRACE, JSON_OPTION],
    examples: ['agents restart builder'],
    load: () => import('./commands/restart.ts'),
  },
  {
    name: 'reset',
    group: 'Run the fleet',
    ...NAMES,
    summary: 'give a parked agent another chance: forget its restarts and start it',
    details: `Names, or --all. ${OUTCOMES}`,
    options: [ALL, JSON_OPTION],
    examples: ['agents reset scout', 'agents reset --all'],
    load: () => import('./commands/reset.ts'),
  },
  {
    name: 'pause',
    group: 'Run the fleet',
    ...NAMES,
    summary: 'leave an agent alone: no heal, no message, no restart, until resume',
    details: `Names, or --all. The agent itself goes on running. ${OUTCOMES}`,
    options: [ALL, JSON_OPTION],
    examples: ['agents pause builder'],
    load: () => import('./commands/pause.ts'),
  },
  {
    name: 'resume',
    group: 'Run the fleet',
    ...NAMES,
    summary: 'supervise a paused agent again',
    details: `Names, or --all. ${OUTCOMES}`,
    options: [ALL, JSON_OPTION],
    examples: ['agents resume builder'],
    load: () => import('./commands/resume.ts'),
  },
  {
    name: 'adopt',
    group: 'Run the fleet',
    ...NAMES,
    summary: 'take over sessions of the right name that something else started',
    details: `Without names: every such session, e.g. all that the Python driver left. ${OUTCOMES}`,
    options: [JSON_OPTION],
    examples: ['agents adopt'],
    load: () => import('./commands/adopt.ts'),
  },
  {
    name: 'status',
    group: 'Look at it',
    ...NOTHING,
    summary: 'phase, agents, services, watchdog, and what needs a person',
    details:
      'JSON: `{version, at, project, config, phase, agents, services, watchdog, tmux, unmanaged, attention}`; with ' +
      '--check `{version, attention}`. `agents --config PATH` alone is `status`, too.',
    options: [
      JSON_OPTION,
      {
        name: 'watch',
        short: 'w',
        value: 'DUR',
        whenBare: '1s',
        summary: 'redraw in place (default every 1s)',
      },
      { name: 'check', summary: 'print only what needs a person; exit 3 if there is anything' },
    ],
    examples: ['agents status', 'agents status --watch 5s', 'agents status --check || notify-me'],
    load: () => import('./commands/status.ts'),
  },
  {
    name: 'plan',
    group: 'Look at it',
    ...NOTHING,
    summary: 'what the next tick of the watchdog would do, and why; does nothing',
    details: 'JSON: `{version, plan: [{agent, action, because}]}`.',
    options: [JSON_OPTION],
    examples: ['agents plan'],
    load: () => import('./commands/plan.ts'),
  },
  {
    name: 'why',
    group: 'Look at it',
    ...NAME,
    summary: 'the last decisions about an agent, with their evidence',
    details: 'JSON: `{version, agent, life, because, reading, decisions, plan}`.',
    options: [JSON_OPTION],
    examples: ['agents why builder'],
    load: () => import('./commands/why.ts'),
  },
  {
    name: 'explain',
    group: 'Look at it',
    ...NAME,
    args: '[NAME]',
    min: 0,
    summary: 'how a screen is read: every claim with its evidence, the rule, what would change it',
    details:
      'NAME: the agent as it is now. Or, without any config or session, a saved screen: --backend is a name of the ' +
      'config or a built-in one, --screen a text file, `-` for standard input (at most 1 MiB), or a folder: then every ' +
      '*.txt below it, sorted, one JSON line each: `{file, reading, class?, rule, limit?, claims}`. Which program runs ' +
      "in a saved screen is not known: a shell's prompt in its last row is enough for `shell`. JSON: `{version, file or " +
      'agent, backend, reading, class?, rule, limit?: {until?, kind, source}, claims, change}`; exit 1 when a file of ' +
      'a folder cannot be read.',
    options: [
      { name: 'backend', value: 'NAME', summary: 'read a saved screen as one of this backend' },
      {
        name: 'screen',
        value: 'PATH',
        summary: 'the saved screen: a file, a folder, or - for standard input',
      },
      { name: 'title', value: 'TEXT', summary: 'the title that the pane had (default: none)' },
      { name: 'now', value: 'ISO', summary: 'when it was looked at, for times of reset (default: now)' },
      JSON_OPTION,
    ],
    examples: [
      'agents explain builder',
      'agents explain --backend claude --screen screen.txt --now 2026-06-01T08:00:00Z',
      'tmux capture-pane -p | agents explain --backend codex --screen -',
    ],
    load: () => import('./commands/explain.ts'),
  },
  {
    name: 'events',
    group: 'Look at it',
    ...NOTHING,
    summary: 'what happened: starts, heals, limits, pings, phases, refusals',
    details:
      'The last 50 unless -n or --since says otherwise. JSON: `{version, events}`; with -f one object a line.',
    options: [
      { name: 'follow', short: 'f', summary: 'go on with new events as they come' },
      { name: 'agent', value: 'NAME', summary: 'only this agent' },
      {
        name: 'since',
        value: 'WHEN',
        summary: 'only newer: a duration (`90s`, `10m`, `2h`, `3d`) or an ISO time',
      },
      { name: 'lines', short: 'n', value: 'N', summary: 'at most the last N' },
      JSON_OPTION,
    ],
    examples: ['agents events --since 2h', 'agents events -f --agent builder'],
    load: () => import('./commands/events.ts'),
  },
  {
    name: 'logs',
    group: 'Look at it',
    ...NAME,
    summary: 'what an agent, a service or the watchdog printed',
    details:
      'Reads rotated parts when N needs them. Control characters are made visible unless --raw. A name that is no ' +
      'agent is taken as session prefix + name.',
    options: [
      { name: 'follow', short: 'f', summary: 'go on with new output as it comes' },
      { name: 'lines', short: 'n', value: 'N', summary: 'the last N lines (default 50)' },
      { name: 'raw', summary: 'bytes as they were, terminal codes included' },
    ],
    examples: [
      'agents logs builder',
      'agents logs watchdog -f',
      'agents logs builder -n 5000 --raw | less -R',
    ],
    load: () => import('./commands/logs.ts'),
  },
  {
    name: 'attach',
    group: 'Look at it',
    ...NAME,
    summary: "sit down at an agent's terminal (detach: the tmux prefix, then d)",
    details: 'Inside the same tmux server it switches the client instead of nesting.',
    options: [],
    examples: ['agents attach builder'],
    load: () => import('./commands/attach.ts'),
  },
  {
    name: 'transcript',
    group: 'Look at it',
    ...NAME,
    min: 0,
    summary: "an agent's conversation, from the log its own CLI keeps (Claude Code, Codex)",
    details:
      "Takes the newest log of the agent's folder. JSON: `{version, file, format, skipped, entries}`; with --follow " +
      'one entry a line.',
    options: [
      { name: 'file', value: 'PATH', summary: 'this log instead of the newest one' },
      { name: 'lines', short: 'n', value: 'N', summary: 'the last N entries (default: all)' },
      { name: 'follow', short: 'f', summary: 'go on with new entries as they come' },
      { name: 'full', summary: 'long tool output in full' },
      JSON_OPTION,
    ],
    examples: ['agents transcript builder -n 20', 'agents transcript builder -f'],
    load: () => import('./commands/transcript.ts'),
  },
  {
    name: 'phase',
    group: 'Phases',
    args: '[show | next | set N | why]',
    min: 0,
    max: 2,
    completes: ['show', 'next', 'set', 'why'],
    summary: 'show or move the current phase of the loop',
    details:
      'N counts from 0, as in the state file; a phase id is taken, too. Moving is compare-and-set: if the watchdog ' +
      'moved meanwhile, nothing is changed. JSON: `{version, index, id, position, total, phases, done, complete, why}`.',
    options: [JSON_OPTION],
    examples: ['agents phase', 'agents phase set 0', 'agents phase why'],
    load: () => import('./commands/phase.ts'),
  },
  {
    name: 'run',
    group: 'The watchdog',
    ...NOTHING,
    summary: 'the watchdog in this terminal, with its events as readable lines',
    details: 'Ends on Ctrl-C and leaves the agents running. Exit 4 when another watchdog holds the lock.',
    options: [],
    examples: ['agents run'],
    load: () => import('./commands/run.ts'),
  },
  {
    name: 'watchdog',
    group: 'The watchdog',
    ...NOTHING,
    summary: 'the watchdog as `up` starts it in its session',
    details: 'Exit 4 when another watchdog holds the lock.',
    options: [
      { name: 'in-session', summary: 'started by the loop in the watchdog session', hidden: true },
      { name: 'state-dir', value: 'PATH', summary: 'where the last good config lies', hidden: true },
    ],
    examples: ['agents watchdog --config agents.toml'],
    load: () => import('./commands/watchdog.ts'),
  },
  {
    name: 'config',
    group: 'Set up',
    args: 'check | schema | path',
    min: 1,
    max: 1,
    completes: ['check', 'schema', 'path'],
    summary: 'check the config, print its JSON Schema, or say which file is used',
    details:
      'check: every problem at once, exit 2 if one is an error. JSON: `{version, path, ok, problems}`.',
    options: [JSON_OPTION],
    examples: ['agents config check', 'agents config schema > agents.schema.json'],
    load: () => import('./commands/config.ts'),
  },
  {
    name: 'init',
    group: 'Set up',
    args: '[DIR]',
    min: 0,
    max: 1,
    completes: 'folders',
    summary: 'write a commented agents.toml and prompts to start from',
    details:
      'Never overwrites: an agents.toml that is there is named and the exit is 1; prompts that are there are kept.',
    options: [],
    examples: ['agents init', 'agents init my-project'],
    load: () => import('./commands/init.ts'),
  },
  {
    name: 'doctor',
    group: 'Set up',
    ...NOTHING,
    summary: 'tools, sockets, permissions, disk, left-overs, config',
    details:
      'Exit 0 all well, 1 problems, 5 a needed tool is missing (with the command that installs it). JSON: ' +
      '`{version, checks: [{id, level, what, fix}]}`.',
    options: [{ name: 'fix', summary: 'mend permissions and remove left-overs' }, JSON_OPTION],
    examples: ['agents doctor', 'agents doctor --fix'],
    load: () => import('./commands/doctor.ts'),
  },
  {
    name: 'selftest',
    group: 'Set up',
    ...NOTHING,
    summary: 'prove offline that it works here: detection, a healed session, safe writes',
    details:
      'Needs no config, uses a tmux server of its own in a temporary folder, removes everything. Exit 1 on a FAIL.',
    options: [JSON_OPTION],
    examples: ['agents selftest'],
    load: () => import('./commands/selftest.ts'),
  },
  {
    name: 'completions',
    group: 'Set up',
    args: 'bash | zsh | fish',
    min: 0,
    max: 1,
    completes: ['bash', 'zsh', 'fish'],
    summary: 'print the completion script of a shell',
    details:
      'bash: `eval "$(agents completions bash)"`; zsh: the same with zsh, after compinit; ' +
      'fish: `agents completions fish | source`.',
    options: [{ name: 'names', summary: 'names of agents and services, one a line', hidden: true }],
    examples: ['eval "$(agents completions bash)"'],
    load: () => import('./commands/completions.ts'),
  },
]

/** The verb of that name, exactly. */
export function verbNamed(name: string): VerbSpec | undefined {
  return VERBS.find((verb) => verb.name === name)
}
