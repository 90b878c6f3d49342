import { renderProblems } from '../config/problem.ts'
import { Exit, type ExitCode, OutsideError, type Problem, UserError } from '../core/errors.ts'
import { visible } from '../core/text.ts'
import { toJson } from './text.ts'

export interface ErrorReport {
  exit: ExitCode
  /** For people, on stderr. */
  text: string
  /** For programs, on stdout, when `--json` was given. */
  json: string
}

/**
 * Any thrown thing as what a person reads and what a program gets.
 * @param missing answers the command that installs a tool on this machine, e.g. `sudo apt-get install -y tmux`
 */
export function describeError(
  error: unknown,
  missing: (tool: 'tmux' | 'git' | 'redis-server') => string,
): ErrorReport {
  if (error instanceof UserError) return describeUser(error)
  if (error instanceof OutsideError)
    return isMissing(error) ? describeMissing(error, missing) : describeOutside(error)
  return describeBug(error)
}

/** An error about a whole config carries its problems (`ConfigRefused` of the daemon). */
function problemsOf(error: UserError): Problem[] {
  return 'problems' in error && Array.isArray(error.problems) ? (error.problems as Problem[]) : []
}

function describeUser(error: UserError): ErrorReport {
  const problems = problemsOf(error)
  const place = [
    error.file === undefined ? undefined : `${error.file}${error.line === undefined ? '' : `:${error.line}`}`,
    error.key,
  ]
  const where = place.filter((part) => part !== undefined).join('  ')
  const listed = problems.length === 0 ? [] : [...renderProblems(problems).split('\n'), '']
  const lines = [...listed, `error: ${error.message}`]
  if (where !== '' && problems.length === 0) lines.push(`  ${where}  ${error.code}`)
  if (error.fix !== undefined) lines.push(...error.fix.split('\n').map((line) => `  ${line}`))
  return {
    exit: error.exit,
    text: shown(lines),
    json: errorJson(error.code, error.message, error.fix, error.file, error.key, error.line, problems),
  }
}

function describeOutside(error: OutsideError): ErrorReport {
  const said = error.stderr.trim() === '' ? '' : ` (${error.tool}: ${error.stderr.trim().split('\n')[0]})`
  const fix = error.fix ?? (error.retryable ? 'The same command may work a moment later.' : undefined)
  const lines = fix === undefined ? [] : fix.split('\n').map((line) => `  ${line}`)
  return {
    exit: Exit.failed,
    text: shown([`error: ${error.message}${said}`, ...lines]),
    json: errorJson(error.code, `${error.message}${said}`, fix),
  }
}

/** ENOENT of a program is the one failure of a tool that a person mends by installing it. */
function isMissing(error: OutsideError): boolean {
  if (error.tool === 'redis') return error.code === 'REDIS_MISSING'
  if (error.tool !== 'tmux' && error.tool !== 'git') return false
  return /MISSING$/.test(error.code) || codeOf(error.cause) === 'ENOENT'
}

function codeOf(cause: unknown): string | undefined {
  return cause instanceof Error && 'code' in cause && typeof cause.code === 'string' ? cause.code : undefined
}

function describeMissing(
  error: OutsideError,
  missing: (tool: 'tmux' | 'git' | 'redis-server') => string,
): ErrorReport {
  const tool = error.tool === 'redis' ? 'redis-server' : (error.tool as 'tmux' | 'git')
  const what = `${tool} is not installed, or not on PATH.`
  const fix = `Install it: ${missing(tool)}`
  return {
    exit: Exit.missingTool,
    text: shown([`error: ${what}`, `  ${fix}`]),
    json: errorJson('TOOL_MISSING', what, fix),
  }
}

function describeBug(error: unknown): ErrorReport {
  const stack = error instanceof Error ? (error.stack ?? String(error)) : String(error)
  const cause =
    error instanceof Error && error.cause !== undefined ? [`caused by ${String(error.cause)}`] : []
  return {
    exit: Exit.failed,
    text: shown([
      'error: this is a bug in agents, not something you did.',
      ...stack.split('\n').map((line) => `  ${line}`),
      ...cause.map((line) => `  ${line}`),
      '  Please report it with these lines and the output of: agents doctor --json',
    ]),
    json: errorJson(
      'BUG',
      stack.split('\n')[0]!,
      'Please report it with the output of: agents doctor --json',
    ),
  }
}

/** What is quoted in an error may come from an agent, a commit or a file name. */
function shown(lines: readonly string[]): string {
  return `${lines.map((line) => visible(line)).join('\n')}\n`
}

function errorJson(
  code: string,
  what: string,
  fix?: string,
  file?: string,
  key?: string,
  line?: number,
  problems: readonly Problem[] = [],
): string {
  const listed = problems.length === 0 ? {} : { problems }
  return toJson({ version: 1, error: { code, what, fix, file, key, line, ...listed } })
}
