import { nearest } from '../../config/nearest.ts'
import { Exit, type ExitCode, UserError } from '../../core/errors.ts'
import { visible } from '../../core/text.ts'
import { findAgent, listAgents } from '../../town/agents/agents.ts'
import { completeMissionTask, type MissionAdvance } from '../../town/missions/task.ts'
import { type End, type Finished, finishTask } from '../../town/tasks/finish.ts'
import { currentTask, findTask, findTasks, listTasks, readTask, taskLabel } from '../../town/tasks/tasks.ts'
import { requeueTask } from '../../town/tasks/turn.ts'
import { waitForTasks } from '../../town/tasks/wait.ts'
import { SUPERVISOR, shortId } from '../../town/wire/ids.ts'
import { isTaskOver, type TaskRecord } from '../../town/wire/task-record.ts'
import { durationOption } from '../durations.ts'
import { namesOf, type TownView, taskJson, tasksText, taskText } from '../render/town-task.ts'
import { styleFor, toJson } from '../text.ts'
import { leaveWord } from '../town/leave-word.ts'
import { whoTypes } from '../town/me.ts'
import { statesOf } from '../town/task-options.ts'
import type { CliDeps, Command, Invocation, OpenTown } from '../types.ts'
import { withTown } from '../with-town.ts'

type Word = (open: OpenTown, call: Invocation, deps: CliDeps) => Promise<ExitCode>

const WORDS: Readonly<Record<string, { least: number; most: number; run: Word }>> = {
  complete: { least: 1, most: Number.POSITIVE_INFINITY, run: end('completed') },
  fail: { least: 1, most: Number.POSITIVE_INFINITY, run: end('failed') },
  cancel: { least: 1, most: Number.POSITIVE_INFINITY, run: end('cancelled') },
  requeue: { least: 1, most: Number.POSITIVE_INFINITY, run: requeue },
  show: { least: 1, most: 1, run: show },
  current: { least: 0, most: 1, run: current },
  list: { least: 0, most: 0, run: list },
  wait: { least: 1, most: Number.POSITIVE_INFINITY, run: wait },
}

export const command: Command = async (call, deps) => {
  const [word = '', ...rest] = call.args
  const found = Object.hasOwn(WORDS, word) ? WORDS[word] : undefined
  if (found === undefined || rest.length < found.least || rest.length > found.most) throw misused(word, found)
  const asked = { ...call, args: rest }
  const left = word === 'complete' || word === 'fail' ? await leave(word, asked, deps) : undefined
  return left ?? withTown(call, deps, (open) => found.run(open, asked, deps))
}

function leave(verb: 'complete' | 'fail', call: Invocation, deps: CliDeps): Promise<ExitCode | undefined> {
  const text = said(call)
  return leaveWord(call, deps, { verb, ids: [call.args[0]!], ...(text === undefined ? {} : { text }) })
}

const viewOf = (deps: CliDeps): TownView => ({
  style: styleFor(deps.io.color),
  columns: deps.io.columns,
  now: deps.now(),
})

/** What was typed after the id, or with --result. */
function said({ args, options }: Invocation): string | undefined {
  const given = options.result ?? options.reason
  if (typeof given === 'string') return given
  return args.length > 1 ? args.slice(1).join(' ') : undefined
}

function end(how: End): Word {
  return async (open, call, deps) => {
    const me = await whoTypes(open, deps)
    const { id } = await findTask(open.town, call.args[0]!)
    const ended: Finished & { advance?: MissionAdvance | undefined } =
      how === 'completed'
        ? await completeMissionTask(open.town, id, said(call), me.id)
        : await finishTask(open.town, id, { end: how, result: said(call), by: me.id })
    const { kind, task, advance: mission } = ended
    const lines = [
      `${taskLabel(task)} is ${task.state}${kind === 'same' ? ' already' : ''}`,
      ...missionLines(mission),
    ]
    return print({ task, changed: kind === 'done', mission }, lines.join('\n'), call, deps)
  }
}

function missionLines(mission: MissionAdvance | undefined): string[] {
  if (mission === undefined) return []
  const { next } = mission
  const then =
    next === undefined
      ? ''
      : `; ${next.kind} task ${shortId(next.task)} ${next.agent === undefined ? 'waits in the backlog' : 'is given out'}`
  return [`mission ${shortId(mission.mission)}: its work item ${wordsOf(mission.outcome)}${then}`]
}

const wordsOf = (outcome: MissionAdvance['outcome']): string =>
  outcome === 'completed'
    ? 'is completed'
    : outcome === 'changes are asked for'
      ? 'is to be changed'
      : outcome

async function requeue({ town, ...open }: OpenTown, call: Invocation, deps: CliDeps): Promise<ExitCode> {
  const me = await whoTypes({ town, ...open }, deps)
  const { id } = await findTask(town, call.args[0]!)
  const moved = await requeueTask(town, id, { by: me.id, why: said(call) })
  const task = (await readTask(town, id))!
  return print(
    { task, changed: moved },
    `${taskLabel(task)} is in the backlog${moved ? '' : ' already'}`,
    call,
    deps,
  )
}

