import { JSON_OPTION, NAME, NOTHING, type VerbSpec } from './spec.ts'

export const LOOK_AT_IT: readonly VerbSpec[] = [
  {
    name: 'status',
    group: 'Look at it',
    ...NOTHING,
    summary: 'phase, agents, services, watchdog, and what needs a person',
    details:
      'JSON: `{version, at, project, config, phase, agents, services, watchdog, tmux, town, unmanaged, attention}`; with ' +
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
      { name: 'deep', summary: 'also everybody in the town: rounds, messages, newest activity' },
      {
        name: 'tasks',
        summary: 'also the tasks of the town: how many in which state, what is open with whom',
      },
    ],
    examples: ['agents status', 'agents status --watch 5s', 'agents status --check || notify-me'],
    load: () => import('../commands/status.ts'),
  },
  {
    name: 'limits',
    group: 'Look at it',
    ...NOTHING,
    summary: 'usage limits by account: until when, by which evidence, who is held, who asks first',
    details:
      'JSON: `{version, at, project, accounts: [{account, state, backends, agents, windows, held}]}`; instants are ' +
      'milliseconds since 1970.',
    options: [JSON_OPTION],
    examples: ['agents limits', 'agents limits --json'],
    load: () => import('../commands/limits.ts'),
  },
  {
    name: 'plan',
    group: 'Look at it',
    ...NOTHING,
    summary: 'what the next tick of the watchdog would do, and why; or tasks.toml',
    details:
      'Changes nothing but with --init. JSON: `{version, plan: [{agent, action, because}]}`. --tasks: the plan in ' +
      'tasks.toml beside agents.toml, checked: exit 2 when it is wrong. JSON: `{version, path, ok, description?, ' +
      'defaultAgent?, tasks: [{id?, description, agent?, status, tags, parent?, priority, dependsOn, result?}], problems}`.',
    options: [
      {
        name: 'tasks',
        summary: 'show and check tasks.toml, the plan that `agents sync` brings into the town',
      },
      { name: 'init', short: 'i', summary: 'create tasks.toml; never overwrites one' },
      JSON_OPTION,
    ],
    examples: ['agents plan', 'agents plan --init', 'agents plan --tasks'],
    load: () => import('../commands/plan.ts'),
  },
  {
    name: 'why',
    group: 'Look at it',
    ...NAME,
    summary: 'the last decisions about an agent, with their evidence',
    details: 'JSON: `{version, agent, life, because, reading, decisions, plan}`.',
    options: [JSON_OPTION],
    examples: ['agents why builder'],
    load: () => import('../commands/why.ts'),
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
    load: () => import('../commands/explain.ts'),
  },
  {
    name: 'asks',
    group: 'Look at it',
    ...NOTHING,
    summary: 'every agent that asks: the dialog, its options, and which rule would answer it',
    details:
      'Options that may cost, change the model or the program, last, bypass, delete or log in are marked. JSON: ' +
      '`{version, asks: [{agent, backend, dialog, kind, question, since?, text, options: [{number, label, more, chosen, ' +
      'dangers}], several, policy: {rule?, option?, why?}}]}`.',
    options: [JSON_OPTION, { name: 'check', summary: 'exit 3 if anybody asks' }],
    examples: ['agents asks', 'agents asks --check --json'],
    load: () => import('../commands/asks.ts'),
  },
  {
    name: 'answer',
    group: 'Look at it',
    args: 'NAME OPTION|TEXT...',
    min: 2,
    max: Number.POSITIVE_INFINITY,
    completes: 'agents',
    summary: "answer an agent's dialog by an option's number or label, and see that it went",
    details:
      'OPTION is a number of `agents asks`, a label, or the words that only one label begins with; where a dialog has no ' +
      'options but an input line, TEXT is typed. A marked option wants its whole label, or --yes. Exit 1 when nothing is ' +
      'asked or the dialog still stands, then with what is on the screen; 2 for a wrong option, with the right ones. JSON: ' +
      '`{version, agent, dialog, kind, answer, result, detail, screen?}`.',
    options: [{ name: 'yes', summary: 'also an option that is marked' }, JSON_OPTION],
    examples: [
      'agents answer builder 1',
      'agents answer builder "No, and tell"',
      'agents answer scout -- --fast',
    ],
    load: () => import('../commands/answer.ts'),
  },
  {
    name: 'record',
    group: 'Look at it',
    ...NAME,
    summary: 'saves what an agent shows and how it is read, to report a wrong reading',
    details:
      'Two new files, `BACKEND/VERSION/READING--WHAT.txt` and the same with `.json`: the text of its terminal, and title, ' +
      'command, size, reading, claims, versions and time. Keys, tokens, mail addresses, names in home paths and secret ' +
      'values of the environment are replaced by x, column by column; look it over before you share it. Nothing is ' +
      'overwritten. `agents explain --backend NAME --screen FILE` reads it again. JSON: `{version, agent, reading, rule, ' +
      'screen, note}`. Exit 1 when it has no living terminal, or a file cannot be written.',
    options: [
      { name: 'out', value: 'DIR', summary: 'folder to put them in (default: records in log_dir)' },
      { name: 'expect', value: 'STATE', summary: 'how it should have been read, if that is wrong' },
      {
        name: 'what',
        value: 'TEXT',
        summary: 'what it shows, for the name (default: the rule that decided)',
      },
      JSON_OPTION,
    ],
    examples: [
      'agents record builder --expect working',
      'agents record builder --out screens --what "plan menu"',
    ],
    load: () => import('../commands/record.ts'),
  },
  {
    name: 'events',
    group: 'Look at it',
    ...NOTHING,
    summary: 'what happened: starts, heals, limits, pings, phases, refusals',
    details:
      'The last 50 unless -n or --since says otherwise. JSON: `{version, events}`; with -f one object a line. --town: what ' +
      'happened in the town, newest 20 or --count, told by all programs in it; each entry once, also with -f.',
    options: [
      { name: 'follow', short: 'f', summary: 'go on with new events as they come' },
      { name: 'agent', value: 'NAME', offers: 'agents', summary: 'only this agent' },
      { name: 'in-town', summary: 'the stream of the town, not the log of the fleet; also --town alone' },
      { name: 'mission', value: 'ID', summary: 'the stream of this mission of tinytown' },
      { name: 'count', short: 'c', value: 'N', summary: 'as -n' },
      {
        name: 'since',
        value: 'WHEN',
        summary: 'only newer: a duration (`90s`, `10m`, `2h`, `3d`) or an ISO time',
      },
      { name: 'lines', short: 'n', value: 'N', summary: 'at most the last N' },
      JSON_OPTION,
    ],
    examples: [
      'agents events --since 2h',
      'agents events -f --agent builder',
      'agents events --town -f --agent builder',
    ],
    load: () => import('../commands/events.ts'),
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
    load: () => import('../commands/logs.ts'),
  },
  {
    name: 'attach',
    group: 'Look at it',
    ...NAME,
    summary: "sit down at an agent's terminal (detach: the tmux prefix, then d)",
    details: 'Inside the same tmux server it switches the client instead of nesting.',
    options: [],
    examples: ['agents attach builder'],
    load: () => import('../commands/attach.ts'),
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
    load: () => import('../commands/transcript.ts'),
  },
]
