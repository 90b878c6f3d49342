import { ALL, FRESH, GRACE, JSON_OPTION, NAMES, OUTCOMES, type VerbSpec } from './spec.ts'

export const RUN_THE_FLEET: readonly VerbSpec[] = [
  {
    name: 'up',
    group: 'Run the fleet',
    ...NAMES,
    summary: 'start agents, services and the watchdog that are not running',
    details:
      'Without names: every enabled agent, every service and the watchdog. What runs already is left alone, so it is ' +
      `safe to repeat. An unknown name changes nothing and exits 2. ${OUTCOMES}`,
    options: [FRESH, JSON_OPTION],
    examples: [
      'agents up',
      'agents up --fresh builder',
      'agents up builder',
      'AGENT_MODEL_builder=opus agents up builder',
    ],
    load: () => import('../commands/up.ts'),
  },
  {
    name: 'down',
    group: 'Run the fleet',
    ...NAMES,
    summary: 'stop agents and keep them stopped until they are brought up again',
    details:
      'Records the intent first, asks each agent to leave, waits, then ends its whole process tree. What was taken out ' +
      'of the config and still runs is taken down by its name, too. Without names it stops the watchdog first, then ' +
      `everything, what is in the config no more and the Redis of its own town included, unless others use it. ${OUTCOMES}`,
    options: [GRACE, JSON_OPTION],
    examples: ['agents down', 'agents down builder --grace 30s'],
    load: () => import('../commands/down.ts'),
  },
  {
    name: 'restart',
    group: 'Run the fleet',
    ...NAMES,
    summary: 'stop and start again',
    details:
      'Agents only: names, ids, their beginnings, nicknames and labels. Without any: every enabled one. A worker begins its ' +
      `rounds anew; other agents have as many turns as they need. ${OUTCOMES}`,
    options: [
      GRACE,
      FRESH,
      {
        name: 'rounds',
        value: 'N',
        summary: 'so many rounds from now on, for a worker that was added by spawn; 0: no end',
      },
      { name: 'foreground', summary: 'then show it in this terminal, as attach does' },
      JSON_OPTION,
    ],
    examples: ['agents restart builder', 'agents restart builder --fresh'],
    load: () => import('../commands/restart.ts'),
  },
  {
    name: 'reset',
    group: 'Run the fleet',
    ...NAMES,
    summary: 'give a parked agent another chance: forget its restarts and start it',
    details:
      `Names, or --all. ${OUTCOMES} Without names it is tinytown's: says what an emptied town would lose, and empties it ` +
      'with --force; no key of another town goes, and agents of this config get their records again, under the same ids. ' +
      'JSON: `{version, town, done, agentsOnly, keys, total, agents: [{id, name, state}]}`.',
    options: [
      ALL,
      { name: 'force', summary: 'without names: empty the town' },
      { name: 'agents-only', summary: 'without names: its agents and their messages, and no task' },
      JSON_OPTION,
    ],
    examples: ['agents reset scout', 'agents reset --all', 'agents reset --force --agents-only'],
    load: () => import('../commands/reset.ts'),
  },
  {
    name: 'pause',
    group: 'Run the fleet',
    ...NAMES,
    summary: 'leave an agent alone: no heal, no message, no restart, until resume',
    details: `Names, or --all. The agent itself goes on running. ${OUTCOMES}`,
    options: [ALL, JSON_OPTION],
    examples: ['agents pause builder'],
    load: () => import('../commands/pause.ts'),
  },
  {
    name: 'resume',
    group: 'Run the fleet',
    ...NAMES,
    summary: 'supervise a paused agent again',
    details: `Names, or --all. An agent of somebody else in the town is told so there. ${OUTCOMES}`,
    options: [ALL, JSON_OPTION],
    examples: ['agents resume builder'],
    load: () => import('../commands/resume.ts'),
  },
  {
    name: 'adopt',
    group: 'Run the fleet',
    ...NAMES,
    summary: 'take over sessions of the right name that something else started',
    details: `Without names: every such session, e.g. all that the Python driver left. ${OUTCOMES}`,
    options: [JSON_OPTION],
    examples: ['agents adopt'],
    load: () => import('../commands/adopt.ts'),
  },
]
