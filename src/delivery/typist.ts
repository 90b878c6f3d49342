import type { Tmux } from '../adapters/tmux/types.ts'
import type { BackendSpec, Clock, PaneSight, Reading } from '../core/index.ts'
import { sanitisePaste } from '../core/text.ts'
import { draftOf } from './draft.ts'

/** Where to type and how. */
export interface Desk {
  paneId: string
  backend: BackendSpec
  submitKey: string
  /** The limit should be over: a menu of its banner may be left by the key that it offers for that. */
  leavesLimitMenu?: boolean
}

export interface Letter {
  text: string
  /** What was pasted at an earlier try and may still stand in the composer, not submitted. */
  standing: string | undefined
}

export type Typed =
  /** Pasted, seen, submitted. `sure` is false when the pane never showed the text (no echo). */
  | { kind: 'submitted'; sure: boolean }
  /** A dialog or a person's draft has the composer, or the pane cannot be read. Try again later. */
  | { kind: 'not-now'; why: string }
  | { kind: 'gone' }

export interface TypistDeps {
  tmux: Tmux
  clock: Clock
  /** Reads a screen of this backend. */
  look: (backend: BackendSpec, text: string) => Reading
  /** Searches a pattern of the backend under the regex deadline. */
  matches: (source: string, text: string) => boolean
}

/** How long to wait for the pasted text to appear; a busy TUI redraws within a few frames. Milliseconds. */
const seenWithinMs = 1_500
const lookEveryMs = 25
/**
 * After the paste was seen: Gemini CLI takes an Enter within 40 ms, and the redraw that follows, for a line of the paste
 * (0.61, `recentUnsafePasteTime`). Milliseconds.
 */
const settleMs = 150
/** How long a composer may keep a text whose submit key was pressed, before the key is pressed once more. Milliseconds. */
const takenWithinMs = 1_000
const maxPresses = 2
const fingerprintLength = 24
/**
 * A program that has drawn nothing yet may open with a dialog, and a text typed ahead would answer it; before a TUI has
 * drawn its composer, a text is lost (opencode 1.18, whose first start takes longer than its `connect_delay`). One that
 * never draws gets its messages after this long. Milliseconds.
 */
const blankMs = 10_000
const composerMs = 60_000

/**
 * Types one text into one pane: look, paste, look, exactly one submit key (F18). A paste of an earlier try that still
 * stands in the composer is only submitted. `beforePaste` is awaited before the first byte goes out, so that the
 * caller can write down that it may have arrived.
 */
export async function typeText(
  deps: TypistDeps,
  desk: Desk,
  letter: Letter,
  beforePaste: () => Promise<void>,
): Promise<Typed> {
  const before = await openScreen(deps, desk)
  if (before.kind === 'gone') return before
  if (before.kind === 'unknown') return { kind: 'not-now', why: before.why }
  if (isBooting(deps, desk, before)) return { kind: 'not-now', why: 'it has not drawn its composer yet' }
  const dialog = blocks(deps, desk, before.text)
  if (dialog !== undefined) return { kind: 'not-now', why: dialog }
  const draft = draftOf(before.text, before.pane.cursor) ?? ''
  const ours = letter.standing !== undefined && stands(deps, desk, draft, letter.standing)
  if (draft !== '' && ours) return submit(deps, desk, letter.standing ?? '', true)
  if (draft !== '') return { kind: 'not-now', why: 'somebody has begun to type in its composer' }
  await beforePaste()
  const text = sanitisePaste(letter.text)
  const pasted = await deps.tmux.paste(desk.paneId, text)
  if (pasted.kind === 'gone') return pasted
  if (pasted.kind === 'failed') return { kind: 'not-now', why: pasted.why }
  const seen = await waitForPaste(deps, desk, before.text, text)
  if (seen === 'gone') return { kind: 'gone' }
  if (seen === 'dialog') return { kind: 'not-now', why: 'a dialog opened while the text was pasted' }
  await deps.clock.sleep(settleMs)
  return submit(deps, desk, text, seen === 'seen')
}

/** Presses the submit key, and once more only where the very text still stands before the cursor of the composer. */
async function submit(deps: TypistDeps, desk: Desk, text: string, sure: boolean): Promise<Typed> {
  for (let presses = 0; presses < maxPresses; presses += 1) {
    const pressed = await deps.tmux.key(desk.paneId, desk.submitKey)
    if (pressed.kind === 'gone') return pressed
    if (pressed.kind === 'failed') return { kind: 'not-now', why: pressed.why }
    if (await isTaken(deps, desk, text)) return { kind: 'submitted', sure }
  }
  return { kind: 'not-now', why: 'its composer keeps the text: the submit key is not taken' }
}

/** Whether the composer has let go of the text. Where that cannot be seen, it counts as taken. */
async function isTaken(deps: TypistDeps, desk: Desk, text: string): Promise<boolean> {
  const deadline = deps.clock.now().mono + takenWithinMs
  while (deps.clock.now().mono < deadline) {
    const screen = await screenOf(deps, desk)
    if (screen.kind !== 'ok' || asks(deps.look(desk.backend, screen.text))) return true
    if (!stands(deps, desk, draftOf(screen.text, screen.pane.cursor) ?? '', text)) return true
    await deps.clock.sleep(lookEveryMs)
  }
  return false
}

