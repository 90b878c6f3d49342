import * as v from 'valibot'
import { error, type Finding, isTable, type Path } from './finding.ts'
import { readIssue } from './schema/fields.ts'
import { configSchema } from './schema/schema.ts'
import { prune } from './shape.ts'

/** Enough for anybody to begin with; the rest shows after these are mended. */
const MAX_FINDINGS = 200

export interface Validated {
  /** What the schema knows of the file, without the values that it refuses. */
  raw: Record<string, unknown>
  findings: Finding[]
}

/** Every key and type fault at once. What is refused is cut out of `raw`, so that the other checks still run. */
export function validate(parsed: Record<string, unknown>): Validated {
  const findings: Finding[] = []
  const raw = prune(configSchema, parsed, [], findings) as Record<string, unknown>
  const result = v.safeParse(configSchema, raw)
  for (const fault of result.issues ?? []) {
    const path = (fault.path ?? []).map((step) => step.key as string | number)
    const missing = fault.input === undefined && fault.expected === `"${String(path.at(-1))}"`
    if (fault.input !== undefined || missing) findings.push(toFinding(fault, path, missing))
    cut(raw, path)
  }
  return { raw, findings: findings.slice(0, MAX_FINDINGS) }
}

function toFinding(fault: v.BaseIssue<unknown>, path: Path, missing: boolean): Finding {
  const key = String(path.at(-1) ?? '')
  if (missing) return error('CONFIG_REQUIRED', path, `${key} is required here.`, `Add a line: ${key} = "…"`)
  const { code, what, fix } = readIssue(fault.message)
  return error(code, path, what, fix)
}

function cut(raw: Record<string, unknown>, path: Path): void {
  let at: unknown = raw
  for (const step of path.slice(0, -1)) {
    at = Array.isArray(at) || isTable(at) ? (at as Record<string | number, unknown>)[step] : undefined
  }
  const last = path.at(-1)
  if (isTable(at) && last !== undefined) delete at[last]
}
