import { type Finding, isTable, type Path, soft } from '../finding.ts'
import { hostileLines } from '../hostile.ts'
import { translatePyRegex } from '../py-regex/py-regex.ts'
import { PATTERN_KEYS } from '../schema/backend-keys.ts'

/** Runs a source on each line under a deadline; `probeRegex` of adapters/regex. */
export type ProbeRegex = (source: string, lines: readonly string[]) => 'ok' | 'slow'

/**
 * Tries every pattern that the file writes on lines made to stall it (row 60); the agents or hand-offs that use such a one
 * suffer from it, nobody else. Presets are tried by their own tests.
 */
export function checkPatterns(raw: Record<string, unknown>, probe: ProbeRegex): Finding[] {
  return patternsIn(raw).flatMap(({ path, text }) => {
    const translated = translatePyRegex(text)
    if (translated.kind === 'bad' || !isSlow(translated.source, probe)) return []
    const shown = JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}…` : text)
    const what = `The regular expression ${shown} does not come to an end on a line of 200 characters.`
    const fix = 'Avoid repeats inside repeats: write (\\w+\\s?)* as [\\w\\s]*.'
    return [soft('CONFIG_REGEX_SLOW', path, what, fix)]
  })
}

/** A busy machine can make one try late, hardly two in a row. */
function isSlow(source: string, probe: ProbeRegex): boolean {
  const lines = hostileLines(source)
  return probe(source, lines) === 'slow' && probe(source, lines) === 'slow'
}

interface Written {
  path: Path
  text: string
}

function patternsIn(raw: Record<string, unknown>): Written[] {
  const backends = Object.entries(isTable(raw.backend) ? raw.backend : {})
  const handoff = isTable(raw.loop) ? raw.loop.handoff : undefined
  const routes = isTable(handoff) && Array.isArray(handoff.routes) ? handoff.routes : []
  const at = ['loop', 'handoff']
  const policies = Array.isArray(raw.policy) ? raw.policy : []
  return [
    ...policies.flatMap((rule, index) => written(rule, ['match'], ['policy', index])),
    ...policies.flatMap((rule, index) => answerPattern(rule, index)),
    ...backends.flatMap(([name, table]) => written(table, PATTERN_KEYS, ['backend', name])),
    ...written(handoff, ['claim_pattern', 'review_pattern'], at),
    ...routes.flatMap((route, index) => written(route, ['pattern'], [...at, 'routes', index])),
  ]
}

/** An answer between slashes. */
function answerPattern(rule: unknown, index: number): Written[] {
  const answer = isTable(rule) ? rule.answer : undefined
  const inside = typeof answer === 'string' ? /^\/(.+)\/$/su.exec(answer)?.[1] : undefined
  return inside === undefined ? [] : [{ path: ['policy', index, 'answer'], text: inside }]
}

function written(table: unknown, keys: readonly string[], path: Path): Written[] {
  if (!isTable(table)) return []
  return keys.flatMap((key) => {
    const text = table[key]
    return typeof text === 'string' && text !== '' ? [{ path: [...path, key], text }] : []
  })
}
