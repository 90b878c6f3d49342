export type PromptDelivery = 'arg' | 'ping' | 'exec'
/** Whose way of keeping status and conversation files a backend has. */
export type ConversationFormat = 'claude' | 'codex' | 'gemini' | 'opencode'

export interface BackendSpec {
  name: string
  /** The preset it was completed from, if any. */
  preset: string | undefined
  /** The user's own shell text. */
  bin: string
  promptDelivery: PromptDelivery
  processName: string | undefined
  patterns: BackendPatterns
  /** Patterns that the config gives: searched in rows counted from below, those of a preset by the screen's structure. */
  ownPatterns?: readonly (keyof BackendPatterns)[]
  footerUi: boolean
  logGraceMs: number
  stallIdleMs: number
  /** tmux key name. */
  submitKey: string
  /** Submit key of the boot message of `ping` delivery. */
  bootSubmitKey: string
  /** tmux key name that ends a running turn; undefined: none is known, and an interrupting message waits for its end. */
  interruptKey: string | undefined
  /** Takes a message while a turn runs, and lets it steer that turn. */
  steers: boolean
  /** While a turn runs, `active` matches at every moment; once it is gone, the turn is over. */
  steadyActive: boolean
  connectDelayMs: number
  attach: string
  server: string
  preamble: string
  modelEnv: boolean
  supportsResume: boolean
  /** Option that takes the prompt (`--prompt`); empty: the prompt is an argument of its own. */
  promptFlag: string
  resumeFlag: string
  /** Option that gives a new conversation an id of ours; empty: the id is found when the conversation is there. */
  sessionIdFlag?: string | undefined
  /** What the program prints when it does not take a conversation or an id; JavaScript source. */
  resumeRefused?: string | undefined
  /** Every key is the preset's where the table does not set it; not only those of detection. */
  fromPreset?: boolean
  remoteControl: boolean
  remoteControlFlag: string
  modelFlag: string
  flags: string
  /** The agent's program is told to report by its hooks; see `hooksFlag`. */
  hooks: boolean
  /** Option that gives them, with `{hooks}` (a settings file) or `{notify}` (a setting); empty: it knows none. */
  hooksFlag: string
  /** Variable names (a trailing `*` matches a prefix) handed from the operator's environment to the agent. */
  passEnv: string[]
  /** The files that the program keeps about itself; undefined: none that are known. */
  conversation?:
    | {
        format: ConversationFormat
        /** Its folder, the first whose variable is set: `$CODEX_HOME`, `~/.codex`. */
        home: string[]
      }
    | undefined
  /** Whose usage limit its agents share. */
  account: string
  /**
   * Shell text of one round of a worker, the prompt on its standard input; slots `{bin}`, `{flags}`, `{model}` and
   * `{prompt}`, the prompt's file. undefined: the program is not known to work so.
   */
  roundCmd?: string | undefined
  /** `flags` where the table itself has it; those of a preset are for its interactive session. */
  ownFlags?: string | undefined
}

/** JavaScript sources (already translated from Python syntax), case-insensitive, searched. Absent: never matches. */
export interface BackendPatterns {
  active?: string
  limit?: string
  fatal?: string
  /** On the screen of a limit: no time lifts it. */
  blocked?: string
  /** One for each class of failure (`FailClass`). */
  auth?: string
  context?: string
  billing?: string
  overload?: string
  crash?: string
  start?: string
  /** A dialog has the keyboard: nothing may be typed. */
  asking?: string
  /** The composer is there and takes text. */
  composer?: string
  titleWorking?: string
  titleIdle?: string
  titleAsking?: string
  /** What the CLI shows instead of a long pasted text, e.g. `[Pasted text #1 +4 lines]`. */
  pasteMarker?: string
  /** What the CLI shows while it keeps a message for later that it was given during a turn. */
  queued?: string
  /** In what a round has written so far: a usage limit that the CLI waits out in silence. A first group is its words. */
  roundLimit?: string
}
