import { Exit, UserError } from '../../core/errors.ts'
import { visible } from '../../core/text.ts'
import type { FleetControl, PhaseSight } from '../../daemon/control/control.ts'
import { toJson } from '../text.ts'
import type { CliDeps, Command, Invocation } from '../types.ts'
import { withFleet } from '../with-fleet.ts'

const WORDS = ['show', 'next', 'set', 'why']

export const command: Command = async (call, deps) => {
  const word = call.args[0] ?? 'show'
  checkWords(call, word)
  return withFleet(call, deps, async ({ control }) => {
    const view = await control.phase()
    if (view.phases.length === 0) return print(view, 'no [loop].phases configured', call, deps)
    if (word === 'show') return print(view, showText(view), call, deps)
    if (word === 'why') return print(view, whyText(view), call, deps)
    const to =
      word === 'next' ? Math.min(view.index + 1, view.phases.length - 1) : target(call.args[1]!, view)
    return move(control, view, to, call, deps)
  })
}

async function move(control: FleetControl, view: PhaseSight, to: number, call: Invocation, deps: CliDeps) {
  const atEnd = call.args[0] === 'next' && to === view.index
  const moved = atEnd ? view : await control.setPhase(view.index, to, 'operator')
  const note = atEnd ? '\n  it is the last phase already; nothing was changed' : doneAlready(moved)
  return print(moved, `phase idx now ${moved.index} (${moved.phases[moved.index]!.id})${note}`, call, deps)
}

/** Otherwise it looks as if nothing had been set: the marker that ended the phase once ends it again, within a second. */
const doneAlready = (view: PhaseSight): string =>
  view.done
    ? `\n  it is done already (${view.why}), and with auto_advance it is left again at once: take the marker out and push that first`
    : ''

function checkWords(call: Invocation, word: string): void {
  const wanted = word === 'set' ? 2 : 1
  if (WORDS.includes(word) && call.args.length <= wanted && (word !== 'set' || call.args.length === 2)) return
  throw new UserError({
    code: 'CLI_ARGUMENTS',
    what:
      word === 'set'
        ? 'agents phase set needs the number of a phase.'
        : `agents phase ${call.args.join(' ')} is not understood.`,
    fix: 'Write agents phase, agents phase next, agents phase set N, or agents phase why.',
    exit: Exit.usage,
  })
}

/** A position from 0, as the state file has it, or a phase's id. Never clamped: a typing error must not move a fleet. */
function target(text: string, view: PhaseSight): number {
  const byId = view.phases.findIndex((phase) => phase.id === text)
  const index = /^\d{1,9}$/.test(text) ? Number(text) : byId
  if (index >= 0 && index < view.phases.length) return index
  throw new UserError({
    code: 'PHASE_RANGE',
    what: `There is no phase ${text}; nothing was changed.`,
    fix: `Write 0 to ${view.phases.length - 1}, or an id: ${view.phases.map((phase) => phase.id).join(', ')}.`,
    exit: Exit.usage,
  })
}

function showText(view: PhaseSight): string {
  const at = view.phases[view.index]!
  return `phase ${at.id} [${view.index + 1}/${view.phases.length}] seq: ${view.phases.map((phase) => phase.id).join(' ')}`
}

function whyText(view: PhaseSight): string {
  const state = view.complete ? 'the sequence is complete' : view.done ? 'is done' : 'is in progress'
  return `${showText(view)}\n  ${state}: ${view.why}`
}

async function print(view: PhaseSight, text: string, call: Invocation, deps: CliDeps) {
  const shown = text.split('\n').map((line) => visible(line))
  await deps.io.out(call.options.json === true ? toJson(phaseJson(view)) : `${shown.join('\n')}\n`)
  return Exit.done
}

function phaseJson(view: PhaseSight): object {
  const id = view.phases[view.index]?.id
  const position = view.phases.length === 0 ? 0 : view.index + 1
  return { version: 1, id, position, total: view.phases.length, ...view }
}
