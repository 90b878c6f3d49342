import {
  asks,
  type Desk,
  isWorking,
  lookEveryMs,
  type SeenScreen,
  screenOf,
  type TypistDeps,
} from './desk.ts'

/** How long a turn may take to end after its key. Milliseconds. */
const endsWithinMs = 10_000
/** How long the screen must stay as it is before the turn counts as ended. Milliseconds. */
const restMs = 300
/** opencode 1.18: the first key only asks. */
const wantsItAgain = /\besc (?:again )to interrupt\b/i

export type Turn =
  | { kind: 'yes'; screen: SeenScreen; wasIdle: boolean }
  /** `waits`: nothing is wrong, its turn is not over. */
  | { kind: 'no'; why: string; waits: boolean }

/**
 * Sees to it that the message may go in now: that nothing runs, or that what runs may be steered, or ends it.
 * @returns why not, if not
 */
export async function takeTurn(deps: TypistDeps, desk: Desk, screen: SeenScreen): Promise<Turn> {
  if (desk.when === 'now') return { kind: 'yes', screen, wasIdle: !isWorking(deps, desk, screen.text) }
  if (!isWorking(deps, desk, screen.text)) return { kind: 'yes', screen, wasIdle: true }
  if (desk.when === 'steer' && desk.backend.steers) return { kind: 'yes', screen, wasIdle: false }
  if (desk.when !== 'interrupt' || desk.backend.interruptKey === undefined)
    return { kind: 'no', why: whyNot(desk), waits: true }
  return endTurn(deps, desk, desk.backend.interruptKey)
}

const no = (why: string): Turn => ({ kind: 'no', why, waits: false })

function whyNot({ when, backend }: Desk): string {
  const waits = 'it works; the message waits for the end of its turn'
  if (when === 'steer') return `${waits} (${backend.name} is not known to take one before)`
  return when === 'interrupt' ? `${waits} (no key of ${backend.name} is known that ends it)` : waits
}

/** Presses the key once, and once more only where the screen asks for that; then waits until the screen rests. */
export async function endTurn(deps: TypistDeps, desk: Desk, key: string): Promise<Turn> {
  let pressed = await deps.tmux.key(desk.paneId, key)
  if (pressed.kind !== 'done') return no('the key that ends its turn could not be pressed')
  let asked = false
  let last: { text: string; since: number } | undefined
  const deadline = deps.clock.now().mono + endsWithinMs
  while (deps.clock.now().mono < deadline) {
    await deps.clock.sleep(lookEveryMs)
    const seen = await screenOf(deps, desk)
    if (seen.kind === 'gone') return no('it has gone')
    if (seen.kind === 'unknown') continue
    const now = deps.clock.now().mono
    if (last?.text !== seen.text) last = { text: seen.text, since: now }
    const reading = deps.look(desk.backend, seen.text)
    if (asks(reading)) return no('a dialog opened when its turn was interrupted')
    if (!asked && wantsItAgain.test(seen.text)) {
      asked = true
      pressed = await deps.tmux.key(desk.paneId, key)
    } else if (reading.state !== 'working' && now - last.since >= restMs)
      return { kind: 'yes', screen: seen, wasIdle: true }
  }
  return no('its turn was interrupted and goes on')
}
