import { CharacterReader, CLASS_LETTERS, type Flags } from './chars.ts'
import type { PatternFault } from './cursor.ts'
import { type AtLetter, type ClassLetter, type PyNode, widthOf } from './tree.ts'

type Parsed = { kind: 'ok'; tree: PyNode } | PatternFault

/** Quantifier bounds beyond this are refused: no screen is that long, and engines choke on them. */
const MAX_REPEAT = 65_535
const MAX_NESTING = 100
const MAX_LENGTH = 8_000
const AT_ESCAPES = new Set('AZbB')

/** Reads Python 3.11 `re` syntax. */
class Reader extends CharacterReader {
  private groups = 0
  private readonly open = new Set<number>()
  private readonly names = new Map<string, number>()
  private depth = 0

  read(): Parsed {
    if (this.text.length > MAX_LENGTH)
      return { kind: 'bad', why: `the pattern is longer than ${MAX_LENGTH} characters`, at: MAX_LENGTH }
    const tree = this.alternatives({ dotAll: false, multi: false, verbose: false, ascii: false }, true)
    if (this.fault === undefined && this.pos < this.text.length) this.fail('unbalanced parenthesis', this.pos)
    return this.fault ?? { kind: 'ok', tree }
  }

  private alternatives(flags: Flags, atStart: boolean): PyNode {
    if (this.depth >= MAX_NESTING)
      return this.fail(`more than ${MAX_NESTING} groups inside each other`, this.pos)
    this.depth += 1
    const options = [this.sequence(flags, atStart)]
    while (this.eat('|')) options.push(this.sequence({ ...flags }, false))
    this.depth -= 1
    return options.length === 1 ? options[0]! : { kind: 'alt', options }
  }

  /** `flags` is changed in place by global flags at the start of the pattern, so that later alternatives see them. */
  private sequence(flags: Flags, atStart: boolean): PyNode {
    const items: PyNode[] = []
    let start = atStart
    while (this.pos < this.text.length && this.peek() !== '|' && this.peek() !== ')') {
      if (flags.verbose && this.skipVerbose()) continue
      if (this.isQuantifier()) {
        this.quantify(items)
        continue
      }
      const node = this.atom(flags, start)
      if (node !== undefined) {
        items.push(node)
        start = false
      }
    }
    return items.length === 1 ? items[0]! : { kind: 'seq', items }
  }

  private skipVerbose(): boolean {
    if (/[ \t\n\r\v\f]/.test(this.peek())) {
      this.pos += 1
      return true
    }
    if (this.peek() !== '#') return false
    const end = this.text.indexOf('\n', this.pos)
    this.pos = end < 0 ? this.text.length : end + 1
    return true
  }

  private isQuantifier(): boolean {
    const c = this.peek()
    return c === '*' || c === '+' || c === '?' || (c === '{' && this.bounds() !== undefined)
  }

  private bounds(): { min: string; max: string; length: number } | undefined {
    const found = /^\{(\d*)(?:(,)(\d*))?\}/.exec(this.text.slice(this.pos, this.pos + 40))
    if (found === null || found[0] === '{}') return undefined
    const [whole, min = '', comma, max = ''] = found
    return { min: min === '' ? '0' : min, max: comma === undefined ? min : max, length: whole.length }
  }

  private quantify(items: PyNode[]): void {
    const at = this.pos
    const span = this.quantifier()
    const body = items.pop()
    if (body === undefined || body.kind === 'at' || (body.kind === 'seq' && body.items.length === 0)) {
      this.fail('nothing to repeat', at)
      return
    }
    if (body.kind === 'repeat') {
      this.fail('multiple repeat', at)
      return
    }
    if (span.min > MAX_REPEAT || (span.max !== Number.POSITIVE_INFINITY && span.max > MAX_REPEAT)) {
      this.fail(`a repeat count above ${MAX_REPEAT}`, at)
      return
    }
    if (span.min > span.max) {
      this.fail('min repeat greater than max repeat', at)
      return
    }
    const mode = this.eat('?') ? 'lazy' : this.eat('+') ? 'possessive' : 'greedy'
    items.push({ kind: 'repeat', ...span, mode, body })
  }

