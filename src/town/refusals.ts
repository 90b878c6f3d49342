import { Exit, UserError, type UserErrorParts } from '../core/index.ts'
import { visible } from '../core/text.ts'
import { shortId } from './ids.ts'

type Row = (...said: string[]) => UserErrorParts

const list = (ids: string | undefined): string => (ids ?? '').split(' ').map(shortId).join(', ')

/** Words of scripts that refuse, with what the script says after them. One line a word. */
const ROWS: Readonly<Record<string, Row>> = {
  'agent-gone': (id) => ({
    code: 'TOWN_AGENT_GONE',
    what: `Agent ${shortId(id ?? '')} left the town just now; nothing was done.`,
    fix: 'Type `agents list` and name another one.',
    exit: Exit.usage,
  }),
  'task-unknown': (id) => ({
    code: 'TASK_UNKNOWN',
    what: `There is no task ${shortId(id ?? '')} in this town.`,
    fix: 'Type `agents task list`.',
    exit: Exit.usage,
  }),
  'task-over': (id, state, result) => ({
    code: 'TASK_OVER',
    what: `Task ${shortId(id ?? '')} is ${state} already${result ? `: ${visible(result)}` : ''}. Nothing was changed.`,
    fix: 'The first result counts. `agents task requeue` takes a failed or cancelled one up again.',
  }),
  'task-waits': (id, ids) => ({
    code: 'TASK_WAITS',
    what: `Task ${shortId(id ?? '')} waits for ${list(ids)}. Nothing was changed.`,
    fix: 'Complete them first, put it into the backlog, where it is given out once they are, or add --force.',
  }),
  'not-in-backlog': (id, state) => ({
    code: 'TASK_NOT_IN_BACKLOG',
    what: `Task ${shortId(id ?? '')} is not in the backlog; it is ${state}. Nothing was changed.`,
    fix: 'Type `agents backlog list`; `agents task requeue` puts a task back.',
  }),
  'not-yours': (id, owner) => ({
    code: 'TASK_NOT_YOURS',
    what: `Task ${shortId(id ?? '')} is ${owner ? `with agent ${shortId(owner)}` : 'with nobody'} now. Nothing was changed.`,
    fix: 'Type `agents task show` to see who has it.',
  }),
  'agent-alive': (id, state) => ({
    code: 'TOWN_AGENT_ALIVE',
    what: `Agent ${shortId(id ?? '')} is ${state}; only what a stopped agent left is taken. Nothing was changed.`,
    fix: 'Stop it first, or wait until it is seen as stopped.',
  }),
}

/**
 * What a script refused, in words.
 * @throws {Error} a word that no row knows: a bug
 */
export function refusal([word, ...said]: readonly string[]): UserError {
  const row = ROWS[word ?? '']
  if (row === undefined) throw new Error(`a script answered "${word}", which refusals.ts does not know`)
  return new UserError(row(...said))
}
