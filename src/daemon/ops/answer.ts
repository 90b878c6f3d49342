import {
  type AgentSpec,
  type AnswerReport,
  type AskingReport,
  type AskReport,
  Exit,
  UserError,
} from '../../core/index.ts'
import { visible } from '../../core/text.ts'
import { draftOf } from '../../delivery/draft.ts'
import { allDangers } from '../../dialogs/danger.ts'
import { pick } from '../../dialogs/pick.ts'
import type { Dialog } from '../../dialogs/types.ts'
import { whyAsked } from '../../watchdog/dialog.ts'
import { give } from '../act/answer.ts'
import type { Desk } from '../control/local.ts'
import { agentsOf } from '../control/targets.ts'
import type { Engine } from '../engine.ts'
import { askOf, choiceFor } from '../look/asking.ts'

/** Rows of the screen that are shown when an answer did not close the dialog. */
const shownRows = 40

/** Every agent that waits for a person, at a dialog or at a limit, in the order of the config. */
export function asksOf(engine: Engine): AskReport[] {
  const { world } = engine.crew()
  return world.fleet().agents.flatMap((spec) => {
    const dialog = engine.crew().observer.dialog(spec)
    if (dialog !== undefined) return [askReport(engine, spec, dialog)]
    return limitAsk(engine, spec) ?? []
  })
}

/** A limit that no time lifts, or `on_limit = "ask"`: no dialog is there, and `agents resume` is the answer. */
function limitAsk(engine: Engine, spec: AgentSpec): AskReport | undefined {
  const memory = engine.memory().agents[spec.name]
  if (memory?.life !== 'held' || memory.hold?.asks === undefined) return undefined
  const text = visible(memory.hold.text)
  const why =
    memory.hold.asks === 'blocked' ? 'no time lifts this limit' : 'on_limit = "ask" leaves it to a person'
  return {
    agent: spec.name,
    backend: spec.backend,
    dialog: 'limit',
    kind: 'limit',
    question: text,
    since: memory.lifeSince,
    text,
    several: false,
    options: [],
    policy: { why },
  }
}

/** The dialog of one agent in short. */
export function askingOf(engine: Engine, spec: AgentSpec): AskingReport | undefined {
  const dialog = engine.crew().observer.dialog(spec)
  if (dialog === undefined) return undefined
  const { id, kind, question, fingerprint } = dialog
  const known = engine.memory().agents[spec.name]?.asking
  return {
    dialog: id,
    kind,
    question: visible(question),
    since: known?.fingerprint === fingerprint ? known.since : undefined,
  }
}

function askReport(engine: Engine, spec: AgentSpec, dialog: Dialog): AskReport {
  return {
    agent: spec.name,
    backend: spec.backend,
    ...askingOf(engine, spec)!,
    text: dialog.text,
    several: dialog.several,
    options: dialog.options.map((option, index) => ({
      number: option.number,
      label: option.label,
      more: option.more,
      chosen: dialog.cursor === index,
      dangers: allDangers(dialog, option),
    })),
    policy: policyOf(engine, spec, dialog),
  }
}

function policyOf(engine: Engine, spec: AgentSpec, dialog: Dialog): AskReport['policy'] {
  const { world } = engine.crew()
  const choice = choiceFor(world, spec, dialog)
  const told = askOf(world, spec, dialog)!
  const why = whyAsked(engine.memory().agents[spec.name], told.choice, world.clock.now().mono)
  const option = choice.kind === 'answer' ? choice.option.label : undefined
  return { rule: choice.rule?.id, option, why }
}

/**
 * Gives an answer that a person chose, in the agent's lane.
 * @throws {UserError} ANSWER_NOTHING, exit 1; ANSWER_OPTION, ANSWER_DANGER, exit 2: no key was pressed
 */
