import { Cursor } from './cursor.ts'
import type { ClassLetter, PyNode, SetItem } from './tree.ts'

export interface Flags {
  dotAll: boolean
  multi: boolean
  verbose: boolean
  ascii: boolean
}

export const CLASS_LETTERS = new Set('dDsSwW')
const CONTROL: Record<string, number> = { a: 7, f: 12, n: 10, r: 13, t: 9, v: 11, '\\': 92 }

/** Reads single characters, however they are written, and the sets of them. */
export class CharacterReader extends Cursor {
  /** The character that an escape stands for, in a set or outside. The backslash has been read. */
  protected character(at: number): number | undefined {
    const c = this.peek()
    const control = Object.hasOwn(CONTROL, c) ? CONTROL[c] : undefined
    if (control !== undefined) {
      this.pos += 1
      return control
    }
    if (c === 'x' || c === 'u' || c === 'U') return this.hexadecimal(at, c === 'x' ? 2 : c === 'u' ? 4 : 8)
    if (/[0-7]/.test(c)) return this.octal(at)
    if (c === 'N') {
      this.fail('\\N{…} names cannot be translated; write the character itself or \\uXXXX', at)
      return undefined
    }
    if (c === '' || /[a-zA-Z0-9]/.test(c)) {
      this.fail(`bad escape \\${c}`, at)
      return undefined
    }
    return this.next()
  }

  private octal(at: number): number | undefined {
    const code = Number.parseInt(this.digits(3, /[0-7]/), 8)
    if (code <= 0o377) return code
    this.fail('octal escape value outside of range 0-0o377', at)
    return undefined
  }

  private hexadecimal(at: number, length: number): number | undefined {
    const letter = this.peek()
    this.pos += 1
    const digits = this.digits(length, /[0-9a-fA-F]/)
    const code = Number.parseInt(digits, 16)
    if (digits.length === length && code <= 0x10ffff) return code
    this.fail(`incomplete escape \\${letter}${digits}`, at)
    return undefined
  }

  protected set(flags: Flags, at: number): PyNode {
    const negated = this.eat('^')
    const items: SetItem[] = []
    for (let first = true; first || this.peek() !== ']'; first = false) {
      if (this.pos >= this.text.length) return this.fail('unterminated character set', at)
      const from = this.setItem(flags)
      const isRange =
        this.peek() === '-' && this.pos + 1 < this.text.length && this.text[this.pos + 1] !== ']'
      if (!isRange) {
        items.push(from)
        continue
      }
      this.pos += 1
      const to = this.setItem(flags)
      if (from.kind === 'class' || to.kind === 'class' || from.from > to.to)
        return this.fail('bad character range', at)
      items.push({ kind: 'range', from: from.from, to: to.to })
    }
    this.pos += 1
    return this.fault === undefined ? { kind: 'set', negated, items } : { kind: 'seq', items: [] }
  }

  private setItem(flags: Flags): SetItem {
    const at = this.pos
    const code = this.next()
    if (code !== 92) return { kind: 'range', from: code, to: code }
    const c = this.peek()
    if (CLASS_LETTERS.has(c)) {
      this.pos += 1
      return { kind: 'class', letter: c as ClassLetter, ascii: flags.ascii }
    }
    if (this.eat('b')) return { kind: 'range', from: 8, to: 8 }
    const escaped = this.character(at) ?? 0
    return { kind: 'range', from: escaped, to: escaped }
  }
}
