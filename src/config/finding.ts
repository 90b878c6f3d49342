import type { Problem } from '../core/index.ts'

export type Path = readonly (string | number)[]

/** A problem before its place is known: found by the checks, given a line by `place` (problem.ts). */
export interface Finding {
  code: string
  severity: Problem['severity']
  path: Path
  what: string
  fix: string
  /** An error that one agent or one hand-off suffers from; the rest of the fleet can run, so the config is taken. */
  soft?: true
  /** Where it is not the config itself: `environment`. */
  file?: string
  /** 1-based; for faults that the parser places itself. */
  at?: { line: number; column: number }
}

export const isTable = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Date)

/** `agent.scout.backend`, `loop.phases[2].id`: array elements go by their name where they have one. */
export function keyOf(path: Path, root: unknown): string {
  let text = ''
  let at: unknown = root
  for (const step of path) {
    at = Array.isArray(at) || isTable(at) ? (at as Record<string | number, unknown>)[step] : undefined
    if (typeof step === 'number') {
      const name = isTable(at) ? (at.name ?? at.id) : undefined
      text += typeof name === 'string' && /^[\w-]+$/.test(name) ? `.${name}` : `[${step}]`
    } else text += `${text === '' ? '' : '.'}${/^[\w-]+$/.test(step) ? step : JSON.stringify(step)}`
  }
  return text
}

export const error = (code: string, path: Path, what: string, fix: string): Finding => ({
  code,
  severity: 'error',
  path,
  what,
  fix,
})
export const warning = (code: string, path: Path, what: string, fix: string): Finding => ({
  ...error(code, path, what, fix),
  severity: 'warning',
})
export const soft = (code: string, path: Path, what: string, fix: string): Finding => ({
  ...error(code, path, what, fix),
  soft: true,
})
