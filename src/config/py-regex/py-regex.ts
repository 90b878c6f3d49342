import { boundarySource, classSource, escapeUnit, setSource } from './class.ts'
import type { PatternFault } from './cursor.ts'
import { parsePyRegex } from './parse.ts'
import type { PyNode } from './tree.ts'

export type Translated = { kind: 'ok'; source: string; flags: 'i' } | PatternFault

/**
 * Translates a Python 3.11 `re` pattern to a JavaScript source that is searched with the flag `i` alone: `s`, `m`, `x`
 * and `a` are written into the source, so that a bare string carries the whole meaning. Never throws, and what it
 * answers always compiles.
 *
 * Known differences, all far from what screens show: a reference to a group that took no part matches the empty text
 * (in Python it fails); a group inside a repeat forgets its text at each round; case folding outside ASCII is
 * JavaScript's; letters outside ASCII are known by block (py-regex-class.ts). Atomic groups and possessive repeats add
 * capture groups of their own, so group numbers of the result are not those of the pattern.
 */
export function translatePyRegex(pattern: string): Translated {
  const known = translated.get(pattern)
  if (known !== undefined) return known
  if (translated.size >= MAX_REMEMBERED) translated.clear()
  const answer = translate(pattern)
  translated.set(pattern, answer)
  return answer
}

/** A pattern is asked for by the checks, by the probe and at each reload. Only a cache: the answer depends on nothing else. */
const translated = new Map<string, Translated>()
const MAX_REMEMBERED = 500

function translate(pattern: string): Translated {
  const parsed = parsePyRegex(pattern)
  if (parsed.kind === 'bad') return parsed
  const numbers = new Numbers()
  numbers.visit(parsed.tree, false)
  return { kind: 'ok', source: write(parsed.tree, numbers), flags: 'i' }
}

/** JavaScript group numbers, given out in the order in which the groups open. */
class Numbers {
  private count = 0
  private readonly ofGroup = new Map<number, number>()
  private readonly ofAtomic = new Map<PyNode, number>()

  visit(node: PyNode, behind: boolean): void {
    if (node.kind === 'group' && node.index !== undefined) this.ofGroup.set(node.index, ++this.count)
    if (isAtomic(node) && !behind) this.ofAtomic.set(node, ++this.count)
    if (node.kind === 'seq') for (const item of node.items) this.visit(item, behind)
    else if (node.kind === 'alt') for (const option of node.options) this.visit(option, behind)
    else if ('body' in node) this.visit(node.body, node.kind === 'look' ? !node.ahead : behind)
  }

  group(index: number): number {
    return this.ofGroup.get(index) ?? 0
  }

  /** Undefined inside a lookbehind: its width is fixed, so giving back cannot change what is found. */
  atomic(node: PyNode): number | undefined {
    return this.ofAtomic.get(node)
  }
}

const isAtomic = (node: PyNode): boolean =>
  node.kind === 'atomic' || (node.kind === 'repeat' && node.mode === 'possessive')

function write(node: PyNode, numbers: Numbers): string {
  switch (node.kind) {
    case 'char':
      return charSource(node.code)
    case 'any':
      return node.newline ? '[\\s\\S]' : '[^\\n]'
    case 'set':
      return setSource(node.items, node.negated)
    case 'class':
      return classSource(node.letter, node.ascii)
    case 'at':
      return atSource(node)
    case 'ref':
      return `(?:\\${numbers.group(node.index)})`
    case 'seq':
      return node.items
        .map((item) => (item.kind === 'alt' ? `(?:${write(item, numbers)})` : write(item, numbers)))
        .join('')
    case 'alt':
      return node.options.map((option) => write(option, numbers)).join('|')
    case 'group':
      return `(${node.index === undefined ? '?:' : node.name === undefined ? '' : `?<${node.name}>`}${write(node.body, numbers)})`
    case 'look':
      return `(?${node.ahead ? '' : '<'}${node.negated ? '!' : '='}${write(node.body, numbers)})`
    case 'atomic':
      return atomicSource(write(node.body, numbers), numbers.atomic(node))
    case 'repeat':
      return node.mode === 'possessive'
        ? atomicSource(repeatSource(node, numbers), numbers.atomic(node))
        : repeatSource(node, numbers)
  }
}

/** What a lookahead has found is kept: then the reference takes exactly that, and nothing is given back. */
const atomicSource = (body: string, number: number | undefined): string =>
  number === undefined ? `(?:${body})` : `(?=(${body}))(?:\\${number})`

function repeatSource(node: PyNode & { kind: 'repeat' }, numbers: Numbers): string {
  const body = write(node.body, numbers)
  const single =
    (node.body.kind === 'char' && node.body.code <= 0xffff) ||
    node.body.kind === 'any' ||
    node.body.kind === 'set' ||
    node.body.kind === 'class' ||
    node.body.kind === 'group' ||
    node.body.kind === 'ref'
  return `${single ? body : `(?:${body})`}${countSource(node.min, node.max)}${node.mode === 'lazy' ? '?' : ''}`
}

function countSource(min: number, max: number): string {
  if (max === Number.POSITIVE_INFINITY) return min === 0 ? '*' : min === 1 ? '+' : `{${min},}`
  if (min === 0 && max === 1) return '?'
  return min === max ? `{${min}}` : `{${min},${max}}`
}

function charSource(code: number): string {
  if (code <= 0xffff) return escapeUnit(code)
  const pair = String.fromCodePoint(code)
  return escapeUnit(pair.charCodeAt(0)) + escapeUnit(pair.charCodeAt(1))
}

function atSource(node: PyNode & { kind: 'at' }): string {
  switch (node.where) {
    case 'A':
      return '^'
    case 'Z':
      return '$'
    case '^':
      return node.multi ? '(?<![^\\n])' : '^'
    case '$':
      // Python's plain $ also matches before a newline that ends the text.
      return node.multi ? '(?![^\\n])' : '(?=\\n?$)'
    case 'b':
      return boundarySource(node.ascii, false)
    case 'B':
      return boundarySource(node.ascii, true)
  }
}
