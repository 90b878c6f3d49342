import { JSON_OPTION, NOTHING, OUTCOMES, type VerbSpec } from './spec.ts'

const SOME = { args: 'NAME...', min: 1, max: Number.POSITIVE_INFINITY, completes: 'agents' } as const
const GROUP = 'Town: agents'
const WHO =
  'Names, ids, their beginnings, nicknames and labels. Agents of this fleet are reached by their sessions; an agent of ' +
  'somebody else in the town is told what `tt` would tell it.'

/** What tinytown does to agents, for the agents of this fleet and for all others in its town. */
export const TOWN_AGENTS: readonly VerbSpec[] = [
  {
    name: 'kill',
    group: GROUP,
    ...SOME,
    summary: 'stop agents now: `down` for those of this fleet',
    details: `${WHO} ${OUTCOMES}`,
    options: [JSON_OPTION],
    examples: ['agents kill builder', 'agents kill 7c1e'],
    load: () => import('../commands/kill.ts'),
  },
  {
    name: 'interrupt',
    group: GROUP,
    ...SOME,
    summary: 'end the running turn and leave the agent alone until `resume`',
    details: `${WHO} Without a key that ends a turn (\`interrupt_key\`) it is paused, and its turn goes on. ${OUTCOMES}`,
    options: [JSON_OPTION],
    examples: ['agents interrupt builder', 'agents resume builder'],
    load: () => import('../commands/interrupt.ts'),
  },
  {
    name: 'close',
    group: GROUP,
    ...SOME,
    summary: 'let agents finish their turn, then stop them',
    details: `${WHO} With a watchdog this answers at once, and the watchdog waits; see \`agents wait\`. ${OUTCOMES}`,
    options: [JSON_OPTION],
    examples: ['agents close builder && agents wait builder --timeout 10m'],
    load: () => import('../commands/close.ts'),
  },
  {
    name: 'wait',
    group: GROUP,
    ...SOME,
    summary: 'wait until agents are over: stopped, done or given up',
    details:
      'Exit 0 when all of them are; 124 when the time runs out. JSON: `{version, timedOut, agents: [{name, state, over}]}`.',
    options: [
      {
        name: 'timeout',
        value: 'DUR',
        summary: 'longest wait, e.g. 90s; a bare number is seconds (default: for ever)',
      },
      JSON_OPTION,
    ],
    examples: ['agents wait builder', 'agents wait builder scout --timeout 10m'],
    load: () => import('../commands/wait.ts'),
  },
  {
    name: 'stop',
    group: GROUP,
    ...NOTHING,
    summary: 'stop every agent of this fleet; services, watchdog and town go on',
    details: `As tinytown's stop. \`agents down\` takes everything down. ${OUTCOMES}`,
    options: [JSON_OPTION],
    examples: ['agents stop'],
    load: () => import('../commands/stop.ts'),
  },
  {
    name: 'prune',
    group: GROUP,
    ...NOTHING,
    summary: 'take agents that are over out of the town',
    details:
      'Stopped and failed ones of others, those that left this config, and workers that `agents spawn` added. What waits ' +
      'for them goes to the backlog, and what is no task to the mailbox of people; nothing is thrown away. One that was ' +
      'told to stop and has not been seen to leave stays. JSON: `{version, agents: [{id, name, result, detail, moved: [{id, type, text, result}]}]}`.',
    options: [
      { name: 'all', summary: 'also those that never ran, and, with --force, those that live' },
      { name: 'force', summary: 'also those that may still run: they are told to stop' },
      JSON_OPTION,
    ],
    examples: ['agents prune', 'agents prune --all --force'],
    load: () => import('../commands/prune.ts'),
  },
]
