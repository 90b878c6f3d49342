import * as v from 'valibot'
import { choice, duration, flag, key, list, pattern, tableFault, text, tmuxKey, words } from './fields.ts'

const variable = v.pipe(
  words(),
  v.regex(
    /^[A-Za-z_][A-Za-z0-9_]*\*?$/,
    'CONFIG_ENV_NAME\nThat is not the name of a variable.\nWrite NAME, or PREFIX_* for all that begin so.',
  ),
)

/** What the driver did not know: a failure by its class, and the limit that waiting does not lift. */
function classKeys() {
  const ofPreset = (about: string) =>
    v.optional(key(pattern(), { about, defaultText: 'of the preset, else none' }))
  return {
    blocked_re: ofPreset(
      'On the screen of a limit: time does not lift it (credit, spend cap, model access). A person is asked instead of waiting.',
    ),
    auth_re: ofPreset('The screen shows a missing, expired or refused login or key.'),
    context_re: ofPreset('The screen shows that the conversation is full.'),
    billing_re: ofPreset('The screen shows that the plan or a payment has ended.'),
    overload_re: ofPreset(
      'The screen shows that the provider is overloaded for a short while. Never a limit, never a reason to restart.',
    ),
    crash_re: ofPreset('The screen shows that the program has died.'),
    start_re: ofPreset('The screen shows that the program cannot begin as it was started.'),
  }
}