/** Whether a draft is this text, or what the program shows in place of a long one. */
function stands(deps: TypistDeps, desk: Desk, draft: string, text: string): boolean {
  if (draft === '') return false
  if (flat(draft).endsWith(fingerprint(text))) return true
  const marker = desk.backend.patterns.pasteMarker
  return marker !== undefined && deps.matches(`^(?:${marker})$`, draft)
}

/** The screen; a limit's menu is left first, where that was asked for and the menu says how. */
async function openScreen(deps: TypistDeps, desk: Desk): Promise<Screen> {
  const screen = await screenOf(deps, desk)
  if (!desk.leavesLimitMenu || screen.kind !== 'ok') return screen
  const key = limitMenuKey(deps, desk, screen.text)
  if (key === undefined) return screen
  const pressed = await deps.tmux.key(desk.paneId, key)
  if (pressed.kind !== 'done') return screen
  const deadline = deps.clock.now().mono + seenWithinMs
  while (deps.clock.now().mono < deadline) {
    const later = await screenOf(deps, desk)
    if (later.kind !== 'ok' || !asks(deps.look(desk.backend, later.text))) return later
    await deps.clock.sleep(lookEveryMs)
  }
  return screen
}

/** A menu's chosen row that only tries again: Gemini CLI 0.61. */
const triesAgain = /^[\s│┃|]*[●❯›]\s*\d+\.\s*(?:keep trying|try again|retry)\b/im
/** Claude Code 2.1. */
const escapes = /\besc(?:ape)? to (?:cancel|close|exit|dismiss|go back)\b/i

/** The key that leaves the menu of a limit without deciding anything, as the menu itself says; undefined: no such menu. */
function limitMenuKey(deps: TypistDeps, desk: Desk, text: string): string | undefined {
  const reading = deps.look(desk.backend, text)
  if (reading.state !== 'limited' || !asks(reading)) return undefined
  if (triesAgain.test(text)) return 'Enter'
  return escapes.test(text) ? 'Escape' : undefined
}

type Screen =
  | { kind: 'ok'; text: string; pane: PaneSight }
  | { kind: 'gone' }
  | { kind: 'unknown'; why: string }

async function screenOf(deps: TypistDeps, desk: Desk): Promise<Screen> {
  const [captured, scan] = await Promise.all([deps.tmux.capture([desk.paneId]), deps.tmux.scan()])
  if (captured.kind === 'unknown') return captured
  if (scan.kind === 'unknown') return scan
  const text = captured.text.get(desk.paneId)
  const pane = scan.kind === 'ok' ? scan.panes.find((one) => one.paneId === desk.paneId) : undefined
  return text === undefined || pane === undefined ? { kind: 'gone' } : { kind: 'ok', text, pane }
}

function isBooting(deps: TypistDeps, desk: Desk, { text, pane }: Extract<Screen, { kind: 'ok' }>): boolean {
  const age = Math.abs(deps.clock.now().wall - pane.createdAt)
  if (text.trim() === '')
    return age < blankMs || (age < composerMs && desk.backend.patterns.composer !== undefined)
  const { patterns, footerUi } = desk.backend
  if (patterns.composer === undefined || !footerUi || age >= composerMs) return false
  return !deps.matches(patterns.composer, text)
}

/** A limit menu reads `limited`, and is a dialog all the same: the claim counts. */
const asks = (reading: Reading): boolean =>
  reading.state === 'asking' || reading.claims.some((claim) => claim.says === 'asking')

function blocks(deps: TypistDeps, desk: Desk, text: string): string | undefined {
  const reading = deps.look(desk.backend, text)
  if (asks(reading)) return 'a dialog has the keyboard'
  if (reading.state === 'shell') return 'the agent has left, a shell has the prompt'
  return undefined
}

async function waitForPaste(
  deps: TypistDeps,
  desk: Desk,
  before: string,
  text: string,
): Promise<'seen' | 'unseen' | 'dialog' | 'gone'> {
  const deadline = deps.clock.now().mono + seenWithinMs
  const wanted = fingerprint(text)
  const countBefore = occurrences(flat(before), wanted)
  while (deps.clock.now().mono < deadline) {
    const captured = await deps.tmux.capture([desk.paneId])
    if (captured.kind === 'ok') {
      const screen = captured.text.get(desk.paneId)
      if (screen === undefined) return 'gone'
      if (screen !== before) {
        if (asks(deps.look(desk.backend, screen))) return 'dialog'
        if (occurrences(flat(screen), wanted) > countBefore) return 'seen'
        const marker = desk.backend.patterns.pasteMarker
        if (marker !== undefined && deps.matches(marker, screen)) return 'seen'
      }
    }
    await deps.clock.sleep(lookEveryMs)
  }
  return 'unseen'
}

/** The text's end without blanks: composers wrap and indent, and a narrow one may show only the end. */
function fingerprint(text: string): string {
  return flat(text).slice(-fingerprintLength)
}

const flat = (text: string): string => text.replace(/[\s│┃|>❯›]+/gu, '')

function occurrences(text: string, wanted: string): number {
  return wanted === '' ? 0 : text.split(wanted).length - 1
}
