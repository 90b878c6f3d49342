import type { AgentSpec, BackendSpec, Reading } from '../../core/index.ts'
import { type Choice, chooseByPolicy } from '../../dialogs/choose.ts'
import type { Dialog } from '../../dialogs/types.ts'
import type { AskSeen } from '../../watchdog/types.ts'
import type { World } from '../world.ts'

/** A dialog has the keyboard. A limit's menu reads `limited`, and is a dialog all the same: the claim counts. */
export const isAsking = (reading: Reading): boolean =>
  reading.state === 'asking' ||
  (reading.state === 'limited' && reading.claims.some((claim) => claim.says === 'asking'))

/** The part of the catalogue that a backend's dialogs are looked up in. */
export const programOf = (backend: BackendSpec): string => backend.preset ?? backend.name

/** What the rules of the config in force say to a dialog. */
export function choiceFor(world: World, spec: AgentSpec, dialog: Dialog): Choice {
  const matches = (source: string, text: string): boolean => world.regex.exec(source, text).kind === 'match'
  const asked = { agent: spec.name, backend: spec.backend, dialog }
  return chooseByPolicy(world.fleet().policies, asked, matches)
}

/** The dialog as `decide` is told of it. */
export function askOf(world: World, spec: AgentSpec, dialog: Dialog | undefined): AskSeen | undefined {
  if (dialog === undefined) return undefined
  const choice = choiceFor(world, spec, dialog)
  return {
    fingerprint: dialog.fingerprint,
    dialog: dialog.id,
    kind: dialog.kind,
    question: dialog.question,
    choice:
      choice.kind === 'ask'
        ? { kind: 'ask', why: choice.why }
        : {
            kind: 'answer',
            rule: choice.rule.id,
            option: choice.option.label,
            maxPerHour: choice.rule.maxPerHour,
          },
  }
}