  private quantifier(): { min: number; max: number } {
    if (this.eat('*')) return { min: 0, max: Number.POSITIVE_INFINITY }
    if (this.eat('+')) return { min: 1, max: Number.POSITIVE_INFINITY }
    if (this.eat('?')) return { min: 0, max: 1 }
    const bounds = this.bounds() ?? { min: '0', max: '', length: 1 }
    this.pos += bounds.length
    return {
      min: Number(bounds.min),
      max: bounds.max === '' ? Number.POSITIVE_INFINITY : Number(bounds.max),
    }
  }

  /** Answers undefined for what matches nothing by itself: comments and flags. */
  private atom(flags: Flags, atStart: boolean): PyNode | undefined {
    const at = this.pos
    const code = this.next()
    switch (String.fromCodePoint(code)) {
      case '.':
        return { kind: 'any', newline: flags.dotAll }
      case '^':
        return { kind: 'at', where: '^', multi: flags.multi, ascii: flags.ascii }
      case '$':
        return { kind: 'at', where: '$', multi: flags.multi, ascii: flags.ascii }
      case '(':
        return this.group(flags, at, atStart)
      case '[':
        return this.set(flags, at)
      case '\\':
        return this.escape(flags, at)
      default:
        return { kind: 'char', code }
    }
  }

  private group(flags: Flags, at: number, atStart: boolean): PyNode | undefined {
    if (!this.eat('?')) return this.capture(flags, undefined, at)
    if (this.eat('P<')) return this.namedGroup(flags, at)
    if (this.eat('P=')) return this.namedReference(at)
    if (this.eat('#')) return this.comment(at)
    if (this.eat(':'))
      return this.close({ kind: 'group', index: undefined, name: undefined, body: this.inner(flags) }, at)
    if (this.eat('>')) return this.close({ kind: 'atomic', body: this.inner(flags) }, at)
    if (this.eat('=')) return this.look(flags, at, true, false)
    if (this.eat('!')) return this.look(flags, at, true, true)
    if (this.eat('<=')) return this.look(flags, at, false, false)
    if (this.eat('<!')) return this.look(flags, at, false, true)
    if (this.peek() === '(')
      return this.fail(
        'a conditional group (?(…)…) cannot be translated; write both cases as alternatives with |',
        at,
      )
    if (/[a-zA-Z-]/.test(this.peek())) return this.flagGroup(flags, at, atStart)
    return this.fail(`unknown extension (?${this.peek()}`, at)
  }

  private inner(flags: Flags): PyNode {
    return this.alternatives({ ...flags }, false)
  }

  private close(node: PyNode, at: number): PyNode {
    return this.eat(')') ? node : this.fail('missing ), unterminated subpattern', at)
  }

  private capture(flags: Flags, name: string | undefined, at: number): PyNode {
    this.groups += 1
    const index = this.groups
    if (name !== undefined) this.names.set(name, index)
    this.open.add(index)
    const node = this.close({ kind: 'group', index, name, body: this.inner(flags) }, at)
    this.open.delete(index)
    return node
  }

  private namedGroup(flags: Flags, at: number): PyNode {
    const end = this.text.indexOf('>', this.pos)
    const name = this.text.slice(this.pos, end < 0 ? this.pos : end)
    if (!/^[\p{L}_][\p{L}\p{N}_]*$/u.test(name)) return this.fail(`"${name}" is not a group name`, at)
    if (this.names.has(name)) return this.fail(`the group name "${name}" is used twice`, at)
    this.pos = end + 1
    return this.capture(flags, name, at)
  }

