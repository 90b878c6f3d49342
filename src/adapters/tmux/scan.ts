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

const NEWLINE = 10

/** Two lists: the server's pid, and all panes. */
export const SCAN_LISTS: readonly CommandList[] = [
  [['display-message', '-p', '#{pid}']],
  [['list-panes', '-a', '-F', FORMAT]],
]

/** A list of panes, row by row. @returns undefined when the text is not what `SCAN_LISTS` prints: then nothing is known */
export type ParsePanes = (text: Buffer) => PaneSight[] | undefined

interface Row {
  pane: PaneSight
  /** Its bytes in the newest list, with the newline. */
  bytes: Buffer
}

/**
 * Reads one list after the other. A pane whose row is the same as in the list before is the same object: most panes of a
 * fleet do nothing, and whoever remembers something of a pane sees at once that it still holds.
 */
export function createPaneParser(): ParsePanes {
  let known: Row[] = []

  return (text) => {
    const rows: Row[] = []
    /** Where the next row stood in the list before, as long as the order is the same. */
    let turn = 0
    for (let at = 0; at < text.length; ) {
      const found = sameRow(text, at, known[turn]) ?? parsePane(text, at)
      if (found === undefined) return undefined
      // A pane that is new comes between two.
      const before = found.pane === known[turn]?.pane ? turn : placeOf(known, found.pane)
      if (before !== -1) turn = before + 1
      const again = sameRow(text, at, known[before]) ?? found
      // Of the new list, also where it is the same: else a quiet row would keep the whole of an old one.
      rows.push({ pane: again.pane, bytes: text.subarray(at, again.next) })
      at = again.next
    }
    known = rows
    return rows.map(({ pane }) => pane)
  }
}

function sameRow(text: Buffer, at: number, row: Row | undefined): Found | undefined {
  if (row === undefined || row.bytes.at(-1) !== NEWLINE) return undefined
  const next = at + row.bytes.length
  return next <= text.length && row.bytes.compare(text, at, next) === 0 ? { pane: row.pane, next } : undefined
}

const placeOf = (rows: readonly Row[], pane: PaneSight): number =>
  rows.findIndex((row) => row.pane.paneId === pane.paneId)

interface Found {
  pane: PaneSight
  /** Where the next row begins. */
  next: number
}

function parsePane(text: Buffer, start: number): Found | undefined {
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
  if (at < text.length && text[at] !== NEWLINE) return undefined
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
