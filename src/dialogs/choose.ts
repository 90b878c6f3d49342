import type { PolicySpec } from '../core/index.ts'
import { type Danger, dangersOf, named } from './danger.ts'
import { straight } from './identify.ts'
import type { Dialog, MenuOption } from './types.ts'

/** Searches a pattern under the regex deadline; false when it did not come to an end. */
export type Matches = (source: string, text: string) => boolean

export type Choice =
  /** The rule that applies allows this option. */
  | { kind: 'answer'; rule: PolicySpec; option: MenuOption }
  /** Nobody may answer but a person. */
  | { kind: 'ask'; rule: PolicySpec | undefined; why: string }

/** What the first rule that is about this dialog says. Without a rule: a person. */
export function chooseByPolicy(
  rules: readonly PolicySpec[],
  asked: { agent: string; backend: string; dialog: Dialog },
  matches: Matches,
): Choice {
  const rule = rules.find((one) => isAbout(one, asked, matches))
  if (rule === undefined) return { kind: 'ask', rule, why: 'no [[policy]] is about this dialog' }
  const { dialog } = asked
  if (dialog.several) return { kind: 'ask', rule, why: 'several options can be ticked' }
  const found = offered(rule, dialog.options, matches)
  if (found.length === 0) return { kind: 'ask', rule, why: `no option is ${said(rule)}` }
  if (found.length > 1) return { kind: 'ask', rule, why: `${found.length} options are ${said(rule)}` }
  const option = found[0]!
  const left = unnamed(rule, dialog, option)
  if (left.length === 0) return { kind: 'answer', rule, option }
  return { kind: 'ask', rule, why: `"${option.label}" is ${left.join(', ')}, which the policy does not name` }
}

function isAbout(
  rule: PolicySpec,
  { agent, backend, dialog }: { agent: string; backend: string; dialog: Dialog },
  matches: Matches,
): boolean {
  if (rule.agents !== undefined && !rule.agents.includes(agent)) return false
  if (rule.backend !== undefined && rule.backend !== backend) return false
  // What the catalogue does not know is answered only by a rule that says so.
  if (rule.dialog === undefined && dialog.kind === 'unknown') return false
  if (rule.dialog !== undefined && rule.dialog !== dialog.id && rule.dialog !== dialog.kind) return false
  return rule.match === undefined || matches(rule.match, dialog.text)
}

/** Options that the rule's words mean: the one of exactly this label, else all that begin so. */
function offered(rule: PolicySpec, options: readonly MenuOption[], matches: Matches): MenuOption[] {
  if (rule.answer.kind === 'regex') {
    const { source } = rule.answer
    return options.filter(({ label }) => matches(source, label))
  }
  return byLabel(options, rule.answer.text)
}

/** The option of exactly this label, else all whose label begins with it at the end of a word. */
export function byLabel(options: readonly MenuOption[], words: string): MenuOption[] {
  const wanted = bare(words)
  if (wanted === '') return []
  const same = options.filter(({ label }) => bare(label) === wanted)
  if (same.length > 0) return same
  return options.filter(
    ({ label }) =>
      bare(label).startsWith(wanted) && /^(?!\p{L}|\p{N})|^$/u.test(bare(label).slice(wanted.length)),
  )
}

/** Exactly this label, key hints, quotes, blanks and case aside. */
export const isLabel = (option: MenuOption, words: string): boolean => bare(option.label) === bare(words)

/** A label without the key that is named behind it, a tick, or a full stop. */
const bare = (label: string): string =>
  straight(label)
    .replace(
      /(?:\s*(?:\((?:esc|enter|tab|shift\+tab|ctrl\+\w|recommended|[a-z]|esc or [a-z])\)|[✔✓]|\.{1,3}|…))+$/iu,
      '',
    )
    .trim()
    .toLowerCase()

/** Kinds of dialog whose name alone says what an affirming answer does. */
const namedByKind: Readonly<Record<string, readonly Danger[]>> = {
  update: ['update'],
  bypass: ['bypass'],
  'model-downgrade': ['model'],
  'model-upgrade': ['model'],
}

/**
 * What the option may do and the rule does not name. What the option says itself the rule's answer must name; what only
 * the question says, also its pattern, and a rule for this very dialog names it by that; what is told by words that
 * several programs share, or not known, is no such dialog.
 */
function unnamed(rule: PolicySpec, dialog: Dialog, option: MenuOption): Danger[] {
  const byName = rule.dialog === dialog.id || rule.dialog === dialog.kind
  const known = [...named(rule.answer.text), ...((byName && namedByKind[dialog.kind]) || [])]
  const { own, asked } = dangersOf(dialog, option)
  const open = rule.dialog === dialog.id && !/^(?:unknown$|any-)/.test(dialog.id) ? [] : asked
  const inText = [...known, ...named(rule.match ?? '')]
  return [
    ...own.filter((danger) => !known.includes(danger)),
    ...open.filter((danger) => !inText.includes(danger) && !own.includes(danger)),
  ]
}

const said = (rule: PolicySpec): string =>
  rule.answer.kind === 'regex' ? `matched by ${rule.answer.text}` : `called "${rule.answer.text}"`
