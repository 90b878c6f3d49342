import { isBlank, type Row } from './rows.ts'
import type { Menu, MenuOption } from './types.ts'

/** Rows from below in which a question by keys is looked for; further up it is a leftover. */
const lowest = 12

/** Dialogs that are answered by a key that they name. */
export function keyedMenu(rows: readonly Row[]): Menu | undefined {
  const filled = rows.flatMap((row, at) => (isBlank(row) ? [] : [at])).slice(-lowest)
  for (const at of filled.toReversed()) {
    const row = rows[at]!
    const menu = bracketed(row) ?? lettered(row) ?? named(row)
    if (menu !== undefined) return { ...menu, cursor: undefined, several: false, first: at, last: at }
  }
  return undefined
}

type Found = Pick<Menu, 'how' | 'options'>

/** `[a] Accept   [d] Decline` */
function bracketed({ text }: Row): Found | undefined {
  const found = [...text.matchAll(/\[([a-z0-9])\]\s+(\p{L}[\p{L} ]*?)(?=\s{2,}|\s*\[|$)/giu)]
  if (found.length < 2) return undefined
  return { how: 'key', options: found.map((one, index) => option(index, one[2]!.trim(), one[1]!)) }
}

const words: Readonly<Record<string, string>> = {
  y: 'Yes',
  n: 'No',
  a: 'Always',
  t: 'Trust, always',
  s: 'Skip',
  q: 'Quit',
}

/** `(Y)es/(N)o/(A)ll [Yes]:` and `[y/n/t]:`, at the end of a row that waits for a letter and Enter. */
function lettered({ text }: Row): Found | undefined {
  const spelled = [...text.matchAll(/\(([A-Z])\)([a-z][a-z ]*)(?=\/|\s*[[:]|$)/gu)]
  if (spelled.length >= 2)
    return {
      how: 'letter',
      options: spelled.map((one, at) => option(at, `${one[1]}${one[2]!.trimEnd()}`, one[1]!.toLowerCase())),
    }
  const short = /[[(]([a-z](?:\/[a-z])+)[\])]\s*[:?]?\s*(?:\[[^\]]*\]\s*)?>?$/iu.exec(text)
  if (short === null) return undefined
  const letters = short[1]!.toLowerCase().split('/')
  return { how: 'letter', options: letters.map((letter, at) => option(at, words[letter] ?? letter, letter)) }
}

const key = '(?:shift\\+tab|enter|return|esc(?:ape)?|tab|space|[A-Z])'
const keyTo = new RegExp(`(?:^|[·|,]\\s*|\\bor\\s+)(?:press\\s+)?(${key})\\s+to\\s+([^·|,]+)`, 'giu')
/** Keys that only work the dialog itself. */
const handling =
  /^(?:confirm|select|choose|navigate|cancel|move|submit|toggle|amend|explain|edit|dismiss|interrupt|go back|exit)\b/iu
const names: Readonly<Record<string, string>> = {
  enter: 'Enter',
  return: 'Enter',
  esc: 'Escape',
  escape: 'Escape',
  tab: 'Tab',
  'shift+tab': 'BTab',
  space: 'Space',
}

/** `Enter to stay in auto mode · shift+Tab to leave … · Esc to cancel`, `Press R to restart, or Esc to …`. */
function named({ text }: Row): Found | undefined {
  const all = [...text.matchAll(keyTo)].map((one) => ({
    key: one[1]!,
    label: one[2]!.trim().replace(/[.\s]+$/u, ''),
  }))
  const telling = all.filter(({ label }) => !handling.test(label))
  if (telling.length === 0) return undefined
  return {
    how: 'key',
    options: all.map((one, at) => option(at, one.label, names[one.key.toLowerCase()] ?? one.key)),
  }
}

const option = (index: number, label: string, pressed: string): MenuOption => ({
  number: index + 1,
  label,
  more: '',
  key: pressed,
})