export async function answerAgent(
  desk: Desk,
  name: string,
  words: string,
  yes: boolean,
): Promise<AnswerReport> {
  const { engine } = desk
  const { world, observer, lanes } = engine.crew()
  const spec = agentsOf(world.fleet(), [name])[0]!
  return lanes.run(spec.name, 'answer', async () => {
    await observer.scan()
    await observer.look([spec], true)
    const seen = observer.sighting(spec)
    const dialog = observer.dialog(spec)
    if (seen.kind !== 'alive' || dialog === undefined) throw nothingAsked(name, seen.kind)
    const picked = pick(dialog, words, yes)
    if (picked.kind === 'refused') throw refused(name, dialog, picked)
    if (picked.kind === 'text' && !(await takesText(desk, spec))) throw attachInstead(name, dialog)
    const given = await give(engine.crew(), spec, seen.pane, dialog, picked, { by: 'operator' })
    return report(desk, spec, dialog, picked.kind === 'text' ? words : picked.option.label, given)
  })
}

async function report(
  desk: Desk,
  spec: AgentSpec,
  dialog: Dialog,
  answer: string,
  given: Awaited<ReturnType<typeof give>>,
): Promise<AnswerReport> {
  const about = { agent: spec.name, dialog: dialog.id, kind: dialog.kind, answer }
  if (given.kind === 'given')
    return { ...about, result: 'answered', detail: `"${answer}" was given, and the dialog went` }
  const why = given.kind === 'gone' ? 'its pane is gone' : given.why
  return { ...about, result: 'failed', detail: why, screen: await screenOf(desk, spec) }
}

async function screenOf(desk: Desk, spec: AgentSpec): Promise<string | undefined> {
  const { world, observer } = desk.engine.crew()
  const pane = observer.pane(spec.name, spec.session)
  const captured = pane === undefined ? undefined : await world.tmux.capture([pane.paneId])
  const text = captured?.kind === 'ok' ? captured.text.get(pane!.paneId) : undefined
  return text === undefined
    ? undefined
    : visible(text.split('\n').slice(-shownRows).join('\n'), { newlines: true })
}

/**
 * Whether the terminal's cursor stands where text is typed: in a composer, or behind a question. Elsewhere Enter would
 * choose what nobody has read.
 */
async function takesText(desk: Desk, spec: AgentSpec): Promise<boolean> {
  const { world, observer } = desk.engine.crew()
  const pane = observer.pane(spec.name, spec.session)
  const captured = pane === undefined ? undefined : await world.tmux.capture([pane.paneId])
  const text = captured?.kind === 'ok' ? captured.text.get(pane!.paneId) : undefined
  if (pane === undefined || text === undefined) return false
  const row = (text.split('\n')[pane.cursor.row] ?? '').slice(0, pane.cursor.column)
  return draftOf(text, pane.cursor) === '' || /[:?>❯›»]\s*$/u.test(row)
}

function nothingAsked(name: string, sight: string): UserError {
  return new UserError({
    code: 'ANSWER_NOTHING',
    what: sight === 'alive' ? `${name} asks nothing.` : `${name} is not running.`,
    fix: 'agents asks lists who asks, and what.',
  })
}

function refused(
  name: string,
  dialog: Dialog,
  { code, why }: { code: 'ANSWER_OPTION' | 'ANSWER_DANGER'; why: string },
): UserError {
  const options = dialog.options.map(({ number, label }) => `${number} "${label}"`).join(', ')
  const fix =
    code === 'ANSWER_DANGER'
      ? `Write its whole label, or add --yes: agents answer ${name} … --yes.`
      : `Options: ${options}.`
  return new UserError({ code, what: `${why}; nothing was pressed.`, fix, exit: Exit.usage })
}

function attachInstead(name: string, dialog: Dialog): UserError {
  const first = dialog.question === '' ? '' : ` ("${visible(dialog.question).slice(0, 80)}")`
  return new UserError({
    code: 'ANSWER_UNREADABLE',
    what: `${name} asks${first}, but neither options nor an input line can be read on its screen; nothing was pressed.`,
    fix: `Answer it there: agents attach ${name}.`,
  })
}