  private namedReference(at: number): PyNode {
    const end = this.text.indexOf(')', this.pos)
    const name = this.text.slice(this.pos, end < 0 ? this.pos : end)
    const index = this.names.get(name)
    if (index === undefined) return this.fail(`unknown group name "${name}"`, at)
    this.pos = end + 1
    return this.reference(index, at)
  }

  private reference(index: number, at: number): PyNode {
    if (index > this.groups) return this.fail(`invalid group reference ${index}`, at)
    if (this.open.has(index)) return this.fail('cannot refer to an open group', at)
    return { kind: 'ref', index }
  }

  private comment(at: number): PyNode | undefined {
    const end = this.text.indexOf(')', this.pos)
    if (end < 0) return this.fail('missing ), unterminated comment', at)
    this.pos = end + 1
    return undefined
  }

  private look(flags: Flags, at: number, ahead: boolean, negated: boolean): PyNode {
    const body = this.inner(flags)
    const width = widthOf(body)
    if (!ahead && width.min !== width.max) return this.fail('look-behind requires fixed-width pattern', at)
    return this.close({ kind: 'look', ahead, negated, body }, at)
  }

  /** `(?s)` for the rest of the pattern, `(?s:…)` and `(?-s:…)` for a part of it. */
  private flagGroup(flags: Flags, at: number, atStart: boolean): PyNode | undefined {
    const [, on = '', off] = /^([a-zA-Z]*)(?:-([a-zA-Z]*))?/.exec(this.text.slice(this.pos)) ?? []
    this.pos += on.length + (off === undefined ? 0 : off.length + 1)
    const unknown = /[^aimsux]/.exec(on + (off ?? ''))
    if (unknown !== null) return this.fail(`unknown flag "${unknown[0]}"`, at)
    if (off?.includes('i'))
      return this.fail('(?-i:…) cannot be honoured: patterns are always searched without regard to case', at)
    if (this.eat(')')) {
      if (off !== undefined) return this.fail('missing : after flags that are switched off', at)
      if (!atStart && /[amsx]/.test(on))
        return this.fail('global flags not at the start of the expression', at)
      this.setFlags(flags, on, true)
      return undefined
    }
    if (!this.eat(':')) return this.fail('missing ) or : after flags', at)
    const scoped = { ...flags }
    this.setFlags(scoped, on, true)
    this.setFlags(scoped, off ?? '', false)
    return this.close({ kind: 'group', index: undefined, name: undefined, body: this.inner(scoped) }, at)
  }

  private setFlags(flags: Flags, letters: string, value: boolean): void {
    if (letters.includes('s')) flags.dotAll = value
    if (letters.includes('m')) flags.multi = value
    if (letters.includes('x')) flags.verbose = value
    if (letters.includes('a')) flags.ascii = value
    if (letters.includes('u')) flags.ascii = !value
  }

  private escape(flags: Flags, at: number): PyNode {
    const c = this.peek()
    if (c === '') return this.fail('bad escape (end of pattern)', at)
    if (CLASS_LETTERS.has(c)) {
      this.pos += 1
      return { kind: 'class', letter: c as ClassLetter, ascii: flags.ascii }
    }
    if (AT_ESCAPES.has(c)) {
      this.pos += 1
      return { kind: 'at', where: c as AtLetter, multi: false, ascii: flags.ascii }
    }
    if (/[1-9]/.test(c)) return this.numeric(at)
    const code = this.character(at)
    return code === undefined ? { kind: 'seq', items: [] } : { kind: 'char', code }
  }

  /** `\1` … `\99` are references, three octal digits are a character. */
  private numeric(at: number): PyNode {
    const octal = /^[0-3][0-7][0-7]/.exec(this.text.slice(this.pos, this.pos + 3))
    if (octal !== null) {
      this.pos += 3
      return { kind: 'char', code: Number.parseInt(octal[0], 8) }
    }
    return this.reference(Number(this.digits(2)), at)
  }
}

export function parsePyRegex(pattern: string): Parsed {
  return new Reader(pattern).read()
}
