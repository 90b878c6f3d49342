/** What a dialog is about. `unknown`: a menu that no entry of the catalogue describes. */
export const dialogKinds = [
  'trust',
  'permission',
  'plan',
  'question',
  'update',
  'onboarding',
  'resume-picker',
  'limit-menu',
  'model-downgrade',
  'model-upgrade',
  'bypass',
  'unknown',
] as const
export type DialogKind = (typeof dialogKinds)[number]

export interface MenuOption {
  /** Its place in the menu, from 1: what a person types. The number that the screen shows, where it shows one. */
  number: number
  /** Its words, without cursor, number and key hint. */
  label: string
  /** What stands beside or below the label. */
  more: string
  /** The key that chooses it at once, as a tmux key name or one character. */
  key?: string
}

/**
 * How an option is chosen: a cursor moved up and down, or to the left and right, then Enter; one key; a letter and
 * Enter; or there are no options, and text is typed.
 */
export type How = 'down' | 'across' | 'key' | 'letter' | 'text'

export interface Menu {
  how: How
  options: MenuOption[]
  /** Index of the option that the cursor is on; undefined when the text alone does not tell. */
  cursor: number | undefined
  /** Several options can be ticked: no single answer settles it. */
  several: boolean
  /** Rows of the screen, 0-based: the first option, and the last row that belongs to one. */
  first: number
  last: number
}

export interface Dialog extends Menu {
  /** Entry of the catalogue, e.g. `claude-trust`; `unknown` without one. */
  id: string
  kind: DialogKind
  /** What stands above the options, control characters visible, at most 4,000 characters. */
  text: string
  /** The sentence that asks, or the dialog's first row. */
  question: string
  /** The same for one dialog wherever its cursor is; another for another dialog. */
  fingerprint: string
}
