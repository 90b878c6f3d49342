import type { Tmux } from '../adapters/tmux/types.ts'
import type { Clock } from '../core/index.ts'
import { sanitisePaste } from '../core/text.ts'
import { highlighted } from './highlight.ts'
import type { Dialog, MenuOption } from './types.ts'

export interface HandDeps {
  tmux: Pick<Tmux, 'capture' | 'captureStyled' | 'key' | 'type' | 'paste'>
  clock: Clock
  /** The dialog on a screen, whoever asks; and whether the screen reads as asking. */
  read: (screen: string) => { dialog: Dialog; asks: boolean }
  /** Whether the pane's process has ended, and what it drew last still stands there. */
  ended: (paneId: string) => boolean
  /** Awaited before the key that decides. */
  decides: () => Promise<void>
}

/** What is to be chosen, in which dialog; `text`: typed where no options are offered. */
export interface Wanted {
  paneId: string
  fingerprint: string
  answer: { kind: 'option'; option: MenuOption } | { kind: 'text'; text: string }
}

export type Given =
  /** The dialog has gone after the answer. */
  | { kind: 'given' }
  /** Another dialog, or none: nothing was decided. */
  | { kind: 'changed'; why: string }
  /** It does not do as it should, or still stands after the answer. */
  | { kind: 'stuck'; why: string }
  | { kind: 'gone' }

/** How long a key may take to show; a busy TUI redraws within a few frames. Milliseconds. */
const movedWithinMs = 1_500
/**
 * How long a dialog may stand after its answer: some programs do the work before they draw. Longer where the screen has
 * changed since: Gemini CLI 0.61 keeps its trust dialog while it starts itself anew, which takes a busy machine half a
 * minute. Milliseconds.
 */
const goneWithinMs = 5_000
const restartsWithinMs = 60_000
const lookEveryMs = 25
/** Once it takes longer than a redraw. Milliseconds. */
const calmAfterMs = 2_000
const calmEveryMs = 250
/** A cursor that stands still for two frames has arrived. Milliseconds. */
const settleMs = 80

type Seen =
  | { kind: 'ok'; screen: string; dialog: Dialog; asks: boolean }
  | { kind: 'gone' }
  | { kind: 'unknown'; why: string }

/**
 * Gives one answer: reads the cursor, moves it one key at a time, reads it again after each, and presses Enter only
 * where the wanted option is under it at two looks. Whatever changes meanwhile ends it with nothing decided.
 */
export async function giveAnswer(deps: HandDeps, wanted: Wanted): Promise<Given> {
  const seen = await same(deps, wanted)
  if (seen.kind !== 'ok') return seen
  if (wanted.answer.kind === 'text') return giveText(deps, wanted, wanted.answer.text, seen.screen)
  const { option } = wanted.answer
  const index = seen.dialog.options.findIndex(
    (one) => one.number === option.number && one.label === option.label,
  )
  if (index === -1) return { kind: 'changed', why: `"${option.label}" is no option of it any more` }
  const { how } = seen.dialog
  if (how === 'text') return { kind: 'stuck', why: 'its options cannot be read' }
  if (how === 'down' || how === 'across') {
    const there = await moveTo(deps, wanted, index, how)
    return there.kind === 'ok' ? decide(deps, wanted, 'Enter', there.screen, index) : there
  }
  const key = option.key ?? ''
  if (how === 'key') return decide(deps, wanted, key, seen.screen)
  const typed = await press(deps, wanted.paneId, key)
  return typed.kind === 'done' ? decide(deps, wanted, 'Enter', seen.screen) : failed(typed)
}

/** The screen with the wanted dialog on it, or why not. */
async function same(deps: HandDeps, wanted: Wanted): Promise<Extract<Seen, { kind: 'ok' }> | Given> {
  const seen = await look(deps, wanted.paneId)
  if (seen.kind === 'gone') return seen
  if (seen.kind === 'unknown') return { kind: 'stuck', why: seen.why }
  if (seen.dialog.fingerprint === wanted.fingerprint) return seen
  return { kind: 'changed', why: 'the dialog is another one now' }
}

async function look(deps: HandDeps, paneId: string): Promise<Seen> {
  if (deps.ended(paneId)) return { kind: 'gone' }
  const captured = await deps.tmux.capture([paneId])
  if (captured.kind === 'unknown') return captured
  const screen = captured.text.get(paneId)
  if (screen === undefined) return { kind: 'gone' }
  const { dialog, asks } = deps.read(screen)
  if (dialog.how !== 'across' || dialog.cursor !== undefined) return { kind: 'ok', screen, dialog, asks }
  const styled = await deps.tmux.captureStyled(paneId)
  if (styled.kind !== 'ok') return styled
  const row = styled.text.split('\n')[dialog.first] ?? ''
  const cursor = highlighted(
    row,
    dialog.options.map((one) => one.label),
  )
  return { kind: 'ok', screen, dialog: { ...dialog, cursor }, asks }
}

