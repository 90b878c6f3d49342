import { JSON_OPTION, NOTHING, type OptionSpec, type VerbSpec } from './spec.ts'

const TASK_WORDS = ['complete', 'fail', 'cancel', 'requeue', 'show', 'current', 'list', 'wait']
const BACKLOG_WORDS = ['add', 'list', 'claim', 'assign-all', 'remove']

const PRIORITY: OptionSpec = {
  name: 'priority',
  value: 'P',
  offers: ['low', 'normal', 'high', 'urgent'],
  summary: 'low, normal, high or urgent (default: normal)',
}
const TAGS: OptionSpec = { name: 'tags', value: 'A,B', summary: 'words to find it by, parted by commas' }
const DEPENDS: OptionSpec = {
  name: 'depends-on',
  value: 'IDS',
  summary: 'tasks that must be completed before it, parted by commas',
}
const PARENT: OptionSpec = { name: 'parent', value: 'ID', summary: 'the task that it is a part of' }
const FORCE: OptionSpec = { name: 'force', summary: 'although it waits for other tasks' }

/** What agents have to do, in the town. */
export const TOWN_TASKS: readonly VerbSpec[] = [
  {
    name: 'assign',
    group: 'Town: tasks',
    args: 'AGENT TASK...',
    min: 2,
    max: Number.POSITIVE_INFINITY,
    completes: 'agents',
    summary: 'give an agent of the town a new task, and a message that says so',
    details:
      'AGENT is a name, a nickname, a label, an id or the beginning of one. The words of TASK become its description; ' +
      'record, message and event are written together or not at all. Who assigned it is told how it ended. A high or ' +
      'urgent one goes before what waits in the inbox. JSON: `{version, task}`. Exit 2 for an unknown agent or task, ' +
      '1 when it waits for others.',
    options: [PRIORITY, TAGS, DEPENDS, PARENT, FORCE, JSON_OPTION],
    examples: [
      'agents assign builder "Add rate limiting to the login route"',
      'agents assign scout --depends-on 0d5b --priority high check the limits',
    ],
    load: () => import('../commands/assign.ts'),
  },
  {
    name: 'task',
    group: 'Town: tasks',
    args: 'WORD [ID...]',
    min: 1,
    max: Number.POSITIVE_INFINITY,
    completes: TASK_WORDS,
    summary: 'end, look at, give back or wait for a task',
    details:
      'WORD: `complete ID`, `fail ID` and `cancel ID` take what came of it after the id or with --result; the first result ' +
      'counts: told again it is answered again, another one is refused. `requeue ID` puts it into the backlog, with ' +
      'nobody. `show ID`; `current [AGENT]` (default: who types it); `list`; `wait ID...` until all are over: exit 0 ' +
      'when all were completed, 1 when one was not, 124 when --timeout is over. IDs may be shortened to four ' +
      'characters. JSON: `{version, task, changed?}`, of list and wait `{version, timedOut?, tasks}`.',
    options: [
      {
        name: 'result',
        value: 'TEXT',
        summary: 'what came of it, or why not (complete, fail, cancel, requeue)',
      },
      { name: 'reason', value: 'TEXT', summary: 'the same', hidden: true },
      {
        name: 'state',
        value: 'S,T',
        offers: ['pending', 'assigned', 'running', 'completed', 'failed', 'cancelled'],
        summary: 'list: only pending, assigned, running, completed, failed, cancelled',
      },
      { name: 'agent', value: 'NAME', offers: 'agents', summary: 'list: only those of this agent' },
      { name: 'tag', value: 'TAG', summary: 'list: only those with this tag' },
      { name: 'parent', value: 'ID', summary: 'list: only parts of this task' },
      { name: 'timeout', value: 'DUR', summary: 'wait: at most this long (default: for ever)' },
      JSON_OPTION,
    ],
    examples: [
      'agents task complete 0d5b1c9e --result "limits are in, tests pass"',
      'agents task list --state assigned,running --agent builder',
      'agents task wait 0d5b 77ee --timeout 30m',
    ],
    load: () => import('../commands/task.ts'),
  },
  {
    name: 'backlog',
    group: 'Town: tasks',
    args: 'WORD [ID] [AGENT]',
    min: 1,
    max: Number.POSITIVE_INFINITY,
    completes: BACKLOG_WORDS,
    summary: 'tasks that nobody has yet',
    details:
      'WORD: `add TASK...`; `list`; `claim ID [AGENT]` gives one to an agent (default: who types it); `assign-all AGENT` gives ' +
      'it all that wait for nothing; `remove ID` deletes one. List, record and message change together: an unknown agent ' +
      'takes nothing out. JSON: `{version, task}`, of list `{version, backlog: [{id, task?, waitsFor}]}`, of assign-all ' +
      '`{version, given, left}`. Exit 1 when it is not in the backlog, waits for others, or not all were given.',
    options: [PRIORITY, TAGS, DEPENDS, PARENT, FORCE, JSON_OPTION],
    examples: [
      'agents backlog add --tags backend,p1 "Add rate limiting"',
      'agents backlog claim 0d5b builder',
      'agents backlog list --json',
    ],
    load: () => import('../commands/backlog.ts'),
  },
  {
    name: 'reclaim',
    group: 'Town: tasks',
    ...NOTHING,
    summary: 'move what stopped and vanished agents left: messages, with --orphan-tasks tasks',
    details:
      'Without a destination it lists and changes nothing. Messages of every kind are moved, urgent and claimed ones, ' +
      'too, and only of agents that are stopped, failed or without a record. --to-backlog: tasks go there, what is none ' +
      'to --to, else to the mailbox of people. --orphan-tasks: tasks that are assigned or running and whose agent is ' +
      'over, also those whose message was taken before it crashed. JSON: `{version, destination?, agents: [{id, name, ' +
      'state, messages}], orphans?}`. Exit 1 for an agent that is not over, or when anything could not be moved.',
    options: [
      { name: 'to-backlog', summary: 'tasks into the backlog' },
      {
        name: 'to',
        value: 'AGENT',
        offers: 'agents',
        summary: 'everything to this agent; with --to-backlog what is no task',
      },
      { name: 'from', value: 'AGENT', offers: 'agents', summary: 'only what this one left' },
      { name: 'orphan-tasks', summary: 'tasks by their records instead of messages' },
      { name: 'cancel', summary: 'with --orphan-tasks: cancel them' },
      { name: 'delete', summary: 'with --orphan-tasks: delete them' },
      JSON_OPTION,
    ],
    examples: [
      'agents reclaim',
      'agents reclaim --to-backlog',
      'agents reclaim --orphan-tasks --to builder --from scout',
    ],
    load: () => import('../commands/reclaim.ts'),
  },
  {
    name: 'recover',
    group: 'Town: tasks',
    ...NOTHING,
    summary: 'mark agents of the town as stopped that died without saying so',
    details:
      'For workers that another program runs: no sign of life for two minutes and no process here. One that works may ' +
      'be on another machine and silent while its CLI runs; where that cannot be ruled out it is left alone and named. ' +
      'Agents of the fleet are the matter of its watchdog. JSON: `{version, checked, recovered, agents: [{id, name, ' +
      'state, verdict, because?, recovered}]}`.',
    options: [{ name: 'force', summary: 'also those that may work on another machine' }, JSON_OPTION],
    examples: ['agents recover', 'agents recover && agents reclaim --orphan-tasks --to-backlog'],
    load: () => import('../commands/recover.ts'),
  },
  {
    name: 'list',
    group: 'Town: tasks',
    ...NOTHING,
    summary: 'who is in town: label, id, state, what waits, at which task',
    details:
      'Agents of this fleet, workers of others and what is left of stopped ones. JSON: `{version, town, supervisor: ' +
      '{inbox, urgent}, agents: [{id, name, nickname?, role?, label, state, cli, inbox, urgent, claimed, task?, ' +
      'tasksCompleted, rounds, heartbeatAt}]}`.',
    options: [JSON_OPTION],
    examples: ['agents list', 'agents list --json'],
    load: () => import('../commands/list.ts'),
  },
  {
    name: 'history',
    group: 'Town: tasks',
    ...NOTHING,
    summary: 'the last events of the town, or of one agent in it',
    details:
      'The newest, oldest first; of an agent from its own stream, so that -n are its own. `agents events --town -f` ' +
      'goes on with what comes. JSON: `{version, events}`.',
    options: [
      { name: 'limit', short: 'n', value: 'N', summary: 'at most the last N (default 30)' },
      { name: 'agent', short: 'a', value: 'NAME', offers: 'agents', summary: 'only of this agent' },
      JSON_OPTION,
    ],
    examples: ['agents history', 'agents history -n 100 -a builder'],
    load: () => import('../commands/history.ts'),
  },
]
