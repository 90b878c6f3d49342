import * as v from 'valibot'
import { inboxDeliveries } from '../../core/agent-spec.ts'
import {
  amount,
  choice,
  duration,
  flag,
  issue,
  key,
  name,
  path,
  shown,
  tableFault,
  text,
  words,
} from './fields.ts'

export const wakeTable = v.object(
  {
    prompt_file: v.optional(
      key(path(), {
        about: 'File whose text is sent at each wake. Relative to the project.',
        defaultText: 'required',
      }),
    ),
    interval: v.optional(
      key(duration(100), {
        about: 'Time between two wakes; an agent that works or is down is woken at the next occasion.',
      }),
      3600,
    ),
  },
  tableFault,
)

const envTable = v.record(
  v.pipe(
    v.string(),
    v.check(
      (variable) => /^[A-Za-z_][A-Za-z0-9_]*$/.test(variable) && variable !== 'AGENTS_RUN',
      issue(
        'CONFIG_ENV_NAME',
        'That cannot be set as an environment variable.',
        'Use letters, digits and "_"; AGENTS_RUN is taken.',
      ),
    ),
  ),
  text(),
  tableFault,
)

const onLimit = () =>
  v.union([v.picklist(['wait', 'ask']), v.strictObject({ switch: words() })], (i) =>
    issue(
      'CONFIG_CHOICE',
      `${shown(i.input)} is not "wait", "ask" or { switch = "…" }.`,
      'Write "wait", or { switch = "codex" } with the name of a backend or a model.',
    ),
  )

/** `[[agent]]`. What is not here an agent takes from `[defaults]`, then from the default shown. */
export const agentTable = v.object(
  {
    name: key(name(), {
      about: 'Name in commands, hand-off targets and file names.',
      defaultText: 'required',
    }),
    session: v.optional(
      key(name(), {
        about: 'tmux session. An explicit one gets no prefix.',
        defaultText: '`session_prefix` + `name`',
      }),
    ),
    kind: v.optional(
      key(choice(['loop', 'persistent', 'task', 'orchestrator', 'worker']), {
        about:
          '`loop`: takes part in the phases and gets the role kickoff. `persistent` and `orchestrator`: runs for ever. `task`: runs until it ends by itself. `worker`: runs its CLI once for each batch of town messages.',
      }),
      'persistent',
    ),
    role: v.optional(
      key(words(), {
        about:
          'Loop agents: names the role prompt `<roles_dir>/<role>.md`; any agent: key of a phase’s `models`.',
        defaultText: 'none',
      }),
    ),
    backend: v.optional(
      key(words(), {
        about: 'Name of a `[backend.*]` table or of a built-in preset.',
        defaultText: 'required, here or in `[defaults]`',
      }),
    ),
    model: v.optional(key(text(), { about: 'Model; empty for the backend’s own default.' }), ''),
    watch: v.optional(
      key(choice(['none', 'heal', 'heal+stall']), {
        about: 'What the watchdog does: nothing; restart when it is gone or broken; also when it is stalled.',
      }),
      'none',
    ),
    enabled: v.optional(
      key(flag(), {
        about:
          'False: not started by a bare `up`, not watched, not part of the loop. Can be started by name.',
      }),
      true,
    ),
    dir: v.optional(
      key(path(), { about: 'Working directory, relative to the project; made when missing.' }),
      '.',
    ),
    prompt: v.optional(
      key(text(), { about: 'Prompt, written here; of a worker: put before the prompt of each round.' }),
      '',
    ),
    prompt_file: v.optional(
      key(path(), { about: 'File with the prompt; wins over `prompt`.', defaultText: 'none' }),
    ),
    resume: v.optional(
      key(flag(), {
        about:
          'Go on with the same conversation after a restart; its id is kept in `state/<name>.id`. `true`: also in a new phase, and when a task is started again.',
        defaultText: '`true` for a backend of a preset that can, within a phase and a task; else `false`',
      }),
    ),
    wake: v.optional(
      key(wakeTable, { about: 'Sends a prompt at intervals while the agent is idle.', defaultText: 'none' }),
    ),
    restart: v.optional(
      key(choice(['permanent', 'transient', 'temporary']), {
        about: 'Restart always; only after an abnormal end; never. Only where `watch` is not `none`.',
        defaultText: '`transient` for the kinds `task` and `worker`, else `permanent`',
      }),
    ),
    on_limit: v.optional(
      key(onLimit(), {
        about:
          'When a usage limit stops it: wait for the reset; ask a person (`agents resume` goes on); or go on with another backend, or another model of its own, until the limit is over.',
        type: '`"wait"`, `"ask"` or `{ switch = "…" }`',
      }),
      'wait',
    ),
    inbox: v.optional(
      key(choice(inboxDeliveries), {
        about:
          'Messages of the town for it: typed at the end of its turn and kept until it acknowledges them; only told of, for `agents inbox take`; or neither.',
      }),
      'deliver',
    ),
    stop_grace: v.optional(
      key(duration(), {
        about: 'How long `down` waits after asking the agent to leave, before it ends its processes.',
        defaultText: '`[watchdog] stop_grace`',
      }),
    ),
    env: v.optional(
      key(envTable, { about: 'Extra environment variables of the agent.', type: 'table of texts' }),
      {},
    ),
    max_rounds: v.optional(
      key(amount(0, 1_000_000, true), {
        about: 'Kind `worker`: rounds after which it ends, failed ones counted; 0: no end.',
      }),
      0,
    ),
    idle_timeout: v.optional(
      key(duration(), {
        about:
          'Kind `worker`: with nothing to do for this long it ends; 0: it stays (`agents spawn`: 300 s).',
      }),
      0,
    ),
    round_timeout: v.optional(
      key(duration(1000), {
        about:
          'Kind `worker`: longest run of its CLI; then its processes are ended and its messages returned.',
      }),
      3600,
    ),
  },
  tableFault,
)

/** `[[service]]` */
export const serviceTable = v.object(
  {
    name: key(name(), {
      about: 'Name in commands; its session is always `session_prefix` + `name`.',
      defaultText: 'required',
    }),
    command: key(words(), { about: 'Shell text.', defaultText: 'required' }),
    dir: v.optional(
      key(path(), { about: 'Working directory, relative to the project (`[defaults] dir` is not used).' }),
      '.',
    ),
  },
  tableFault,
)
