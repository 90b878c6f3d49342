import { byLabel, isLabel } from './choose.ts'
import { allDangers } from './danger.ts'
import type { Dialog, MenuOption } from './types.ts'

export type Picked =
  | { kind: 'option'; option: MenuOption }
  /** No options are offered: the words themselves are the answer. */
  | { kind: 'text'; text: string }
  | { kind: 'refused'; code: 'ANSWER_OPTION' | 'ANSWER_DANGER'; why: string }

/**
 * What a person's words mean in a dialog: an option's number, its label, or the words that it alone begins with. What
 * may cost or last wants the whole label, or `yes`: a number is easily one off.
 */
export function pick(dialog: Dialog, words: string, yes: boolean): Picked {
  if (dialog.options.length === 0) return { kind: 'text', text: words }
  if (dialog.several)
    return {
      kind: 'refused',
      code: 'ANSWER_OPTION',
      why: 'Several options can be ticked, which needs a person at its screen',
    }
  const found = matching(dialog.options, words.trim())
  if (found.length === 0) return { kind: 'refused', code: 'ANSWER_OPTION', why: `"${words}" is no option` }
  if (found.length > 1) {
    const many = found.map(({ label }) => `"${label}"`).join(' and ')
    return { kind: 'refused', code: 'ANSWER_OPTION', why: `"${words}" may be ${many}` }
  }
  const option = found[0]!
  const dangers = allDangers(dialog, option)
  if (dangers.length === 0 || yes || isLabel(option, words)) return { kind: 'option', option }
  return { kind: 'refused', code: 'ANSWER_DANGER', why: `"${option.label}" is marked ${dangers.join(', ')}` }
}

function matching(options: readonly MenuOption[], words: string): MenuOption[] {
  const named = /^\d{1,2}$/u.test(words) ? options.filter(({ number }) => number === Number(words)) : []
  return named.length > 0 ? named : byLabel(options, words)
}
