import { statSync } from 'node:fs'
import type { SessionTag } from '../../core/index.ts'
import type { Reply } from './answer.ts'
import { type Command, type CommandList, escapeFormat, escapeTimeFormat } from './quote.ts'
import type { NewSession, NewSessionResult, TmuxOptions } from './types.ts'

/**
 * What happens in tmux when the pane's process ends. The pane stays (its exit status and last words are to be read), so
 * no notification would tell our control client; renaming the window does. A command of a hook notifies nobody, hence
 * `run-shell -b -C`, which runs a tmux command from a queue of its own and starts no process.
 */
const WHEN_DIED = `run-shell -b -C "rename-window -t '#{window_id}' ended"`

const SESSION_NAME = /^[A-Za-z0-9_][A-Za-z0-9_-]{0,63}$/
/** Linux refuses a longer single argument or variable (MAX_ARG_STRLEN, 128 KiB with its NUL). */
const LONGEST_WORD = 131_071

/** The commands that make one session, in one list: tmux does nothing else in between, so none is seen half-made. */
export function newSessionList(spec: NewSession): CommandList {
  const at = `=${spec.session}:`
  const { width, height } = spec.size ?? { width: 200, height: 50 }
  const commands: Command[] = [
    [
      ...['new-session', '-d', '-E', '-P', '-F', '#{session_id} #{pane_id} #{pane_pid}'],
      ...['-s', escapeFormat(spec.session), '-n', 'agent', '-c', escapeFormat(spec.dir)],
      ...['-x', String(width), '-y', String(height)],
      ...Object.entries(spec.env).flatMap(([key, value]) => ['-e', `${key}=${value}`]),
      '--',
      ...spec.argv,
    ],
    ...ownOptions(at),
    ['set-option', '-p', '-t', at, 'remain-on-exit', 'on'],
    ['set-option', '-pq', '-t', at, 'remain-on-exit-format', ''],
    ['set-hook', '-p', '-t', at, 'pane-died', WHEN_DIED],
    ...tagCommands(at, at, spec.tag),
  ]
  if (spec.pipe !== undefined) commands.push(['pipe-pane', '-t', at, escapeTimeFormat(spec.pipe)])
  return commands
}

/** The keeper: a quiet session that the control client attaches to. It ends with its terminal and never by itself. */
export function keeperList(keeper: TmuxOptions['keeper']): CommandList {
  const at = `=${keeper.session}:`
  return [
    [
      ...['new-session', '-d', '-E', '-s', escapeFormat(keeper.session), '-n', 'keeper'],
      ...[
        '-c',
        escapeFormat(keeper.dir),
        '-x',
        '80',
        '-y',
        '24',
        '--',
        '/bin/sh',
        '-c',
        'exec cat >/dev/null',
      ],
    ],
    ...ownOptions(at),
    ['set-option', '-p', '-t', at, 'remain-on-exit', 'off'],
    ...tagCommands(at, at, keeper.tag),
  ]
}

/** For a server of our own, before its first session. @param terminal `TERM` of its panes */
export const ownServerList = (terminal: string): CommandList => [
  ['set-option', '-s', 'exit-empty', 'on'],
  ['set-option', '-g', 'history-limit', '5000'],
  ['set-option', '-g', 'default-terminal', terminal],
]

/** Whatever the user's configuration says of all sessions, these must hold for ours. */
function ownOptions(at: string): Command[] {
  return [
    ['set-option', '-t', at, 'destroy-unattached', 'off'],
    ['set-option', '-t', at, 'lock-after-time', '0'],
    ['set-option', '-w', '-t', at, 'automatic-rename', 'off'],
    ['set-option', '-wq', '-t', at, 'allow-rename', 'off'],
    ['set-option', '-w', '-t', at, 'synchronize-panes', 'off'],
  ]
}

export function tagCommands(session: string, pane: string, tag: SessionTag): Command[] {
  return [
    ['set-option', '-t', session, '@agents_project', tag.project],
    ['set-option', '-t', session, '@agents_agent', tag.agent],
    ['set-option', '-p', '-t', pane, '@agents_run', tag.run],
  ]
}

/** Why tmux or the kernel would not do what `spec` says; undefined when nothing speaks against it. */
export function refusalOf(spec: NewSession): string | undefined {
  if (!SESSION_NAME.test(spec.session)) return `tmux would change the session name "${spec.session}"`
  if (spec.argv.length < 2) return 'the command needs at least two words: one alone is handed to a shell'
  const words = [
    spec.dir,
    ...spec.argv,
    ...Object.entries(spec.env).map((entry) => entry.join('=')),
    spec.pipe ?? '',
  ]
  if (words.some((word) => word.includes('\0'))) return 'a value holds a NUL character'
  if (Object.keys(spec.env).some((key) => key === '' || key.includes('=')))
    return 'a variable has no proper name'
  const long = words.find((word) => Buffer.byteLength(word) >= LONGEST_WORD)
  if (long !== undefined)
    return `a word of ${Buffer.byteLength(long)} bytes is too long for a process (128 KiB)`
  if (!isFolder(spec.dir)) return `the folder ${spec.dir} is missing`
  return undefined
}

function isFolder(path: string): boolean {
  try {
    return statSync(path).isDirectory()
  } catch {
    return false // missing, or not ours to enter
  }
}

export type Made = {
  result: NewSessionResult /** To be killed: it could not be finished. */
  halfMade?: string
}

export function madeOf(reply: Reply): Made {
  const found = /^(\$\d+) (%\d+) (\d+)$/m.exec(reply.text.toString())
  const [, sessionId, paneId, panePid] = found ?? []
  if (reply.kind === 'error') {
    if (sessionId !== undefined)
      return { result: failed(`${reply.message} (session removed again)`), halfMade: sessionId }
    if (reply.message.includes('duplicate session')) return { result: { kind: 'duplicate' } }
    return { result: failed(reply.message) }
  }
  if (sessionId === undefined) return { result: failed('tmux did not say which session it made') }
  return { result: { kind: 'created', sessionId, paneId: paneId!, panePid: Number(panePid) } }
}

function failed(why: string): NewSessionResult {
  return { kind: 'failed', why, retryable: true }
}