async function moveTo(
  deps: HandDeps,
  wanted: Wanted,
  index: number,
  how: 'down' | 'across',
): Promise<Extract<Seen, { kind: 'ok' }> | Given> {
  const [forth, back] = how === 'down' ? ['Down', 'Up'] : ['Right', 'Left']
  let seen = await same(deps, wanted)
  for (let steps = 0; seen.kind === 'ok'; steps += 1) {
    const { cursor, options } = seen.dialog
    if (cursor === undefined) return { kind: 'stuck', why: 'where its cursor is cannot be seen' }
    if (cursor === index) {
      await deps.clock.sleep(settleMs)
      const again = await same(deps, wanted)
      if (again.kind !== 'ok' || again.dialog.cursor === index) return again
      seen = again
      continue
    }
    if (steps > 2 * options.length) return { kind: 'stuck', why: 'its cursor does not get to the option' }
    const pressed = await deps.tmux.key(wanted.paneId, cursor < index ? forth! : back!)
    if (pressed.kind !== 'done') return failed(pressed)
    seen = await moved(deps, wanted, cursor)
  }
  return seen
}

/** The screen once the cursor has left its place. */
async function moved(
  deps: HandDeps,
  wanted: Wanted,
  from: number,
): Promise<Extract<Seen, { kind: 'ok' }> | Given> {
  const deadline = deps.clock.now().mono + movedWithinMs
  while (deps.clock.now().mono < deadline) {
    const seen = await same(deps, wanted)
    // A frame that is drawn half has no cursor, or looks like another dialog: only the last look counts.
    if (
      seen.kind === 'gone' ||
      (seen.kind === 'ok' && seen.dialog.cursor !== undefined && seen.dialog.cursor !== from)
    )
      return seen
    await deps.clock.sleep(lookEveryMs)
  }
  const last = await same(deps, wanted)
  return last.kind === 'ok' ? { kind: 'stuck', why: 'its cursor does not move' } : last
}

async function decide(
  deps: HandDeps,
  wanted: Wanted,
  key: string,
  before: string,
  at?: number,
): Promise<Given> {
  await deps.decides()
  const pressed = await press(deps, wanted.paneId, key)
  return pressed.kind === 'done' ? confirm(deps, wanted, before, at) : failed(pressed)
}

/** A key by its tmux name, or one character. */
const press = (deps: HandDeps, paneId: string, key: string): ReturnType<Tmux['key']> =>
  [...key].length === 1 ? deps.tmux.type(paneId, key) : deps.tmux.key(paneId, key)

const failed = (done: Exclude<Awaited<ReturnType<Tmux['key']>>, { kind: 'done' }>): Given =>
  done.kind === 'gone' ? done : { kind: 'stuck', why: done.why }

/**
 * Waits until the dialog has gone: another one, none, a screen that does not ask; or the same question anew, whose cursor
 * is back where it begins.
 */
async function confirm(deps: HandDeps, wanted: Wanted, before: string, at?: number): Promise<Given> {
  const from = deps.clock.now().mono
  let withinMs = goneWithinMs
  while (deps.clock.now().mono - from < withinMs) {
    const seen = await look(deps, wanted.paneId)
    if (seen.kind === 'gone' || (seen.kind === 'ok' && hasLeft(seen, wanted, before, at)))
      return { kind: 'given' }
    if (seen.kind === 'ok' && seen.screen !== before) withinMs = restartsWithinMs
    await deps.clock.sleep(deps.clock.now().mono - from < calmAfterMs ? lookEveryMs : calmEveryMs)
  }
  return { kind: 'stuck', why: 'it still stands after the answer' }
}

function hasLeft(
  { dialog, asks, screen }: Extract<Seen, { kind: 'ok' }>,
  wanted: Wanted,
  before: string,
  at: number | undefined,
): boolean {
  if (dialog.fingerprint !== wanted.fingerprint || (!asks && screen !== before)) return true
  return at !== undefined && dialog.cursor !== undefined && dialog.cursor !== at
}

/** Types an answer where no options are offered: pasted, seen, one Enter. */
async function giveText(deps: HandDeps, wanted: Wanted, text: string, before: string): Promise<Given> {
  const pasted = await deps.tmux.paste(wanted.paneId, sanitisePaste(text))
  if (pasted.kind !== 'done') return failed(pasted)
  const deadline = deps.clock.now().mono + movedWithinMs
  for (;;) {
    const seen = await look(deps, wanted.paneId)
    if (seen.kind === 'gone') return seen
    if (seen.kind === 'ok' && seen.screen !== before) return decideText(deps, wanted, seen.screen)
    if (deps.clock.now().mono >= deadline) return { kind: 'stuck', why: 'the text does not show' }
    await deps.clock.sleep(lookEveryMs)
  }
}

async function decideText(deps: HandDeps, wanted: Wanted, shown: string): Promise<Given> {
  await deps.clock.sleep(settleMs)
  await deps.decides()
  const pressed = await deps.tmux.key(wanted.paneId, 'Enter')
  if (pressed.kind !== 'done') return failed(pressed)
  const deadline = deps.clock.now().mono + goneWithinMs
  while (deps.clock.now().mono < deadline) {
    const seen = await look(deps, wanted.paneId)
    if (seen.kind === 'gone' || (seen.kind === 'ok' && seen.screen !== shown)) return { kind: 'given' }
    await deps.clock.sleep(lookEveryMs)
  }
  return { kind: 'stuck', why: 'the text still stands after Enter' }
}
