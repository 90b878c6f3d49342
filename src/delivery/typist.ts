import type { Tmux } from '../adapters/tmux/types.ts'
import type { BackendSpec, Clock, Reading } from '../core/index.ts'

/** Where to type and how. */
export interface Desk {
  paneId: string
  backend: BackendSpec
  submitKey: string
}

export type Typed =
  /** Pasted, seen, submitted. `sure` is false when the pane never showed the text (no echo). */
  | { kind: 'submitted'; sure: boolean }
  /** Nothing was typed: a dialog has the keyboard or the pane cannot be read. Try again later. */
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
/** After the paste was seen: some TUIs take an Enter that arrives in the same read as the paste for part of it. */
const settleMs = 60
const fingerprintLength = 24

/**
 * Types one text into one pane: paste, look, exactly one submit key (F18). `beforePaste` is awaited before the first
 * byte goes out, so that the caller can write down that it may have arrived.
 */
export async function typeText(
  deps: TypistDeps,
  desk: Desk,
  text: string,
  beforePaste: () => Promise<void>,
): Promise<Typed> {
  const before = await screenOf(deps, desk)
  if (before.kind !== 'ok')
    return before.kind === 'gone' ? { kind: 'gone' } : { kind: 'not-now', why: before.why }
  const dialog = blocks(deps, desk, before.text)
  if (dialog !== undefined) return { kind: 'not-now', why: dialog }
  await beforePaste()
  const pasted = await deps.tmux.paste(desk.paneId, text)
  if (pasted.kind === 'gone') return { kind: 'gone' }
  if (pasted.kind === 'failed') return { kind: 'not-now', why: pasted.why }
  const seen = await waitForPaste(deps, desk, before.text, text)
  if (seen === 'gone') return { kind: 'gone' }
  if (seen === 'dialog') return { kind: 'not-now', why: 'a dialog opened while the text was pasted' }
  await deps.clock.sleep(settleMs)
  const pressed = await deps.tmux.key(desk.paneId, desk.submitKey)
  if (pressed.kind === 'gone') return { kind: 'gone' }
  if (pressed.kind === 'failed') return { kind: 'not-now', why: pressed.why }
  return { kind: 'submitted', sure: seen === 'seen' }
}

type Screen = { kind: 'ok'; text: string } | { kind: 'gone' } | { kind: 'unknown'; why: string }

async function screenOf(deps: TypistDeps, desk: Desk): Promise<Screen> {
  const captured = await deps.tmux.capture([desk.paneId])
  if (captured.kind === 'unknown') return captured
  const text = captured.text.get(desk.paneId)
  return text === undefined ? { kind: 'gone' } : { kind: 'ok', text }
}

function blocks(deps: TypistDeps, desk: Desk, text: string): string | undefined {
  const reading = deps.look(desk.backend, text)
  if (reading.state === 'asking') return 'a dialog has the keyboard'
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
    const screen = await screenOf(deps, desk)
    if (screen.kind === 'gone') return 'gone'
    if (screen.kind === 'ok' && screen.text !== before) {
      if (deps.look(desk.backend, screen.text).state === 'asking') return 'dialog'
      if (occurrences(flat(screen.text), wanted) > countBefore) return 'seen'
      const marker = desk.backend.patterns.pasteMarker
      if (marker !== undefined && deps.matches(marker, screen.text)) return 'seen'
    }
    await deps.clock.sleep(lookEveryMs)
  }
  return 'unseen'
}

/** The text's end without blanks: composers wrap and indent, and a narrow one may show only the end. */
function fingerprint(text: string): string {
  return flat(text).slice(-fingerprintLength)
}

const flat = (text: string): string => text.replace(/[\s│┃|>❯]+/gu, '')

function occurrences(text: string, wanted: string): number {
  return wanted === '' ? 0 : text.split(wanted).length - 1
}
