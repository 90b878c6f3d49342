import { Exit, UserError, type UserErrorParts } from '../core/index.ts'
import { visible } from '../core/text.ts'
import { shortId } from './wire/ids.ts'

type Row = (...said: string[]) => UserErrorParts

const list = (ids: string | undefined): string => (ids ?? '').split(' ').map(shortId).join(', ')

const short = (text: string): string => (text.length > 200 ? `${text.slice(0, 199)}…` : text)

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
    what: `Task ${shortId(id ?? '')} is ${state} already${result ? `: ${visible(short(result))}` : ''}. Nothing was changed.`,
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
  'task-moves': (id) => ({
    code: 'TASK_MOVES',
    what: `Task ${shortId(id ?? '')} is given from hand to hand; nothing was changed.`,
    fix: 'Try again.',
  }),
  'mission-moves': (id) => ({
    code: 'MISSION_MOVES',
    what: `The task is completed, but mission ${shortId(id ?? '')} was changed by others all the time: its work item was not told.`,
    fix: 'Complete the task once more: what is done stays, and the work item is told.',
  }),
  waits: (count) => ({
    code: 'TOWN_AGENT_BUSY',
    what: `${count} messages came while it was taken out of the town; it was left where it is.`,
    fix: 'Try again.',
  }),
  'agent-alive': (id, state) => ({
    code: 'TOWN_AGENT_ALIVE',
    what: `Agent ${shortId(id ?? '')} is ${state}; only what a stopped agent left is taken. Nothing was changed.`,
    fix: 'Stop it first, or wait until it is seen as stopped.',
  }),
  long: (bytes) => ({
    code: 'TOWN_MESSAGE_LONG',
    what: `The message has ${bytes} bytes; a message has 1 MiB at most. Nothing was sent.`,
    fix: 'Put it into a file, and send the path of the file.',
    exit: Exit.usage,
  }),
  self: () => ({
    code: 'TOWN_SELF',
    what: 'That is a message to its own sender. Nothing was sent.',
    fix: 'Name another agent.',
    exit: Exit.usage,
  }),
  full: (count) => ({
    code: 'TOWN_INBOX_FULL',
    what: `${count} messages wait in that inbox already. Nothing was sent.`,
    fix: 'Send it again when the agent has read some.',
  }),
  often: (limit, ms) => ({
    code: 'TOWN_TOO_OFTEN',
    what: `More than ${limit} messages a minute of one sender are not taken. Nothing was sent.`,
    fix: `Send it again in ${seconds(ms)}.`,
  }),
  loop: (limit, ms) => ({
    code: 'TOWN_LOOP',
    what: `These two have answered each other ${limit} times within a minute. Nothing was sent.`,
    fix: `Two programs that answer each other go on for ever; stop one of them. It is taken again in ${seconds(ms)}.`,
  }),
  'message-unknown': (ref) => ({
    code: 'TOWN_MESSAGE_UNKNOWN',
    what: `This mailbox knows no message "${visible(ref ?? '')}".`,
    fix: 'See `agents inbox`.',
    exit: Exit.usage,
  }),
  'message-ambiguous': (ref, ...ids) => ({
    code: 'TOWN_MESSAGE_AMBIGUOUS',
    what: `"${ref}" may be ${ids.join(' or ')}.`,
    fix: 'Write more of the id.',
    exit: Exit.usage,
  }),
  'message-unread': (id) => ({
    code: 'TOWN_MESSAGE_UNREAD',
    what: `The message ${id} was not presented yet, so nobody can have read it.`,
    fix: 'Take it first: `agents inbox take`.',
  }),
  'dead-unknown': (id) => ({
    code: 'TOWN_DEAD_UNKNOWN',
    what: `No dead letter of this mailbox has the id "${visible(id ?? '')}".`,
    fix: 'See `agents inbox dead`.',
    exit: Exit.usage,
  }),
}

const seconds = (ms: string | undefined): string => `${Math.max(1, Math.ceil(Number(ms ?? 0) / 1000))} s`

/**
 * What a script refused, in words.
 * @throws {Error} a word that no row knows: a bug
 */
export function refusal([word, ...said]: readonly string[]): UserError {
  const row = ROWS[word ?? '']
  if (row === undefined) throw new Error(`a script answered "${word}", which refusals.ts does not know`)
  return new UserError(row(...said))
}
