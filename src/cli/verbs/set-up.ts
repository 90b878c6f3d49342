import { GLOBAL_KEYS } from '../../town/setup/global-keys.ts'
import { JSON_OPTION, NOTHING, type VerbSpec } from './spec.ts'

export const SET_UP: readonly VerbSpec[] = [
  {
    name: 'config',
    group: 'Set up',
    args: '[WORD | KEY [VALUE]]',
    min: 0,
    max: 2,
    completes: ['check', 'schema', 'path', ...GLOBAL_KEYS],
    summary: 'check | schema | path: of agents.toml; KEY: what counts for all your towns',
    details:
      'WORD: check, schema or path. check: every problem at once, exit 2 if one is an error. JSON: `{version, path, ok, problems}`. KEY: of ' +
      '`~/.tt/config.toml`, which tinytown reads too: default_cli, conductor_cli, redis.host, redis.port, redis.password, ' +
      'redis.use_central, agent_clis.NAME; without a VALUE it is shown, exit 1 when it is not set; without a KEY all are. ' +
      'A VALUE of `-` is read from standard input. The file is written 0600. JSON: `{version, path, values}`, ' +
      '`{version, key, value}`, `{version, path, key, set}`.',
    options: [
      { name: 'show', summary: 'the password of Redis in clear, also on a terminal' },
      { name: 'unset', summary: 'take KEY out' },
      JSON_OPTION,
    ],
    examples: [
      'agents config check',
      'agents config schema > agents.schema.json',
      'agents config default_cli codex',
      'agents config redis.password - < password.txt',
    ],
    load: () => import('../commands/config.ts'),
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
      'Never overwrites: an agents.toml that is there is named and the exit is 1; prompts that are there are kept. Where ' +
      'a tinytown.toml lies, the new agents.toml takes its town. JSON: `{version, config, town: {name?, file?}, files: ' +
      '[{path, result, detail?}]}`; result is written, kept, added (a line) or failed.',
    options: [
      {
        name: 'name',
        short: 'n',
        value: 'NAME',
        summary: 'name of the town (default: of the folder, or the one of a tinytown.toml)',
      },
      JSON_OPTION,
    ],
    examples: ['agents init', 'agents init my-project', 'agents init --name shop'],
    load: () => import('../commands/init.ts'),
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
    load: () => import('../commands/doctor.ts'),
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
    load: () => import('../commands/selftest.ts'),
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
    load: () => import('../commands/completions.ts'),
  },
]
