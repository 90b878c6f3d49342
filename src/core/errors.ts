/** Exit codes of the program: `README.md`, "Every verb". */
export const Exit = {
  done: 0,
  failed: 1,
  usage: 2,
  needsPerson: 3,
  locked: 4,
  missingTool: 5,
  timeout: 124,
} as const
export type ExitCode = (typeof Exit)[keyof typeof Exit]

export interface UserErrorParts {
  /** Never changes once released; programs branch on it. SCREAMING_SNAKE. */
  code: string
  /** What happened, in one sentence. */
  what: string
  /** What to write or type instead. */
  fix?: string
  file?: string
  key?: string
  line?: number
  exit?: ExitCode
  cause?: unknown
}

/** Something the person who typed the command or wrote the config can mend. Printed without a stack. */
export class UserError extends Error {
  readonly code: string
  readonly fix: string | undefined
  readonly file: string | undefined
  readonly key: string | undefined
  readonly line: number | undefined
  readonly exit: ExitCode
  constructor(parts: UserErrorParts) {
    super(parts.what, { cause: parts.cause })
    this.name = 'UserError'
    this.code = parts.code
    this.fix = parts.fix
    this.file = parts.file
    this.key = parts.key
    this.line = parts.line
    this.exit = parts.exit ?? Exit.failed
  }
}

export interface OutsideErrorParts {
  tool: 'tmux' | 'git' | 'files' | 'process' | 'control' | 'redis'
  code: string
  what: string
  /** What to do about it, where somebody can do something. */
  fix?: string
  args?: readonly string[]
  stderr?: string
  /** True when the same call may succeed a moment later without anybody mending anything. */
  retryable: boolean
  cause?: unknown
}

/** A tool or the operating system failed us. Classified where it is caught, in an adapter. */
export class OutsideError extends Error {
  readonly tool: OutsideErrorParts['tool']
  readonly code: string
  readonly fix: string | undefined
  readonly args: readonly string[]
  readonly stderr: string
  readonly retryable: boolean
  constructor(parts: OutsideErrorParts) {
    super(parts.what, { cause: parts.cause })
    this.name = 'OutsideError'
    this.tool = parts.tool
    this.code = parts.code
    this.fix = parts.fix
    this.args = parts.args ?? []
    this.stderr = parts.stderr ?? ''
    this.retryable = parts.retryable
  }
}

/** One problem of a config, with its place. All of them are collected; none stops the search for the next. */
export interface Problem {
  /** `CONFIG_…`, stable. */
  code: string
  severity: 'error' | 'warning'
  file: string
  /** 1-based; absent when the problem has no place in the text (a file that cannot be read). */
  line?: number
  /** 1-based. */
  column?: number
  /** Dotted path, e.g. `agent.scout.backend` or `watchdog.signal_interval`. */
  key: string
  what: string
  /** What to write instead. */
  fix: string
}
