import { Exit, UserError } from '../../core/errors.ts'
import type { NewTask } from '../../town/tasks/create.ts'
import { findTask } from '../../town/tasks/tasks.ts'
import type { Town } from '../../town/town.ts'
import { PRIORITIES, type Priority, TASK_STATES, type TaskState } from '../../town/wire/task-record.ts'
import type { Invocation } from '../types.ts'

type Options = Invocation['options']

/** What `--tags a,b` says: parts between commas without their blanks. */
export const parts = (text: string | boolean | undefined): string[] =>
  typeof text !== 'string'
    ? []
    : text
        .split(',')
        .map((part) => part.trim())
        .filter((part) => part !== '')

/**
 * A new task as it was typed.
 * @throws {UserError} CLI_PRIORITY, TASK_UNKNOWN, TASK_AMBIGUOUS (exit 2)
 */
export async function newTaskOf(
  town: Town,
  words: readonly string[],
  options: Options,
  by: string,
): Promise<NewTask> {
  const dependsOn: string[] = []
  for (const ref of parts(options['depends-on'])) dependsOn.push((await findTask(town, ref)).id)
  const parent = typeof options.parent === 'string' ? (await findTask(town, options.parent)).id : undefined
  return {
    description: words.join(' '),
    priority: priorityOf(options.priority),
    tags: parts(options.tags),
    dependsOn,
    parent,
    by,
  }
}

function priorityOf(text: string | boolean | undefined): Priority | undefined {
  if (typeof text !== 'string') return undefined
  const found = PRIORITIES.find((one) => one === text.trim().toLowerCase())
  if (found !== undefined) return found
  throw oneOf('CLI_PRIORITY', '--priority', text, PRIORITIES)
}

/** @throws {UserError} CLI_STATE (exit 2) */
export function statesOf(text: string | boolean | undefined): TaskState[] | undefined {
  const words = parts(text)
  if (words.length === 0) return undefined
  return words.map((word) => {
    const found = TASK_STATES.find((one) => one === word.toLowerCase())
    if (found === undefined) throw oneOf('CLI_STATE', '--state', word, TASK_STATES)
    return found
  })
}

function oneOf(code: string, option: string, text: string, words: readonly string[]): UserError {
  return new UserError({
    code,
    what: `${option} ${text} is not understood.`,
    fix: `Write one of ${words.join(', ')}.`,
    exit: Exit.usage,
  })
}
