import { parsePyRegex } from './py-regex/parse.ts'
import type { PyNode } from './py-regex/tree.ts'

/** Screens are about this wide at most, and what does not stall here does not stall there. */
export const HOSTILE_WIDTH = 200
/** A pattern with more repeats than this is tried at its first ones. */
const MAX_PUMPS = 12
/** What a pumped line ends with, so that the pattern fails after it: each is what another pattern would take. */
const ENDS = ['\u0001', '!', '']
const FIXED = ['a', 'a ', 'aaaaaaaaaa ', '1', ' ', 'ab', '-', '.', 'limit ']

interface Pump {
  /** The shortest text that brings the pattern to the repeat. */
  before: string
  /** One round of the repeat. */
  body: string
  max: number
}

/**
 * Lines on which this pattern has the most ways to fail: for each repeat, what stands before it, then its body over and
 * over, then something it cannot end with. Counted repeats get one round too few, drawn apart. A few fixed lines follow.
 * @param source a JavaScript source as `translatePyRegex` writes it
 */
export function hostileLines(source: string): string[] {
  const parsed = parsePyRegex(source.replaceAll(/\(\?<(?![=!])/g, '(?P<'))
  const lines = new Set<string>()
  const pumps: Pump[] = []
  if (parsed.kind === 'ok') walk(parsed.tree, '', pumps)
  for (const pump of pumps.slice(0, MAX_PUMPS)) for (const line of linesOf(pump)) lines.add(line)
  for (const unit of FIXED) lines.add(`${filled(unit)}\u0001`)
  return [...lines]
}

/** Goes through the tree in the order of matching, collects repeats, and answers the shortest text that matches. */
function walk(node: PyNode, before: string, pumps: Pump[]): string {
  switch (node.kind) {
    case 'seq':
      return node.items.reduce((text, item) => text + walk(item, before + text, pumps), '')
    case 'alt':
      return node.options.map((option) => walk(option, before, pumps))[0] ?? ''
    case 'group':
    case 'atomic':
      return walk(node.body, before, pumps)
    case 'look':
      walk(node.body, before, pumps)
      return ''
    case 'repeat':
      return walkRepeat(node, before, pumps)
    default:
      return sampleOf(node)
  }
}

function walkRepeat(node: PyNode & { kind: 'repeat' }, before: string, pumps: Pump[]): string {
  const inner: Pump[] = []
  const body = walk(node.body, before, inner)
  if (node.max > 8)
    for (const round of roundsOf(node.body, body)) pumps.push({ before, body: round, max: node.max })
  pumps.push(...inner)
  return body.repeat(Math.min(node.min, 50)).slice(0, HOSTILE_WIDTH)
}

/** One round for each alternative of the body: `(a|aa)+` stalls on either. */
function roundsOf(body: PyNode, shortest: string): string[] {
  const inside = body.kind === 'group' ? body.body : body
  if (inside.kind === 'alt')
    return inside.options.slice(0, 4).map((option) => walk(option, '', []) || sampleOf(option))
  return [shortest === '' ? sampleOf(body) : shortest]
}

/** A text that the node matches, with one round of what may be absent. */
function sampleOf(node: PyNode): string {
  switch (node.kind) {
    case 'char':
      return String.fromCodePoint(node.code)
    case 'class':
      return { d: '1', D: 'a', s: ' ', S: 'a', w: 'a', W: '-' }[node.letter]
    case 'any':
      return 'a'
    case 'set':
      return sampleOfSet(node)
    case 'group':
    case 'atomic':
    case 'repeat':
      return sampleOf(node.body)
    case 'seq':
      return node.items.map(sampleOf).join('').slice(0, 20)
    case 'alt':
      return sampleOf(node.options[0]!)
    default:
      return ''
  }
}

function sampleOfSet(node: PyNode & { kind: 'set' }): string {
  const usual = [...'a1 -A_/="#'].find((c) => inSet(node, c.charCodeAt(0)) !== node.negated)
  const first = node.items[0]
  if (usual !== undefined || node.negated || first?.kind !== 'range') return usual ?? 'a'
  return String.fromCodePoint(first.from)
}

function inSet(node: PyNode & { kind: 'set' }, code: number): boolean {
  return node.items.some((item) =>
    item.kind === 'range'
      ? code >= item.from && code <= item.to
      : new RegExp(`^\\${item.letter}$`).test(String.fromCharCode(code)),
  )
}

const filled = (unit: string): string =>
  unit === '' ? '' : unit.repeat(Math.ceil(HOSTILE_WIDTH / unit.length)).slice(0, HOSTILE_WIDTH - 1)

function linesOf({ before, body, max }: Pump): string[] {
  const lines = ENDS.map((end) => before + filled(body) + end)
  if (max > HOSTILE_WIDTH) return lines
  const gap = Math.max(0, Math.floor(HOSTILE_WIDTH / max) - body.length)
  const apart = `${'x'.repeat(gap)}${body}`
  return [...lines, before + apart.repeat(max - 1), before + body.repeat(max - 1)]
}
