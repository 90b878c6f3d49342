import type { Host } from '../../adapters/host/types.ts'
import type { Fleet } from '../../core/fleet.ts'
import type { CliDeps, Invocation } from '../types.ts'

/** One finding of `agents doctor`. */
export interface Check {
  /** Stable, for programs: `tool.tmux`, `permissions.state`, … */
  id: string
  /** `warning` is said and does not fail; `missing` is a tool that nothing works without. */
  level: 'ok' | 'fixed' | 'warning' | 'problem' | 'missing'
  what: string
  /** What to do about it. */
  fix?: string
}

/** What a part of the examination gets. */
export interface Patient {
  call: Invocation
  deps: CliDeps
  host: Host
  /** Undefined: no usable config here. */
  fleet: Fleet | undefined
  /** Mend what can be mended without asking. */
  mend: boolean
}

export const ok = (id: string, what: string): Check => ({ id, level: 'ok', what })
export const warning = (id: string, what: string, fix?: string): Check => found(id, 'warning', what, fix)
export const problem = (id: string, what: string, fix?: string): Check => found(id, 'problem', what, fix)

function found(id: string, level: Check['level'], what: string, fix: string | undefined): Check {
  return fix === undefined ? { id, level, what } : { id, level, what, fix }
}

/** A thing that is wrong and mended on the spot with `--fix`; otherwise said. */
export async function mendable(
  patient: Patient,
  wrong: { id: string; what: string; mended: string },
  act: () => Promise<boolean>,
): Promise<Check> {
  if (!patient.mend) return problem(wrong.id, wrong.what, 'agents doctor --fix')
  const done = await act()
  return done
    ? { id: wrong.id, level: 'fixed', what: wrong.mended }
    : problem(wrong.id, `${wrong.what} It could not be mended.`)
}
