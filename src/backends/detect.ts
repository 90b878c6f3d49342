import type { BackendSpec, EpochMs, Look, Reading } from '../core/index.ts'
import { visible } from '../core/text.ts'
import { claimsOf } from './claims.ts'
import { type Facts, factsOf, type Place, type Tri } from './facts.ts'
import { parseReset } from './limit-time.ts'
import { windowOf } from './limit-window.ts'
import type { Matches } from './matches.ts'

export { type Matches, patternJobs, readMatches } from './matches.ts'

/**
 * Reads a screen. Pure: the patterns have been run before (`patternJobs`, one guarded call, `readMatches`).
 * @param permit.logFallback a footer backend counts as working while its log is fresh, as the Python driver has it
 */
export function detect(
  backend: BackendSpec,
  look: Look,
  match: Matches,
  wall: EpochMs,
  permit: { logFallback: boolean },
): Reading {
  const facts = factsOf(backend, look, match, wall, permit)
  const claims = claimsOf(facts)
  const marker = facts.waiting ? { waitingUntil: facts.waiting.until } : {}
  for (const rule of RULES) {
    const holds = rule.when(facts)
    if (holds === false) continue
    // A pattern that ran past its deadline proves nothing: never idle, never limited, never a reason to kill.
    if (holds === undefined) return { state: 'unknown', claims, rule: 'pattern-slow', ...marker }
    return { ...rule.says(facts), claims, rule: rule.name, ...marker }
  }
  return { state: 'unknown', claims, rule: 'no-rule', ...marker }
}

/** Which of several failures is told first: one that only a person mends, before one that passes. */
const FAIL_CLASSES = ['crash', 'auth', 'context', 'billing', 'start', 'overload'] as const

interface Rule {
  name: string
  when: (facts: Facts) => Tri
  says: (facts: Facts) => Pick<Reading, 'state' | 'until' | 'limit' | 'failClass'>
}

/** Read from above; the first that holds decides. Why in this order: docs/decisions/0005-detection.md. */
const RULES: readonly Rule[] = [
  { name: 'shell-prompt', when: (f) => f.shell, says: () => ({ state: 'shell' }) },
  {
    name: 'limit-banner',
    when: (f) => and(f.limit, not(or(liveScreen(f), liveTitle(f)))),
    says: limited,
  },
  {
    name: 'limit-menu',
    when: (f) => and(and(f.limit, f.asking), and(not(liveScreen(f)), !f.spinner)),
    says: limited,
  },
  {
    name: 'dialog',
    when: (f) => and(or(f.asking, f.titleAsking), not(liveTitle(f))),
    says: () => ({ state: 'asking' }),
  },
  { name: 'active-pattern', when: liveScreen, says: () => ({ state: 'working' }) },
  { name: 'title-working', when: liveTitle, says: () => ({ state: 'working' }) },
  {
    name: 'screen-changes',
    when: (f) => and(f.changes && !f.turnOver, not(f.titleIdle)),
    says: () => ({ state: 'working' }),
  },
  { name: 'fatal-pattern', when: (f) => f.fatal, says: () => ({ state: 'failing', failClass: 'fatal' }) },
  ...FAIL_CLASSES.map(
    (name): Rule => ({
      name: `${name}-pattern`,
      when: (f) => f.failing(name),
      says: () => ({ state: 'failing', failClass: name }),
    }),
  ),
  {
    name: 'waiting-until',
    when: (f) => f.waiting !== undefined && f.waiting.until > f.wall,
    says: (f) => ({ state: 'waiting', until: f.waiting!.until }),
  },
  // Its composer stands ready and nothing moves: what was written to the log was the end of its last turn.
  { name: 'at-rest', when: (f) => and(f.composer, f.atRest && !f.frozen), says: () => ({ state: 'idle' }) },
  {
    name: 'log-written',
    when: (f) => and(f.logFresh && !f.turnOver, not(f.titleIdle)),
    says: () => ({ state: 'working' }),
  },
  {
    name: 'frozen',
    when: (f) => and(f.frozen, or(f.active, f.titleWorking)),
    says: () => ({ state: 'idle' }),
  },
  { name: 'title-idle', when: (f) => f.titleIdle, says: () => ({ state: 'idle' }) },
  { name: 'composer', when: (f) => f.composer, says: () => ({ state: 'idle' }) },
  { name: 'nothing-else', when: () => true, says: () => ({ state: 'idle' }) },
]

function liveScreen(facts: Facts): Tri {
  return and(facts.active, !facts.frozen)
}

function liveTitle(facts: Facts): Tri {
  return and(facts.titleWorking, !facts.frozen)
}

/** Rows around a banner in which its reset time is looked for; banners wrap downwards. */
const ABOVE = 2
const BELOW = 4

function limited(facts: Facts): ReturnType<Rule['says']> {
  const hit = newest(facts, facts.where('limit')!)
  const at = hit.row - 1
  const near = facts.rows.slice(Math.max(0, at - ABOVE), at + BELOW + 1)
  const reset = parseReset(near.join('\n'), facts.wall)
  // A wide gap is the border to another column of the screen.
  const words = visible(hit.text.replace(/^[^\p{L}\p{N}]+|[\s│┃]+$/gu, '').split(/\s{4,}/)[0]!)
  const of = windowOf(near.slice(Math.min(at, ABOVE)).join(' '))
  const window = of === undefined ? {} : { window: of }
  if (!reset) {
    const kind = facts.blocked === true ? 'blocked' : 'unparsed'
    return { state: 'limited', limit: { kind, text: words.slice(0, longest), ...window } }
  }
  return {
    state: 'limited',
    until: reset.until,
    limit: { kind: 'banner', text: within(words, visible(reset.text)), ...window },
  }
}

/** Longest words of a limit. Characters. */
const longest = 120

/** The words of a banner, cut where they are too long, but never without the time that they name. */
function within(words: string, named: string): string {
  const at = words.indexOf(named)
  if (at >= 0 && at + named.length <= longest) return words.slice(0, longest)
  const all = at >= 0 ? words : `${words} ${named}`
  return all.length <= longest
    ? all
    : `${words.slice(0, longest - named.length - 2)}… ${named}`.slice(0, longest)
}

/** The first row that matches may be the banner of an earlier limit: the same words further down are the newer one. */
function newest(facts: Facts, first: Pick<Place, 'row' | 'text'>): Pick<Place, 'row' | 'text'> {
  const words = first.text.split(/\d/)[0]!.trim()
  if (words.length < 12) return first
  const last = facts.rows.findLastIndex((row) => row.includes(words))
  return last < first.row ? first : { row: last + 1, text: facts.rows[last]! }
}

function and(a: Tri, b: Tri): Tri {
  if (a === false || b === false) return false
  return a === undefined || b === undefined ? undefined : true
}

function or(a: Tri, b: Tri): Tri {
  return not(and(not(a), not(b)))
}

function not(a: Tri): Tri {
  return a === undefined ? undefined : !a
}