interface Done {
  task: TaskRecord
  changed: boolean
  mission?: MissionAdvance | undefined
}

async function print({ task, ...done }: Done, text: string, call: Invocation, deps: CliDeps) {
  await deps.io.out(
    call.options.json === true ? toJson({ version: 1, task: taskJson(task), ...done }) : `${text}\n`,
  )
  return Exit.done
}

async function show({ town }: OpenTown, call: Invocation, deps: CliDeps): Promise<ExitCode> {
  return showOne({ town }, await findTask(town, call.args[0]!), call, deps)
}

async function showOne(
  { town }: Pick<OpenTown, 'town'>,
  task: TaskRecord,
  call: Invocation,
  deps: CliDeps,
): Promise<ExitCode> {
  const names = namesOf(await listAgents(town))
  await deps.io.out(
    call.options.json === true
      ? toJson({ version: 1, task: taskJson(task, names) })
      : taskText(task, names, viewOf(deps)),
  )
  return Exit.done
}

async function current(open: OpenTown, call: Invocation, deps: CliDeps): Promise<ExitCode> {
  const { town } = open
  const [ref] = call.args
  const agent = ref === undefined ? await whoTypes(open, deps) : await findAgent(town, ref)
  if (ref === undefined && agent.id === SUPERVISOR)
    throw new UserError({
      code: 'TASK_WHOSE',
      what: 'Outside of a session nobody knows whose task is meant.',
      fix: 'Write agents task current AGENT.',
      exit: Exit.usage,
    })
  const task = await currentTask(town, agent.id)
  const held = await listTasks(town, { states: ['assigned', 'running'], assignee: agent.id })
  const json = {
    version: 1,
    agent: agent.id,
    task: task === undefined ? undefined : taskJson(task),
    open: held.map((one) => taskJson(one)),
  }
  if (call.options.json === true) await deps.io.out(toJson(json))
  else if (task !== undefined) return showOne(open, task, call, deps)
  else await deps.io.out(`${visible(agent.name)} ${idleText(held, deps)}`)
  return Exit.done
}

function idleText(held: readonly TaskRecord[], deps: CliDeps): string {
  if (held.length === 0) return 'has no task\n'
  return `has ${held.length} tasks and is at none of them:\n${tasksText(held, new Map(), viewOf(deps))}`
}

async function list({ town }: OpenTown, call: Invocation, deps: CliDeps): Promise<ExitCode> {
  const { options } = call
  const tasks = await listTasks(town, {
    states: statesOf(options.state),
    assignee: typeof options.agent === 'string' ? (await findAgent(town, options.agent)).id : undefined,
    tag: typeof options.tag === 'string' ? options.tag : undefined,
    parent: typeof options.parent === 'string' ? (await findTask(town, options.parent)).id : undefined,
  })
  const names = namesOf(await listAgents(town))
  await deps.io.out(
    options.json === true
      ? toJson({ version: 1, tasks: tasks.map((task) => taskJson(task, names)) })
      : tasksText(tasks, names, viewOf(deps)),
  )
  return Exit.done
}

async function wait({ town }: OpenTown, call: Invocation, deps: CliDeps): Promise<ExitCode> {
  const stop = deps.io.interrupted()
  const ids = (await findTasks(town, call.args)).map(({ id }) => id)
  const tasks = await waitForTasks(town, ids, {
    timeoutMs: durationOption('timeout', call.options.timeout),
    wait: (ms) => deps.sleep(ms, stop),
    stop,
  })
  const names = namesOf(await listAgents(town))
  const late = tasks.some((task) => !isTaskOver(task.state)) && !stop.aborted
  await deps.io.out(
    call.options.json === true
      ? toJson({ version: 1, timedOut: late, tasks: tasks.map((task) => taskJson(task, names)) })
      : tasksText(tasks, names, viewOf(deps)),
  )
  if (late && call.options.json !== true) await deps.io.err('the time ran out\n')
  if (late) return Exit.timeout
  return tasks.every((task) => task.state === 'completed') ? Exit.done : Exit.failed
}

function misused(word: string, found: { least: number } | undefined): UserError {
  const offer = found === undefined ? nearest(word, Object.keys(WORDS)) : undefined
  const args: Record<string, string> = { current: ' [AGENT]', list: '', wait: ' ID...' }
  return new UserError({
    code: 'CLI_ARGUMENTS',
    what:
      found === undefined
        ? `agents task ${word} is not understood.`
        : `agents task ${word}: the arguments do not fit.`,
    fix:
      found === undefined
        ? `${offer === undefined ? '' : `Did you mean ${offer}? `}Write one of ${Object.keys(WORDS).join(', ')}.`
        : `Write agents task ${word}${args[word] ?? ' ID'}${word === 'wait' ? '' : '.'}`,
    exit: Exit.usage,
  })
}
