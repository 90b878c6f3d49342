import type { ClassLetter, SetItem } from './tree.ts'

type Range = readonly [from: number, to: number]

/** Decimal digits outside ASCII: each script's zero; nine more follow. Unicode 15, BMP. */
const DIGIT_ZEROS = [
  0x660, 0x6f0, 0x7c0, 0x966, 0x9e6, 0xa66, 0xae6, 0xb66, 0xbe6, 0xc66, 0xce6, 0xd66, 0xde6, 0xe50, 0xed0,
  0xf20, 0x1040, 0x1090, 0x17e0, 0x1810, 0x1946, 0x19d0, 0x1a80, 0x1a90, 0x1b50, 0x1bb0, 0x1c40, 0x1c50,
  0xa620, 0xa8d0, 0xa900, 0xa9d0, 0xa9f0, 0xaa50, 0xabf0, 0xff10,
]

/**
 * Letters and numbers outside ASCII, by script block. Coarse on purpose (some Indic punctuation counts as a letter):
 * the exact table is ten times longer and every `\b` holds six copies. Symbols that terminals draw with (arrows, boxes,
 * bullets, spinners, braille) are not letters in it.
 */
const WORD_BEYOND_ASCII: readonly Range[] = [
  [0xaa, 0xaa],
  [0xb2, 0xb3],
  [0xb5, 0xb5],
  [0xb9, 0xba],
  [0xbc, 0xbe],
  [0xc0, 0xd6],
  [0xd8, 0xf6],
  [0xf8, 0x2c1],
  [0x370, 0x1fff],
  [0x2070, 0x209c],
  [0x2c00, 0x2dff],
  [0x3005, 0x3007],
  [0x3021, 0xd7ff],
  [0xf900, 0xfdff],
  [0xfe70, 0xfefc],
  [0xff10, 0xff19],
  [0xff21, 0xff3a],
  [0xff41, 0xff5a],
  [0xff66, 0xffdc],
]
const ASCII_WORD: readonly Range[] = [
  [0x30, 0x39],
  [0x41, 0x5a],
  [0x5f, 0x5f],
  [0x61, 0x7a],
]
const ASCII_SPACE: readonly Range[] = [
  [0x09, 0x0d],
  [0x20, 0x20],
]
/** Python's `str.isspace`; JavaScript's `\s` has U+FEFF besides and lacks the separators 1C to 1F and 85. */
const SPACE: readonly Range[] = [
  [0x09, 0x0d],
  [0x1c, 0x20],
  [0x85, 0x85],
  [0xa0, 0xa0],
  [0x1680, 0x1680],
  [0x2000, 0x200a],
  [0x2028, 0x2029],
  [0x202f, 0x202f],
  [0x205f, 0x205f],
  [0x3000, 0x3000],
]

function rangesOf(letter: 'd' | 's' | 'w', ascii: boolean): readonly Range[] {
  if (letter === 's') return ascii ? ASCII_SPACE : SPACE
  if (letter === 'w') return ascii ? ASCII_WORD : [...ASCII_WORD, ...WORD_BEYOND_ASCII]
  const zeros = ascii ? [0x30] : [0x30, ...DIGIT_ZEROS]
  return zeros.map((zero): Range => [zero, zero + 9])
}

function complement(ranges: readonly Range[]): Range[] {
  const out: Range[] = []
  let from = 0
  for (const [a, b] of ranges) {
    if (a > from) out.push([from, a - 1])
    from = b + 1
  }
  if (from <= 0xffff) out.push([from, 0xffff])
  return out
}

export function escapeUnit(code: number): string {
  if (code < 0x20 || (code >= 0x7f && code < 0xa0)) return `\\x${code.toString(16).padStart(2, '0')}`
  if (
    (code >= 0xd800 && code <= 0xdfff) ||
    (code >= 0x2000 && code <= 0x200f) ||
    (code >= 0x2028 && code <= 0x202f)
  )
    return `\\u${code.toString(16)}`
  if (code >= 0xfe00) return `\\u${code.toString(16)}`
  const char = String.fromCharCode(code)
  return /[\^$\\.*+?()[\]{}|/]/.test(char) ? `\\${char}` : char
}

const inSet = (code: number): string => (code === 0x2d ? '\\-' : escapeUnit(code))
const rangeText = ([a, b]: Range): string => (a === b ? inSet(a) : `${inSet(a)}-${inSet(b)}`)

/** The inside of a bracket set for a class escape. */
function classBody(letter: ClassLetter, ascii: boolean): string {
  const positive = letter.toLowerCase() as 'd' | 's' | 'w'
  const ranges = rangesOf(positive, ascii)
  return (letter === positive ? ranges : complement(ranges)).map(rangeText).join('')
}

/** Source for a class escape outside of a set. */
export function classSource(letter: ClassLetter, ascii: boolean): string {
  if (ascii && letter.toLowerCase() !== 's') return `\\${letter}`
  const positive = letter.toLowerCase() as ClassLetter
  return letter === positive ? `[${classBody(letter, ascii)}]` : `[^${classBody(positive, ascii)}]`
}

/** A word boundary that counts letters outside ASCII; starts with the engine's own, which is fast. */
export function boundarySource(ascii: boolean, negated: boolean): string {
  if (ascii) return negated ? '\\B' : '\\b'
  const far = `[${WORD_BEYOND_ASCII.map(rangeText).join('')}]`
  const word = `[\\w${WORD_BEYOND_ASCII.map(rangeText).join('')}]`
  return negated
    ? `(?:\\B(?<!${far})(?!${far})|(?<=${far})(?=${word})|(?<=${word})(?=${far}))`
    : `(?:\\b(?<!${far})(?!${far})|(?<=${far})(?!${word})|(?<!${word})(?=${far}))`
}

/** Characters beyond the BMP are two units in a source without the `u` flag: one alternative for each run of them. */
function pairSources(from: number, to: number): string[] {
  const out: string[] = []
  for (let at = from; at <= to; ) {
    const high = 0xd800 + ((at - 0x10000) >> 10)
    const blockEnd = 0x10000 + ((high - 0xd800) << 10) + 0x3ff
    const end = Math.min(to, blockEnd)
    const lowOf = (code: number) => 0xdc00 + ((code - 0x10000) & 0x3ff)
    const low = at === end ? escapeUnit(lowOf(at)) : `[${escapeUnit(lowOf(at))}-${escapeUnit(lowOf(end))}]`
    out.push(escapeUnit(high) + low)
    at = end + 1
  }
  return out
}

/** Source for a bracket set. */
export function setSource(items: readonly SetItem[], negated: boolean): string {
  let near = ''
  const far: string[] = []
  for (const item of items) {
    if (item.kind === 'class') {
      near += classBody(item.letter, item.ascii)
      continue
    }
    if (item.from <= 0xffff) near += rangeText([item.from, Math.min(item.to, 0xffff)])
    if (item.to > 0xffff) far.push(...pairSources(Math.max(item.from, 0x10000), item.to))
  }
  if (far.length === 0) return `[${negated ? '^' : ''}${near}]`
  const pairs = far.join('|')
  if (negated) return `(?:(?!${pairs})(?:[\\ud800-\\udbff][\\udc00-\\udfff]|[^${near}\\ud800-\\udfff]))`
  return near === '' ? `(?:${pairs})` : `(?:[${near}]|${pairs})`
}
