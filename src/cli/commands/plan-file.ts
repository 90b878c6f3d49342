import { Exit, type ExitCode, UserError } from '../../core/errors.ts'
import { visible } from '../../core/text.ts'
import { type Plan, planTemplate } from '../../town/plan/file.ts'
import { cell, columnsOf } from '../render/columns.ts'
import { toJson } from '../text.ts'
import { isSound, planOf, planPath } from '../town/plan-of.ts'
import type { CliDeps, Invocation } from '../types.ts'

/**
 * Creates tasks.toml; what is there already stays (W30).
 * @throws {UserError} PLAN_EXISTS, PLAN_WRITE; exit 1
 */
export async function createPlan(call: Invocation, deps: CliDeps): Promise<ExitCode> {
  const path = planPath(call, deps)
  const written = await (await deps.host()).writeNew(path, planTemplate)
  if (written.kind === 'written') {
    await deps.io.out(
      call.options.json === true
        ? toJson({ version: 1, path, created: true })
        : `wrote ${visible(path)}\n\nNext: edit it, then agents plan --tasks && agents sync push\n`,
    )
    return Exit.done
  }
  throw written.kind === 'exists'
    ? new UserError({
        code: 'PLAN_EXISTS',
        what: `${path} is there already and was not overwritten.`,
        fix: 'Type agents plan --tasks to see it, or move it away first.',
        file: path,
      })
    : new UserError({ code: 'PLAN_WRITE', what: `${path} cannot be written (${written.why}).`, file: path })
}

/** Shows tasks.toml and what is wrong with it; exit 2 when something is. */
export async function showPlan(call: Invocation, deps: CliDeps): Promise<ExitCode> {
  const found = await planOf(call, deps, await deps.tomlFiles())
  const ok = isSound(found)
  if (call.options.json === true)
    await deps.io.out(
      toJson({ version: 1, path: found.path, ok, ...planJson(found.plan), problems: found.problems }),
    )
  else {
    const listed = found.problems.length === 0 ? '' : `${await deps.renderProblems(found.problems)}\n\n`
    await deps.io.out(`${listed}${planText(found.path, found.plan)}`)
  }
  return ok ? Exit.done : Exit.usage
}

function planJson({ description, defaultAgent, tasks }: Plan): object {
  return {
    description,
    defaultAgent,
    tasks: tasks.map(({ at: _place, ...task }) => ({ ...task, status: task.status ?? 'pending' })),
  }
}

function planText(path: string, { description, defaultAgent, tasks }: Plan): string {
  const facts = [
    `${tasks.length} ${tasks.length === 1 ? 'task' : 'tasks'}`,
    ...(defaultAgent === undefined ? [] : [`default agent ${defaultAgent}`]),
  ].join(', ')
  const head = `${visible(path)}: ${description ? `${visible(description)} ` : ''}(${visible(facts)})\n`
  const rows = tasks.map((task) =>
    [
      task.id ?? '(none yet)',
      task.status ?? 'pending',
      (task.agent ?? defaultAgent) || 'backlog',
      task.priority === 'normal' ? '' : task.priority,
      task.tags.join(','),
      firstLine(task.description),
    ].map((text) => cell(visible(text))),
  )
  return `${head}${columnsOf(rows, undefined)
    .map((line) => `${line}\n`)
    .join('')}`
}

const firstLine = (text: string): string => {
  const line = text.trim().split('\n')[0] ?? ''
  return line.length > 60 ? `${line.slice(0, 59)}…` : line
}