/** `[backend.NAME]`. Where a preset applies its values come before these defaults. */
export const backendTable = v.object(
  {
    preset: v.optional(
      key(words(), {
        about: 'Complete this table from a built-in preset, key by key.',
        defaultText: 'the table’s own name, when there is no `bin`',
      }),
    ),
    bin: v.optional(
      key(words(), { about: 'Command, shell text.', defaultText: 'required without a preset' }),
    ),
    prompt_delivery: v.optional(
      key(choice(['arg', 'ping', 'exec']), {
        about:
          'How the prompt reaches the agent: as last argument; typed into its screen; by `{kickoff}` in `bin`.',
      }),
      'arg',
    ),
    process_name: v.optional(
      key(text(), {
        about:
          'Foreground process that is expected. The name of another backend’s process there means the wrong program runs.',
        defaultText: 'none',
      }),
    ),
    active_re: v.optional(key(pattern(), { about: 'The screen shows work.', defaultText: 'none' })),
    limit_re: v.optional(key(pattern(), { about: 'The screen shows a usage limit.', defaultText: 'none' })),
    fatal_re: v.optional(
      key(pattern(), { about: 'The screen shows an error that only a restart mends.', defaultText: 'none' }),
    ),
    ...classKeys(),
    asking_re: v.optional(
      key(pattern(), {
        about: 'A dialog has the keyboard: nothing may be typed.',
        defaultText: 'of the preset, else none',
      }),
    ),
    composer_re: v.optional(
      key(pattern(), {
        about: 'The input line is there and takes text.',
        defaultText: 'of the preset, else none',
      }),
    ),
    title_working_re: v.optional(
      key(pattern(), {
        about: 'The pane’s title says that it works.',
        defaultText: 'of the preset, else none',
      }),
    ),
    title_idle_re: v.optional(
      key(pattern(), {
        about: 'The pane’s title says that it is idle.',
        defaultText: 'of the preset, else none',
      }),
    ),
    title_asking_re: v.optional(
      key(pattern(), {
        about: 'The pane’s title says that it waits for an answer.',
        defaultText: 'of the preset, else none',
      }),
    ),
    paste_marker_re: v.optional(
      key(pattern(), {
        about: 'What the program shows in place of a long pasted text.',
        defaultText: 'of the preset, else none',
      }),
    ),
    queued_re: v.optional(
      key(pattern(), {
        about:
          'The screen shows that a message given during a turn is kept for its end: proof that it was taken.',
        defaultText: 'of the preset, else none',
      }),
    ),
    footer_ui: v.optional(
      key(flag(), {
        about: 'The program has a permanent footer: only the last rows tell activity, and so does its log.',
      }),
      false,
    ),
    log_grace: v.optional(
      key(duration(), { about: '`footer_ui`: how recent a write to the log counts as activity.' }),
      180,
    ),
    stall_idle: v.optional(
      key(duration(), { about: 'Idle this long without a WAITING-UNTIL marker is a stall.' }),
      300,
    ),
    submit_key: v.optional(key(tmuxKey(), { about: 'Key that submits a message.', defaultText: '`Enter`' })),
    boot_submit_key: v.optional(
      key(tmuxKey(), {
        about: 'Key that submits the boot message of `ping` delivery.',
        defaultText: '`submit_key` where it is set, else `C-m`',
      }),
    ),
    interrupt_key: v.optional(
      key(tmuxKey(), {
        about:
          'Key that ends a running turn, for `agents send --mode interrupt`. Pressed only while the screen reads working.',
        defaultText: 'of the preset, else none',
      }),
    ),
    steers: v.optional(
      key(flag(), {
        about: 'The program takes a message while it works, for `agents send --mode steer`.',
        defaultText: 'of the preset, else `false`',
      }),
    ),
    steady_active: v.optional(
      key(flag(), {
        about:
          '`active_re` matches at every moment of a turn: once it has matched and does no more for a second, the turn ' +
          'is over, whatever else is still drawn.',
        defaultText: 'of the preset, else `false`',
      }),
    ),
    connect_delay: v.optional(
      key(duration(), {
        about: '`ping` delivery: wait before the boot message; longer until its composer is drawn.',
      }),
      12,
    ),
    attach: v.optional(
      key(words(), { about: '`ping` delivery: command, with `{bin}`, `{server}`, `{dir}` and `{resume}`.' }),
      '{bin}',
    ),
    server: v.optional(key(text(), { about: '`ping` delivery: fills `{server}`.' }), ''),
    preamble: v.optional(key(text(), { about: '`ping` delivery: shell text put before the command.' }), ''),
    model_env: v.optional(
      key(flag(), { about: '`ping` delivery: pass the model in OPENCODE_CONFIG_CONTENT.' }),
      false,
    ),
    supports_resume: v.optional(
      key(flag(), {
        about: 'The program can resume a conversation: `arg` delivery, or `{resume}` in `attach`.',
      }),
      false,
    ),
    prompt_flag: v.optional(
      key(text(), {
        about: '`arg` delivery: option that takes the prompt; empty: the prompt is an argument of its own.',
      }),
      '',
    ),
    resume_flag: v.optional(key(text(), { about: 'Option that resumes, with `{id}`.' }), "--resume '{id}'"),
    session_id_flag: v.optional(
      key(text(), {
        about:
          '`arg` delivery: option with `{id}` that gives a new conversation an id of ours, so that it can be resumed; empty: its id is found when it is there.',
        defaultText: 'none',
      }),
      '',
    ),
    resume_refused_re: v.optional(
      key(pattern(), {
        about:
          'What the program prints when it takes no such conversation or id: then one new conversation is begun instead of a loop.',
        defaultText: 'of the preset, else none',
      }),
    ),
    remote_control: v.optional(
      key(flag(), { about: '`arg` delivery: give the remote-control option.' }),
      false,
    ),
    remote_control_flag: v.optional(
      key(text(), { about: '`arg` delivery: option with `{session}`.' }),
      "--remote-control '{session}'",
    ),
    model_flag: v.optional(
      key(text(), { about: '`arg` delivery: option with `{model}`.' }),
      "--model '{model}'",
    ),
    flags: v.optional(key(text(), { about: '`arg` delivery: appended as it is.' }), ''),
    round_cmd: v.optional(
      key(text(), {
        about:
          'Kind `worker`: command of one round, shell text. The prompt is on its standard input; `{prompt}` is the file with it, `{bin}` the key above, `{flags}` the model’s option and your own `flags`, `{model}` the model.',
        defaultText: 'of the preset, else none',
      }),
    ),
    round_limit_re: v.optional(
      key(pattern(), {
        about:
          'Kind `worker`: what a round has written so far shows a usage limit that the program waits out in silence. The round is ended, and counts as one at a limit. A first group is the words that tell it.',
        defaultText: 'of the preset, else none',
      }),
    ),
    account: v.optional(
      key(words(), {
        about:
          'Account that its agents spend from: backends with one account wait out a usage limit together.',
        defaultText: 'the backend’s name',
      }),
    ),
    hooks: v.optional(
      key(flag(), {
        about:
          '`arg` delivery: the program reports by its own hooks when a turn begins, ends or asks (`agents report`); your own hooks stay.',
        defaultText: 'of the preset (`true` for claude and codex), else `false`',
      }),
      false,
    ),
    hooks_flag: v.optional(
      key(text(), {
        about:
          '`arg` delivery: option that gives the hooks, with `{hooks}` (a settings file in the form of Claude Code) or `{notify}` (a setting of Codex).',
        defaultText: 'of the preset, else none',
      }),
      '',
    ),
    pass_env: v.optional(
      key(list(variable, 'array of names'), {
        about:
          'Variables handed from the operator’s environment to the agent; a trailing `*` matches a prefix.',
        defaultText: 'of the preset, else none',
      }),
    ),
    conversation: v.optional(
      key(choice(['none', 'claude', 'codex', 'gemini', 'opencode']), {
        about:
          'Whose way of keeping status and conversation files the program has: they tell what it does, what it was told, and which conversation it is in.',
        defaultText: 'of the preset, else `none`',
      }),
      'none',
    ),
    conversation_home: v.optional(
      key(list(words(), 'array of folders'), {
        about:
          'Where those files are: the first whose variable is set for the agent, e.g. `["$CODEX_HOME", "~/.codex"]`.',
        defaultText: 'of the preset, else none',
      }),
    ),
  },
  tableFault,
)
