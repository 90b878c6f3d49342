import {
  asks,
  blocks,
  type Desk,
  fingerprint,
  flat,
  holds,
  isBooting,
  leastBeginning,
  lookEveryMs,
  occurrences,
  type Screen,
  type SeenScreen,
  screenOf,
  type TypistDeps,
} from './desk.ts'
import { draftOf } from './draft.ts'
import { openScreen } from './limit-menu.ts'
import { pasteOf } from './paste-text.ts'
import { personAt } from './person.ts'
import { takeTurn } from './turn.ts'

export interface Letter {
  text: string
  /** What an earlier try pasted into this very pane and may still stand in its composer; `seen` there, or not. */
  standing: { text: string; seen: boolean } | undefined
  /** It was pasted as often as one may be: it is submitted where it stands, and not pasted again. */
  spent: boolean
}

/** Awaited at the two moments that must be written down before what follows them. */
export interface Scribe {
  /** Before the first byte goes out. */
  pasting(): Promise<void>
  /** The text was seen in the pane; its key comes next. */
  seen(): Promise<void>
}

export type Typed =
  /** Its key was pressed, and the composer let go of it. `sure` is false when the pane never showed the text (no echo). */
  | { kind: 'submitted'; sure: boolean; wasIdle: boolean }
  /** A dialog, a person or a running turn is in the way, or the pane cannot be read. Try again later. */
  | { kind: 'not-now'; why: string; waitsForTurn?: boolean }
  /** It stands in the composer, which does not take its key. */
  | { kind: 'kept'; why: string }
  /** It would have to be pasted once more than may be. */
  | { kind: 'spent' }
  /** Nothing can have been pasted, though `pasting` was called. */
  | { kind: 'void'; why: string }
  | { kind: 'gone' }

/** How long a try waits for a program's first composer, and how often it looks. Milliseconds. */
const drawnWithinMs = 2_000
const drawnEveryMs = 100
/** How long to wait for the pasted text to appear; a busy TUI redraws within a few frames. Milliseconds. */
const seenWithinMs = 1_500
/**
 * After the paste was seen: Gemini CLI takes an Enter within 40 ms, and the redraw that follows, for a line of the paste
 * (0.61, `recentUnsafePasteTime`). Milliseconds.
 */
const settleMs = 150
/** How long a composer may keep a text whose submit key was pressed, before the key is pressed once more. Milliseconds. */
const takenWithinMs = 1_000
const maxPresses = 2
/** Lines of a refused text that are removed at most. */
const mostCleared = 20

/**
 * Types one text into one pane: look, paste, look, exactly one submit key (F18). A paste of an earlier try that still
 * stands in the composer is only submitted, and one that stood and is gone from it was.
 */
export async function typeText(deps: TypistDeps, desk: Desk, letter: Letter, scribe: Scribe): Promise<Typed> {
  const before = await drawnScreen(deps, desk)
  if (before.kind === 'gone') return before
  if (before.kind === 'unknown') return { kind: 'not-now', why: before.why }
  const person = await personAt(deps, before.pane, desk.typingGraceMs)
  const why = blocks(deps, desk, before) ?? person
  if (why !== undefined) return { kind: 'not-now', why }
  const first = draftAt(deps, desk, before, letter)
  if (first === 'theirs') return occupied
  if (first === 'taken') return { kind: 'submitted', sure: true, wasIdle: false }
  const turn = await takeTurn(deps, desk, before)
  if (turn.kind === 'no') return { kind: 'not-now', why: turn.why, waitsForTurn: turn.waits }
  const { screen, wasIdle } = turn
  // The key that ended the turn may have put the turn's own message back (Claude Code, before a reply has begun): it is
  // not thrown away, but goes again with this one below it.
  const now = screen === before ? first : draftAt(deps, desk, screen, letter)
  if (now === 'ours') return submit(deps, desk, letter.standing?.text ?? '', { sure: true, wasIdle })
  if (letter.spent) return { kind: 'spent' }
  const text = now === 'theirs' ? `\n\n${letter.text}` : letter.text
  return paste(deps, desk, text, scribe, { text: screen.text, wasIdle })
}

const occupied: Typed = { kind: 'not-now', why: 'somebody has begun to type in its composer' }

/** Whose text stands in the composer. `taken`: ours stood there, and it is empty now. */
function draftAt(
  deps: TypistDeps,
  desk: Desk,
  screen: SeenScreen,
  { standing }: Letter,
): 'none' | 'ours' | 'theirs' | 'taken' {
  if (standing !== undefined && holds(deps, desk.backend, screen, standing.text)) return 'ours'
  // With a person there, a draft of several paragraphs is looked for, too.
  const draft = draftOf(screen.text, screen.pane.cursor, { wide: screen.pane.attached > 0 })
  if (draft === undefined) return 'none'
  if (draft === '') return standing?.seen ? 'taken' : 'none'
  return 'theirs'
}

