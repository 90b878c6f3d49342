import { basename } from 'node:path'
import type { Problem } from '../core/index.ts'
import { visible } from '../core/text.ts'
import { type Finding, keyOf, type Path } from './finding.ts'
import type { Place } from './locate.ts'

/** Findings to problems: with file, line and key; what is required of all first, then in the order of the file. */
export function toProblems(
  findings: readonly Finding[],
  file: string,
  root: unknown,
  find: (path: Path) => Place | undefined,
): Problem[] {
  const problems = findings.map((finding): Problem => {
    const place = finding.file === undefined ? (finding.at ?? find(finding.path)) : undefined
    return {
      code: finding.code,
      severity: finding.severity,
      file: finding.file ?? file,
      ...(place === undefined ? {} : { line: place.line, column: place.column }),
      key: keyOf(finding.path, root),
      what: finding.what,
      fix: finding.fix,
    }
  })
  const rank = (p: Problem) => (p.code === 'CONFIG_REQUIRED' && p.key.startsWith('defaults.') ? 0 : 1)
  return problems.sort(
    (a, b) => rank(a) - rank(b) || (a.line ?? 0) - (b.line ?? 0) || (a.column ?? 0) - (b.column ?? 0),
  )
}

/**
 * For a person: file and line, key, code; then what is wrong and what to write.
 * ```
 * agents.toml:14  agent.scout.backend                                                     CONFIG_BACKEND_UNKNOWN
 *   "claud" is not a backend. Known: claude, codex, gemini.
 *   Write backend = "claude".
 * ```
 */
export function renderProblems(problems: readonly Problem[]): string {
  return problems.map(renderProblem).join('\n\n')
}

function renderProblem(problem: Problem): string {
  const place = `${basename(problem.file)}${problem.line === undefined ? '' : `:${problem.line}`}`
  const mark = problem.severity === 'warning' ? 'warning ' : ''
  const head = visible(problem.key === '' ? place : `${place}  ${problem.key}`)
  const lines = [`${head.padEnd(86 - mark.length)}  ${mark}${problem.code}`]
  for (const text of [problem.what, problem.fix]) if (text !== '') lines.push(`  ${visible(text)}`)
  return lines.join('\n')
}
