import type { Tmux } from '../adapters/tmux/types.ts'
import type { BackendSpec, Clock, PaneSight, Reading } from '../core/index.ts'
import { beforeCursor, draftOf } from './draft.ts'
import type { Mode } from './entry.ts'

/** Where to type and how. */
export interface Desk {
  paneId: string
  /** Process of the pane: in another one nothing stands that was pasted for this. */
  panePid: number
  backend: BackendSpec
  submitKey: string
  /** At which time: see `Mode`; `now` at any, as the caller has seen to it. */
  when: Mode | 'now'
  /** The last look at the agent read working: by its title or its changes, which one screen alone does not show. */
  working: boolean
  /** See `[watchdog] typing_grace`. Milliseconds. */
  typingGraceMs: number
  /** The limit should be over: a menu of its banner may be left by the key that it offers for that. */
  leavesLimitMenu?: boolean
}

export interface TypistDeps {
  tmux: Tmux
  clock: Clock
  /** Reads a screen of this backend. */
  look: (backend: BackendSpec, text: string) => Reading
  /** Searches a pattern of the backend under the regex deadline. */
  matches: (source: string, text: string) => boolean
  /** How long the pane's process has run, milliseconds. */
  ageOf: (pane: PaneSight) => Promise<number>
}

/** Pause between two looks while something is waited for. Milliseconds. */
export const lookEveryMs = 25
/**
 * A program that has drawn nothing yet may open with a dialog, and a text typed ahead would answer it; before a TUI has
 * drawn its composer, a text is lost (opencode 1.18, whose first start takes longer than its `connect_delay`). One that
 * never draws gets its messages after this long. Milliseconds.
 */
const blankMs = 10_000
const composerMs = 60_000
const fingerprintLength = 24

export type Screen =
  | { kind: 'ok'; text: string; pane: PaneSight; ageMs: number }
  | { kind: 'gone' }
  | { kind: 'unknown'; why: string }
export type SeenScreen = Extract<Screen, { kind: 'ok' }>

/** The pane as it is now; gone, too, where another process runs in it. */
export async function screenOf(deps: TypistDeps, desk: Pick<Desk, 'paneId' | 'panePid'>): Promise<Screen> {
  const [captured, scan] = await Promise.all([deps.tmux.capture([desk.paneId]), deps.tmux.scan()])
  if (captured.kind === 'unknown') return captured
  if (scan.kind === 'unknown') return scan
  const text = captured.text.get(desk.paneId)
  const pane = scan.kind === 'ok' ? scan.panes.find((one) => one.paneId === desk.paneId) : undefined
  if (text === undefined || pane === undefined || pane.panePid !== desk.panePid) return { kind: 'gone' }
  return { kind: 'ok', text, pane, ageMs: await deps.ageOf(pane) }
}

const notDrawn = 'it has not drawn its composer yet'

/** Why nothing can be typed at this screen, whoever wants to. */
export function blocks(deps: TypistDeps, desk: Desk, screen: SeenScreen): string | undefined {
  if (isBooting(deps, desk, screen)) return notDrawn
  const reading = deps.look(desk.backend, screen.text)
  if (asks(reading)) return 'a dialog has the keyboard'
  if (reading.state === 'shell') return 'the agent has left, a shell has the prompt'
  return undefined
}

export function isBooting(deps: TypistDeps, desk: Desk, { text, ageMs }: SeenScreen): boolean {
  if (text.trim() === '')
    return ageMs < blankMs || (ageMs < composerMs && desk.backend.patterns.composer !== undefined)
  const { patterns, footerUi } = desk.backend
  if (patterns.composer === undefined || !footerUi || ageMs >= composerMs) return false
  return !deps.matches(patterns.composer, text)
}

/** A limit menu reads `limited`, and is a dialog all the same: the claim counts. */
export const asks = (reading: Reading): boolean =>
  reading.state === 'asking' || reading.claims.some((claim) => claim.says === 'asking')

export const isWorking = (deps: TypistDeps, desk: Desk, text: string): boolean =>
  desk.working || deps.look(desk.backend, text).state === 'working'

/** Whether a draft is this text, or what the program shows in place of a long one. */
export function stands(
  matches: TypistDeps['matches'],
  backend: BackendSpec,
  draft: string,
  text: string,
): boolean {
  if (draft === '') return false
  const mark = fingerprint(text)
  // A text of nothing but frames and prompt marks leaves nothing to compare but that.
  if (mark === '' ? flat(draft) === '' : flat(draft).endsWith(mark)) return true
  const marker = backend.patterns.pasteMarker
  return marker !== undefined && matches(`^(?:${marker})$`, draft)
}

/**
 * Whether this text stands right before the cursor, in whatever composer: several paragraphs, or a line that looks like a
 * prompt, hide where it begins.
 */
export function standsAt(deps: TypistDeps, backend: BackendSpec, screen: SeenScreen, text: string): boolean {
  const { cursor } = screen.pane
  const { above, row } = beforeCursor(screen.text, cursor)
  const mark = fingerprint(text)
  // Without anything in the cursor's own row it would be what stands above an empty composer.
  if (mark !== '' && flat(row) !== '' && flat(`${above}${row}`).endsWith(mark)) return true
  return stands(deps.matches, backend, draftOf(screen.text, cursor) ?? '', text)
}

/** The same, or it begins in the cursor's own row: some put a text that they refuse back, the cursor before it (Codex). */
export function holds(deps: TypistDeps, backend: BackendSpec, screen: SeenScreen, text: string): boolean {
  if (standsAt(deps, backend, screen, text)) return true
  const begin = flat(text.split('\n')[0] ?? '').slice(0, fingerprintLength)
  const row = screen.text.split('\n')[screen.pane.cursor.row] ?? ''
  return begin.length >= leastBeginning && flat(row).startsWith(begin)
}

/** Beginnings that long are no chance. */
export const leastBeginning = 6

/** The text's end without blanks: composers wrap and indent, and a narrow one may show only the end. */
export function fingerprint(text: string): string {
  return flat(text).slice(-fingerprintLength)
}

export const flat = (text: string): string => text.replace(/[\s│┃|>❯›]+/gu, '')

export function occurrences(text: string, wanted: string): number {
  return wanted === '' ? 0 : text.split(wanted).length - 1
}
