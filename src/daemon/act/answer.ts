import { screenBackend } from '../../backends/worker-screen.ts'
import { crashPoint } from '../../core/crash-point.ts'
import type { AgentSpec, BackendSpec, PaneSight } from '../../core/index.ts'
import { personAt } from '../../delivery/person.ts'
import { findDialog } from '../../dialogs/find.ts'
import { type Given, giveAnswer, type HandDeps, type Wanted } from '../../dialogs/hand.ts'
import type { Dialog } from '../../dialogs/types.ts'
import type { Action, ActionOutcome } from '../../watchdog/types.ts'
import type { Crew } from '../engine.ts'
import { choiceFor, isAsking, programOf } from '../look/asking.ts'

/** The answer that a rule of the config allows. What stands on the screen now decides, not what was decided on. */
export async function answerByRule(
  crew: Crew,
  spec: AgentSpec,
  action: Extract<Action, { kind: 'answer' }>,
): Promise<ActionOutcome | undefined> {
  const { world, observer } = crew
  const seen = observer.sighting(spec)
  const dialog = observer.dialog(spec)
  const choice = dialog === undefined ? undefined : choiceFor(world, spec, dialog)
  if (seen.kind !== 'alive' || dialog?.fingerprint !== action.fingerprint || choice?.kind !== 'answer')
    return later(spec, 'the dialog is another one now')
  if (choice.rule.id !== action.rule || choice.option.label !== action.option)
    return later(spec, 'the rules have changed meanwhile')
  const typing = await personAt(world, seen.pane, world.fleet().watchdog.typingGraceMs)
  if (typing !== undefined) return later(spec, typing)
  const answer = { kind: 'option', option: choice.option } as const
  const given = await give(crew, spec, seen.pane, dialog, answer, { rule: action.rule })
  if (given.kind === 'changed') return later(spec, given.why)
  if (given.kind === 'stuck')
    return { agent: spec.name, action: 'answer', ok: false, retryable: false, because: given.why }
  return undefined
}

/** Nothing was decided: it is tried again a moment later. */
const later = (spec: AgentSpec, because: string): ActionOutcome => ({
  agent: spec.name,
  action: 'answer',
  ok: false,
  retryable: true,
  withdrawn: true,
  because,
})

/** Gives an answer and writes down what came of it, whoever decided on it. */
export async function give(
  crew: Crew,
  spec: AgentSpec,
  pane: PaneSight,
  dialog: Dialog,
  answer: Wanted['answer'],
  by: { rule: string } | { by: string },
): Promise<Given> {
  const { world } = crew
  const backend = screenBackend(world.fleet(), spec)
  if (backend === undefined) return { kind: 'stuck', why: `it has no backend "${spec.backend}"` }
  const option = answer.kind === 'option' ? answer.option.label : answer.text
  const { id, kind, fingerprint } = dialog
  const about = { agent: spec.name, dialog: id, sort: kind, fingerprint, option, ...by }
  const deps = handDeps(crew, spec, backend, () => {
    world.report({
      kind: 'answer',
      ...about,
      because: dialog.question,
      evidence: dialog.text.split('\n').slice(-12),
    })
  })
  const given = await giveAnswer(deps, { paneId: pane.paneId, fingerprint: dialog.fingerprint, answer })
  crashPoint('dialog.answered')
  const why = 'why' in given ? given.why : given.kind === 'gone' ? 'its pane is gone' : undefined
  world.report({
    kind: given.kind === 'given' ? 'answered' : 'answer-failed',
    ...about,
    ...(why && { because: why }),
  })
  return given
}

function handDeps(crew: Crew, spec: AgentSpec, backend: BackendSpec, record: () => void): HandDeps {
  const { world, observer } = crew
  return {
    tmux: world.tmux,
    clock: world.clock,
    read: (screen) => ({
      dialog: findDialog(screen, programOf(backend)),
      asks: isAsking(observer.read(backend, screen)),
    }),
    ended: (paneId) => {
      const seen = observer.sighting(spec)
      return seen.kind === 'dead' && seen.pane.paneId === paneId
    },
    decides: async () => {
      crashPoint('dialog.moved')
      record()
      // On disk before the key: whatever happens then, who pressed what can be read.
      await world.events.flush()
      crashPoint('dialog.recorded')
    },
  }
}
