import { NOTHING, type VerbSpec } from './spec.ts'

export const WATCHDOG: readonly VerbSpec[] = [
  {
    name: 'run',
    group: 'The watchdog',
    ...NOTHING,
    summary: 'the watchdog in this terminal, with its events as readable lines',
    details: 'Ends on Ctrl-C and leaves the agents running. Exit 4 when another watchdog holds the lock.',
    options: [],
    examples: ['agents run'],
    load: () => import('../commands/run.ts'),
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
    load: () => import('../commands/watchdog.ts'),
  },
]
