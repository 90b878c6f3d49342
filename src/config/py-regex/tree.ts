/** The syntax tree of a Python `re` pattern: what the parser hands to the writer of JavaScript sources. */
export type PyNode =
  | { kind: 'char'; code: number }
  | { kind: 'any'; newline: boolean }
  | { kind: 'set'; negated: boolean; items: SetItem[] }
  | { kind: 'class'; letter: ClassLetter; ascii: boolean }
  | { kind: 'at'; where: AtLetter; multi: boolean; ascii: boolean }
  | { kind: 'group'; index: number | undefined; name: string | undefined; body: PyNode }
  | { kind: 'atomic'; body: PyNode }
  | { kind: 'look'; ahead: boolean; negated: boolean; body: PyNode }
  | { kind: 'ref'; index: number }
  | { kind: 'repeat'; min: number; max: number; mode: 'greedy' | 'lazy' | 'possessive'; body: PyNode }
  | { kind: 'seq'; items: PyNode[] }
  | { kind: 'alt'; options: PyNode[] }

export type ClassLetter = 'd' | 'D' | 's' | 'S' | 'w' | 'W'
/** `^` `$` and the escapes of the same sort. */
export type AtLetter = '^' | '$' | 'A' | 'Z' | 'b' | 'B'
export type SetItem =
  | { kind: 'range'; from: number; to: number }
  | { kind: 'class'; letter: ClassLetter; ascii: boolean }

/** Fewest and most characters a node can match; lookbehinds must have one width, as in Python. */
export function widthOf(node: PyNode): { min: number; max: number } {
  switch (node.kind) {
    case 'char':
    case 'any':
    case 'set':
    case 'class':
      return { min: 1, max: 1 }
    case 'at':
    case 'look':
      return { min: 0, max: 0 }
    case 'ref':
      return { min: 0, max: Number.POSITIVE_INFINITY }
    case 'group':
    case 'atomic':
      return widthOf(node.body)
    case 'repeat': {
      const inner = widthOf(node.body)
      return { min: inner.min * node.min, max: inner.max === 0 ? 0 : inner.max * node.max }
    }
    case 'seq':
      return node.items.map(widthOf).reduce((a, b) => ({ min: a.min + b.min, max: a.max + b.max }), {
        min: 0,
        max: 0,
      })
    case 'alt': {
      const widths = node.options.map(widthOf)
      return { min: Math.min(...widths.map((w) => w.min)), max: Math.max(...widths.map((w) => w.max)) }
    }
  }
}
