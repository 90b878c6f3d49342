import type { PaneSight } from '../../core/index.ts'
import type { CommandList } from './quote.ts'

/** Numbers and ids first: no text of anybody's can be among them. */
const FIXED = [
  'session_id',
  'pane_id',
  'pane_pid',
  'pane_dead',
  'pane_dead_status',
  'pane_dead_signal',
  'pane_pipe',
  'pane_in_mode',
  'session_attached',
  'window_activity',
  'session_created',
  'pane_width',
  'pane_height',
  'cursor_x',
  'cursor_y',
]
/** Text that people and programs choose. Each is preceded by its length in bytes, so that no content can confuse. */
const FREE = [
  'session_name',
  '@agents_project',
  '@agents_agent',
  '@agents_run',
  'pane_current_command',
  'pane_title',
  '@agents_state',
]

const FORMAT = [
  ...FIXED.map((name) => `#{${name}}`),
  ...FREE.map((name) => `#{n:${name}}`),
  FREE.map((name) => `#{${name}}`).join(''),
].join(',')

/** Two lists: the server's pid, and all panes. */
export const SCAN_LISTS: readonly CommandList[] = [
  [['display-message', '-p', '#{pid}']],
  [['list-panes', '-a', '-F', FORMAT]],
]

/** @returns undefined when the text is not what `SCAN_LISTS` prints: then nothing is known */
export function parsePanes(text: Buffer): PaneSight[] | undefined {
  const panes: PaneSight[] = []
  let at = 0
  while (at < text.length) {
    const found = parsePane(text, at)
    if (found === undefined) return undefined
    panes.push(found.pane)
    at = found.next
  }
  return panes
}

function parsePane(text: Buffer, start: number): { pane: PaneSight; next: number } | undefined {
  const head: string[] = []
  let at = start
  while (head.length < FIXED.length + FREE.length) {
    const comma = text.indexOf(',', at)
    if (comma === -1 || comma - at > 24) return undefined
    head.push(text.toString('latin1', at, comma))
    at = comma + 1
  }
  const free: string[] = []
  for (const length of head.slice(FIXED.length).map(Number)) {
    if (!Number.isInteger(length) || at + length > text.length) return undefined
    free.push(text.toString('utf8', at, at + length))
    at += length
  }
  if (at < text.length && text[at] !== 10 /* newline */) return undefined
  const pane = paneOf(head, free)
  return pane === undefined ? undefined : { pane, next: at + 1 }
}

function paneOf(head: readonly string[], free: readonly string[]): PaneSight | undefined {
  const [sessionId, paneId, pid, dead, status, signal, pipe, inMode, attached, activity, created] = head
  const [sessionName, project, agent, run, command, title, stated] = free
  if (!/^\$\d+$/.test(sessionId!) || !/^%\d+$/.test(paneId!) || !/^\d+$/.test(pid!)) return undefined
  return {
    sessionName: sessionName!,
    sessionId: sessionId!,
    paneId: paneId!,
    panePid: Number(pid),
    dead: dead === '1',
    deadStatus: numberOrNone(status),
    deadSignal: numberOrNone(signal),
    command: command!,
    title: title!,
    piped: pipe === '1',
    inMode: Number(inMode) > 0,
    attached: Number(attached),
    activityAt: Number(activity) * 1000,
    createdAt: Number(created) * 1000,
    width: Number(head[11]),
    height: Number(head[12]),
    cursor: { column: Number(head[13]), row: Number(head[14]) },
    ...(stated ? { stated } : {}),
    tag: project && agent ? { project, agent, run: run || undefined } : undefined,
  }
}

function numberOrNone(text: string | undefined): number | undefined {
  return text === undefined || text === '' ? undefined : Number(text)
}
