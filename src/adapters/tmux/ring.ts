import { randomBytes } from 'node:crypto'
import type { Answer } from './answer.ts'
import { type CommandList, escapeTimeFormat } from './quote.ts'

export type Rung = { kind: 'rang'; terminals: number } | { kind: 'failed'; why: string }

/** How long the message stands in the status line. Milliseconds. */
const shownMs = '8000'
/** The bell must come after the window was linked; then the window ends by itself. */
const BELL = "sleep 0.2; printf '\\a'; sleep 0.2"

const CLIENTS: CommandList = [['list-clients', '-F', '#{client_control_mode} #{session_id} #{client_name}']]

/**
 * Shows a text in the status lines of the terminals that are attached to these sessions, and rings their bells. tmux
 * rings for a window, and nothing may be written to a pane of an agent's: so a window of the keeper's own is linked into
 * the sessions for half a second and rings itself. The user's `bell-action` and `visual-bell` hold.
 */
export async function ring(
  run: (lists: readonly CommandList[]) => Promise<Answer>,
  keeper: string,
  sessionIds: ReadonlySet<string>,
  text: string,
): Promise<Rung> {
  const listed = await run([CLIENTS])
  if (listed.kind === 'no-server') return { kind: 'rang', terminals: 0 }
  if (listed.kind !== 'replies') return { kind: 'failed', why: listed.why }
  const clients = parseClients(listed.replies[0]!.text.toString()).filter((one) =>
    sessionIds.has(one.session),
  )
  if (clients.length === 0) return { kind: 'rang', terminals: 0 }
  const shows = clients.map(
    (one): CommandList => [['display-message', '-c', one.name, '-d', shownMs, escapeTimeFormat(text)]],
  )
  const answer = await run([bellList(keeper, new Set(clients.map((one) => one.session))), ...shows])
  if (answer.kind !== 'replies') return { kind: 'failed', why: answer.why }
  const [bell] = answer.replies
  return bell?.kind === 'ok'
    ? { kind: 'rang', terminals: clients.length }
    : { kind: 'failed', why: bell?.message ?? 'tmux gave no answer' }
}

function bellList(keeper: string, sessions: ReadonlySet<string>): CommandList {
  const name = `bell-${randomBytes(4).toString('hex')}`
  const window = `=${keeper}:=${name}`
  return [
    ['new-window', '-d', '-t', `=${keeper}:`, '-n', name, '--', '/bin/sh', '-c', BELL],
    ['set-option', '-w', '-t', window, 'monitor-bell', 'on'],
    ['set-option', '-p', '-t', window, 'remain-on-exit', 'off'],
    ...[...sessions].map((session) => ['link-window', '-d', '-s', window, '-t', `${session}:`]),
  ]
}

function parseClients(text: string): { session: string; name: string }[] {
  return text.split('\n').flatMap((line) => {
    const [, control, session, name] = /^([01]) (\$\d+) (.+)$/.exec(line) ?? []
    return control === '0' && session !== undefined && name !== undefined ? [{ session, name }] : []
  })
}
