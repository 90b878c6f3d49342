import { dirname, join, resolve } from 'node:path'
import type { TomlFiles } from '../../adapters/files/toml-files.ts'
import { createLocator } from '../../config/locate.ts'
import { toProblems } from '../../config/problem.ts'
import { Exit, type Problem, UserError } from '../../core/errors.ts'
import { type Plan, planHead, readPlan } from '../../town/plan/file.ts'
import type { CliDeps, Invocation } from '../types.ts'

export interface PlanOnDisk {
  path: string
  /** Of the file, as it was read. */
  text: string
  /** There is no such file yet. */
  isNew?: boolean
  plan: Plan
  problems: Problem[]
}

/** `tasks.toml` lies beside agents.toml; in an agent's session beside that of its fleet. It needs no config to be read. */
export const planPath = (call: Invocation, { cwd, env }: Pick<CliDeps, 'cwd' | 'env'>): string =>
  join(dirname(resolve(cwd, call.config ?? env.AGENTS_CONFIG ?? 'agents.toml')), 'tasks.toml')

/** @throws {UserError} PLAN_MISSING (exit 1), PLAN_UNREADABLE (exit 2) */
export async function planOf(call: Invocation, deps: CliDeps, files: TomlFiles): Promise<PlanOnDisk> {
  const path = planPath(call, deps)
  const read = files.read(path)
  if (read.kind === 'absent')
    throw new UserError({
      code: 'PLAN_MISSING',
      what: `There is no ${path}.`,
      fix: 'Type: agents plan --init',
      file: path,
    })
  if (read.kind !== 'ok')
    throw new UserError({
      code: 'PLAN_UNREADABLE',
      what: read.kind === 'bad' ? `This is not TOML: ${read.why}.` : `${path} ${read.why}.`,
      fix: 'Mend it; agents plan --tasks reads it again.',
      file: path,
      ...(read.kind === 'bad' ? { line: read.line } : {}),
      exit: Exit.usage,
    })
  const { plan, faults } = readPlan(read.table)
  const tree = faults.length === 0 ? undefined : await files.tree(read.text)
  const find = tree === undefined ? () => undefined : createLocator(tree).find
  const findings = faults.map((fault) => ({
    ...fault,
    code: fault.severity === 'error' ? 'PLAN_INVALID' : 'PLAN_WORD',
  }))
  return { path, text: read.text, plan, problems: toProblems(findings, path, read.table, find) }
}

/** The same; where there is none, a plan without tasks that is still to be written. */
export function planOrNew(call: Invocation, deps: CliDeps, files: TomlFiles): Promise<PlanOnDisk> {
  const path = planPath(call, deps)
  if (files.read(path).kind !== 'absent') return planOf(call, deps, files)
  const { plan } = readPlan({})
  return Promise.resolve({ path, text: planHead, isNew: true, plan, problems: [] })
}

export const isSound = ({ problems }: PlanOnDisk): boolean =>
  !problems.some((problem) => problem.severity === 'error')
