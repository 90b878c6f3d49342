import type { PyNode } from './tree.ts'

/** Where and why a pattern is refused; `at` counts characters from 0. */
export interface PatternFault {
  kind: 'bad'
  why: string
  at: number
}

/**
 * A place in the text of a pattern. The first fault ends the reading: it is kept in `fault`, the cursor jumps to the end,
 * and every loop runs out by itself, so no exception is needed.
 */
export class Cursor {
  protected readonly text: string
  protected pos = 0
  protected fault: PatternFault | undefined

  constructor(text: string) {
    this.text = text
  }

  protected fail(why: string, at: number): PyNode {
    this.fault ??= { kind: 'bad', why, at }
    this.pos = this.text.length
    return { kind: 'seq', items: [] }
  }

  protected peek(): string {
    return this.text[this.pos] ?? ''
  }

  protected eat(word: string): boolean {
    if (!this.text.startsWith(word, this.pos)) return false
    this.pos += word.length
    return true
  }

  /** One whole code point; emoji are two UTF-16 units. */
  protected next(): number {
    const code = this.text.codePointAt(this.pos) ?? 0
    this.pos += code > 0xffff ? 2 : 1
    return code
  }

  protected digits(max: number, pattern = /[0-9]/): string {
    const from = this.pos
    while (this.pos - from < max && pattern.test(this.peek())) this.pos += 1
    return this.text.slice(from, this.pos)
  }
}
