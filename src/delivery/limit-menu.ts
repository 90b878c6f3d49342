import { asks, type Desk, lookEveryMs, type Screen, screenOf, type TypistDeps } from './desk.ts'

/** How long a menu may take to go. Milliseconds. */
const leftWithinMs = 1_500

/** The screen; a limit's menu is left first, where that was asked for and the menu says how. */
export async function openScreen(deps: TypistDeps, desk: Desk): Promise<Screen> {
  const screen = await screenOf(deps, desk)
  if (!desk.leavesLimitMenu || screen.kind !== 'ok') return screen
  const key = limitMenuKey(deps, desk, screen.text)
  if (key === undefined) return screen
  const pressed = await deps.tmux.key(desk.paneId, key)
  if (pressed.kind !== 'done') return screen
  const deadline = deps.clock.now().mono + leftWithinMs
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
