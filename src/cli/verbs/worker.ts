import { JSON_OPTION, type VerbSpec } from './spec.ts'

const GROUP = 'Town: workers'

export const WORKER: readonly VerbSpec[] = [
  {
    name: 'spawn',
    group: GROUP,
    args: 'NAME',
    min: 1,
    max: 1,
    completes: 'nothing',
    summary: 'add a worker to the fleet: a session that runs a CLI for the messages it gets',
    details:
      'The worker gets its record in town, is written down in `state/spawned.json`, and is started: by the watchdog, ' +
      'which heals it like any agent of kind `worker`, or by this command where none runs. It stays one of the fleet ' +
      'over restarts until `agents prune`. CLI is a backend or a preset, one of `agents config agent_clis.NAME`, or the ' +
      'command of a round itself, which gets the prompt on its standard input; default: `backend` of `[defaults]`, else ' +
      '`default_cli` of tinytown.toml or of `agents config`, else claude. It ends after ' +
      '--max-rounds, with nothing to do for --idle-timeout, or when it is told to. A taken name is refused with exit 1, ' +
      'an unknown parent or backend with exit 2; nothing is made then. JSON: `{version, town, worker, outcome}`.',
    options: [
      { name: 'cli', short: 'c', value: 'CLI', summary: 'backend, preset, or command of a round' },
      { name: 'max-rounds', value: 'N', summary: 'end after so many rounds (default 10; 0: no end)' },
      {
        name: 'idle-timeout',
        value: 'DUR',
        summary: 'end with nothing to do for so long (default 300s; 0: never)',
      },
      { name: 'role', value: 'ROLE', summary: 'role, by which it chooses from the backlog' },
      { name: 'nickname', value: 'NAME', summary: 'another name, for people' },
      { name: 'parent', value: 'AGENT', offers: 'agents', summary: 'the agent that it belongs to' },
      { name: 'dir', value: 'DIR', summary: 'working directory (default: the project)' },
      { name: 'foreground', summary: 'work in this terminal, as long as it is open' },
      JSON_OPTION,
    ],
    examples: [
      'agents spawn api-1 --role backend',
      'agents spawn docs --cli codex --max-rounds 0',
      'agents spawn stub --cli "node stub-worker.js" --foreground',
    ],
    load: () => import('../commands/spawn.ts'),
  },
  {
    name: 'worker',
    group: GROUP,
    args: 'NAME',
    min: 1,
    max: 1,
    completes: 'agents',
    summary: 'the rounds of a worker, as its session runs them',
    details:
      'For an agent of kind `worker`; `agents up` starts it in its session. It claims messages of its inbox, runs its ' +
      'CLI with a prompt of them, and acknowledges them when the CLI ends with 0; else they go back, in order. With ' +
      'nothing to do it takes one task for its role from the backlog. Prompts and outputs are in ' +
      '`<log_dir>/worker/NAME/`. Ctrl-C ends the round, TERM the worker; both give its messages back. Exit 4 when it ' +
      'runs already.',
    options: [{ name: 'open-town', summary: 'only see to it that the town can be reached', hidden: true }],
    examples: ['agents worker api-1'],
    load: () => import('../commands/worker.ts'),
  },
]
