import { JSON_OPTION, NOTHING, type VerbSpec } from './spec.ts'

export const TOWN_SET_UP: readonly VerbSpec[] = [
  {
    name: 'town',
    group: 'Town: set up',
    args: '[info | init | join [DIR]]',
    min: 0,
    max: 2,
    completes: ['info', 'init', 'join'],
    summary: 'where the town is; let tinytown into it; take the town of a tinytown.toml',
    details:
      'init: writes tinytown.toml (0600, ignored by git) beside agents.toml and starts the town, so that a `tt` of tinytown ' +
      'in this folder is in it with no further set-up. It never writes over the file of another town without --force, which ' +
      'keeps its other keys. join: writes `[town] file` into agents.toml once the town of DIR/tinytown.toml was reached; what ' +
      'else the file says stays. Keys that say otherwise are named, exit 2; --force takes them out. info: name, address ' +
      '(without its password), who said so, server, what is in it; starts nothing, exit 1 when it cannot be reached. JSON: ' +
      '`{version, name, address, own, from, reachable, why?, fix?, server?, agents?, tasks?, backlog?, epoch?, tinytown}`; of init ' +
      '`{version, path, name, url, did, notes}`; of join `{version, config, file, name, url, changed, notes}`.',
    options: [
      { name: 'force', summary: 'init: also over another town’s; join: take conflicting keys out' },
      JSON_OPTION,
    ],
    examples: ['agents town', 'agents town init', 'agents town join ../shop'],
    load: () => import('../commands/town.ts'),
  },
  {
    name: 'towns',
    group: 'Town: set up',
    ...NOTHING,
    summary: 'the towns of this machine: reachable or not, and how many agents are in them',
    details:
      'Those that `agents` used, and those of tinytown (`~/.tt/towns.toml`, which is read only). Starts no server. JSON: ' +
      '`{version, towns: [{name, path, by, state, agents?, why?}], notes}`; state is up, away or gone.',
    options: [JSON_OPTION],
    examples: ['agents towns', 'agents towns --json'],
    load: () => import('../commands/towns.ts'),
  },
  {
    name: 'sync',
    group: 'Town: set up',
    args: '[push | pull]',
    min: 0,
    max: 1,
    completes: ['push', 'pull'],
    summary: 'bring tasks.toml into the town (push), or what became of it back (pull)',
    details:
      'push makes what is new, for its agent or for the backlog, and changes what was changed in the file; pull writes ' +
      'state, result and agent into the file, and the tasks that came into the town since; comments stay, and a file that is not there is made. Typed again it ' +
      'changes nothing. What both sides changed since the last sync is named and left, exit 1; --force takes the file (push) ' +
      'or the town (pull). A task that waits for others is in the backlog until a push after they are done. JSON: `{version, ' +
      'direction, dryRun, path, changes: [{id, task?, action, detail}], conflicts: [{id, field, file, town, way}], notes, failed}`.',
    options: [
      { name: 'dry-run', summary: 'show what would be done; changes nothing' },
      { name: 'force', summary: 'push: the file is right; pull: the town is' },
      { name: 'all', summary: 'pull: also tasks of no plan that are over' },
      JSON_OPTION,
    ],
    examples: ['agents sync push --dry-run', 'agents sync', 'agents sync pull'],
    load: () => import('../commands/sync.ts'),
  },
  {
    name: 'conductor',
    group: 'Town: set up',
    ...NOTHING,
    summary: 'an agent CLI in this terminal that knows the town and leads its agents',
    details:
      'It is told where it is, who is in town, what is open, how to lead, and the verbs: a document of 0600 in the state ' +
      'folder, handed over as its first message. The CLI: --cli, `conductor_cli` of the tinytown.toml or of ' +
      '`~/.tt/config.toml`, the backend of the first agent, `default_cli`. It is started without a shell, as the supervisor, ' +
      'and its exit code is the one of this command; 5 when it is not installed. JSON, and --print, start nothing: ' +
      '`{version, cli, argv, file, text}`.',
    options: [
      {
        name: 'cli',
        short: 'c',
        value: 'NAME',
        summary: 'a backend of agents.toml, a built-in one, or a command',
      },
      { name: 'print', summary: 'print the document and start nothing' },
      JSON_OPTION,
    ],
    examples: ['agents conductor', 'agents conductor --cli codex', 'agents conductor --print'],
    load: () => import('../commands/conductor.ts'),
  },
  {
    name: 'save',
    group: 'Town: set up',
    args: '[FILE]',
    min: 0,
    max: 1,
    completes: 'files',
    summary: 'everything of the town, as it is at one instant, into a new file',
    details:
      'JSON lines with a checksum, 0600; without a FILE in the state folder, below town/saves. Agents, tasks, messages, claims ' +
      'and events come back with `agents restore`. A Redis of the fleet’s own writes its append-only file anew, too. JSON: ' +
      '`{version, path, town, at, keys, bytes, disk}`; disk is rewriting, busy or theirs.',
    options: [JSON_OPTION],
    examples: ['agents save', 'agents save before-the-upgrade.jsonl'],
    load: () => import('../commands/save.ts'),
  },
  {
    name: 'restore',
    group: 'Town: set up',
    args: 'FILE',
    min: 1,
    max: 1,
    completes: 'files',
    summary: 'bring a file of `agents save` back into the town, all or nothing',
    details:
      'The file is proven whole first, exit 2 when it is not; then its keys are brought beside those of the town and put in ' +
      'their place in one step: an interrupted restore leaves the town as it was and can be done again. A town that is not ' +
      'empty is refused without --force, which lets go what is in it. A file of another town comes into this one, where ' +
      'who lived there is stopped, and agents of this config take the records under their names over. No other town is ' +
      'touched. JSON: `{version, path, town, from, savedAt, keys}`.',
    options: [
      { name: 'force', summary: 'also into a town that is not empty: what is in it goes' },
      JSON_OPTION,
    ],
    examples: ['agents restore before-the-upgrade.jsonl', 'agents restore old.jsonl --force'],
    load: () => import('../commands/restore.ts'),
  },
  {
    name: 'migrate',
    group: 'Town: set up',
    ...NOTHING,
    summary: 'data of early tinytowns: keys without a town, or records of JSON (--hash)',
    details:
      'Without --hash: keys such as `tt:agent:ID` become those of this town, each only where nothing is yet. With it: records ' +
      'of this town that are one JSON text become hashes with all their fields, each in one step. Asks first; without a ' +
      'terminal it wants --force, exit 2. Exit 1 when a key failed; the others are done. JSON: `{version, town, kind, dryRun, ' +
      'results: [{key, to, result, why?}], failed}`; result is would, done or failed.',
    options: [
      { name: 'hash', summary: 'records of JSON become hashes' },
      { name: 'dry-run', summary: 'show what would be done; changes nothing' },
      { name: 'force', summary: 'without asking' },
      JSON_OPTION,
    ],
    examples: ['agents migrate --dry-run', 'agents migrate --hash --force'],
    load: () => import('../commands/migrate.ts'),
  },
  {
    name: 'auth',
    group: 'Town: set up',
    args: 'gen-key',
    min: 1,
    max: 1,
    completes: ['gen-key'],
    summary: 'make a key for the REST interface of tinytown, and its hash',
    details:
      'A key of 64 hexadecimal digits and its Argon2id hash (19 MiB, 2 passes, 1 lane), which belongs into ' +
      '`[townhall.auth] api_key_hash` of tinytown.toml. Nothing is stored. JSON: `{version, key, hash}`.',
    options: [JSON_OPTION],
    examples: ['agents auth gen-key', 'agents auth gen-key --json'],
    load: () => import('../commands/auth.ts'),
  },
]