/** The screen; a program that is about to draw its composer is waited for, rather than tried again seconds later. */
async function drawnScreen(deps: TypistDeps, desk: Desk): Promise<Screen> {
  const deadline = deps.clock.now().mono + drawnWithinMs
  for (;;) {
    const screen = await openScreen(deps, desk)
    const waits = screen.kind === 'ok' && isBooting(deps, desk, screen)
    if (!waits || deps.clock.now().mono >= deadline) return screen
    await deps.clock.sleep(drawnEveryMs)
  }
}

async function paste(
  deps: TypistDeps,
  desk: Desk,
  wanted: string,
  scribe: Scribe,
  before: { text: string; wasIdle: boolean },
): Promise<Typed> {
  await scribe.pasting()
  const text = pasteOf(wanted)
  const pasted = await deps.tmux.paste(desk.paneId, text)
  if (pasted.kind === 'gone') return { kind: 'void', why: 'it ended before the text was pasted' }
  const unsure = pasted.kind === 'failed'
  if (unsure && pasted.unsure !== true) return { kind: 'void', why: pasted.why }
  const seen = await waitForPaste(deps, desk, before.text, text)
  if (seen === 'gone') return { kind: 'gone' }
  if (seen === 'dialog') return { kind: 'not-now', why: 'a dialog opened while the text was pasted' }
  if (seen === 'unseen' && unsure)
    return { kind: 'not-now', why: `it may not have been pasted: ${pasted.why}` }
  // What was pasted while the program was replaced by another is in neither.
  if (seen === 'unseen' && (await screenOf(deps, desk)).kind === 'gone') return { kind: 'gone' }
  if (seen === 'seen') await scribe.seen()
  await deps.clock.sleep(settleMs)
  return submit(deps, desk, text, { sure: seen === 'seen', wasIdle: before.wasIdle })
}

/** Presses the submit key, and once more only where the very text still stands before the cursor of the composer. */
async function submit(
  deps: TypistDeps,
  desk: Desk,
  text: string,
  known: { sure: boolean; wasIdle: boolean },
): Promise<Typed> {
  for (let presses = 0; presses < maxPresses; presses += 1) {
    const pressed = await deps.tmux.key(desk.paneId, desk.submitKey)
    if (pressed.kind === 'gone') return pressed
    if (pressed.kind === 'failed' && pressed.unsure !== true) return { kind: 'not-now', why: pressed.why }
    const taken = await isTaken(deps, desk, text)
    if (taken === 'gone') return { kind: 'gone' }
    // A key that tmux did not answer for is known by what it did.
    const answered = pressed.kind === 'done'
    if (taken === 'yes' || (taken === 'unknown' && answered)) return { kind: 'submitted', ...known }
    if (!answered) return { kind: 'not-now', why: pressed.why }
  }
  return { kind: 'kept', why: 'its composer keeps the text: the submit key is not taken' }
}

/** Empties a composer of a text of ours that the program refuses, so that it is in nobody's way. */
export async function clearComposer(deps: TypistDeps, desk: Desk, text: string): Promise<void> {
  for (const _line of text.split('\n').slice(0, mostCleared)) {
    const screen = await screenOf(deps, desk)
    if (screen.kind !== 'ok' || screen.pane.attached > 0) return
    if (!holds(deps, desk.backend, screen, text)) return
    for (const key of ['End', 'C-u']) await deps.tmux.key(desk.paneId, key)
    await deps.clock.sleep(settleMs)
  }
}

/**
 * Whether the composer has let go of the text. One that begins as ours and goes on otherwise is ours still: a picker took
 * the key and put its own word in.
 */
async function isTaken(
  deps: TypistDeps,
  desk: Desk,
  text: string,
): Promise<'yes' | 'no' | 'unknown' | 'gone'> {
  const deadline = deps.clock.now().mono + takenWithinMs
  while (deps.clock.now().mono < deadline) {
    const screen = await screenOf(deps, desk)
    if (screen.kind !== 'ok') return screen.kind
    if (asks(deps.look(desk.backend, screen.text))) return 'yes'
    const draft = draftOf(screen.text, screen.pane.cursor)
    const isOurs = holds(deps, desk.backend, screen, text) || beginsAs(draft, text)
    if (!isOurs) return draft === undefined ? 'unknown' : 'yes'
    await deps.clock.sleep(lookEveryMs)
  }
  return 'no'
}

function beginsAs(draft: string | undefined, text: string): boolean {
  const begin = flat(text).slice(0, leastBeginning)
  return begin.length === leastBeginning && flat(draft ?? '').startsWith(begin)
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
