import { nearest } from '../../config/nearest.ts'
import { Exit, type ExitCode, UserError } from '../../core/errors.ts'
import {
  assignAll,
  type BacklogEntry,
  claimFromBacklog,
  listBacklog,
  removeFromBacklog,
} from '../../town/tasks/backlog.ts'
import { addToBacklog } from '../../town/tasks/create.ts'
import { findTask, taskLabel } from '../../town/tasks/tasks.ts'
import { parseId, SUPERVISOR, shortId } from '../../town/wire/ids.ts'
import { cell, columnsOf } from '../render/columns.ts'
import { aboutCells, taskJson } from '../render/town-task.ts'
import { styleFor, toJson } from '../text.ts'
import { whoTypes } from '../town/me.ts'
import { newTaskOf } from '../town/task-options.ts'
import { whomToGive } from '../town/whom.ts'
import type { CliDeps, Command, Invocation, OpenTown } from '../types.ts'
import { withTown } from '../with-town.ts'
import { nameOf } from './assign.ts'

type Word = (open: OpenTown, call: Invocation, deps: CliDeps) => Promise<ExitCode>

const WORDS: Readonly<Record<string, { least: number; most: number; args: string; run: Word }>> = {
  add: { least: 1, most: Number.POSITIVE_INFINITY, args: ' TASK...', run: add },
  list: { least: 0, most: 0, args: '', run: list },
  claim: { least: 1, most: 2, args: ' ID [AGENT]', run: claim },
  'assign-all': { least: 1, most: 1, args: ' AGENT', run: giveAll },
  remove: { least: 1, most: 1, args: ' ID', run: remove },
}

export const command: Command = (call, deps) => {
  const [word = '', ...rest] = call.args
  const found = Object.hasOwn(WORDS, word) ? WORDS[word] : undefined
  if (found === undefined || rest.length < found.least || rest.length > found.most)
    throw misused(word, found?.args)
  return withTown(call, deps, (open) => found.run(open, { ...call, args: rest }, deps))
}

async function add(open: OpenTown, call: Invocation, deps: CliDeps): Promise<ExitCode> {
  const me = await whoTypes(open, deps)
  const task = await addToBacklog(open.town, await newTaskOf(open.town, call.args, call.options, me.id))
  await deps.io.out(
    call.options.json === true
      ? toJson({ version: 1, task: taskJson(task) })
      : `task ${task.id} is in the backlog\n`,
  )
  return Exit.done
}

async function list({ town }: OpenTown, call: Invocation, deps: CliDeps): Promise<ExitCode> {
  const entries = await listBacklog(town)
  await deps.io.out(
    call.options.json === true
      ? toJson({
          version: 1,
          backlog: entries.map(({ id, task, waitsFor }) => ({
            id,
            task: task === undefined ? undefined : taskJson(task),
            waitsFor,
          })),
        })
      : listText(entries, deps),
  )
  return Exit.done
}

function listText(entries: readonly BacklogEntry[], deps: CliDeps): string {
  if (entries.length === 0) return 'the backlog is empty\n'
  const view = { style: styleFor(deps.io.color), columns: deps.io.columns, now: deps.now() }
  const rows = entries.map(({ id, task, waitsFor }) => {
    if (task === undefined) return [cell(shortId(id)), cell('missing', view.style.red)]
    const waits = waitsFor.length === 0 ? 'free' : `waits for ${waitsFor.map(shortId).join(', ')}`
    return [
      cell(shortId(id)),
      cell(waits, waitsFor.length === 0 ? undefined : view.style.dim),
      ...aboutCells(task, view),
    ]
  })
  return `${columnsOf(rows, view.columns).join('\n')}\n`
}

async function claim(open: OpenTown, call: Invocation, deps: CliDeps): Promise<ExitCode> {
  const { town } = open
  const [ref = '', name] = call.args
  const me = await whoTypes(open, deps)
  if (name === undefined && me.id === SUPERVISOR) throw misused('claim', ' ID AGENT')
  const agent = name === undefined ? me : await whomToGive(open, deps, name)
  const { id } = await findTask(town, ref)
  const task = await claimFromBacklog(town, id, agent, { by: me.id, force: call.options.force === true })
  await deps.io.out(
    call.options.json === true
      ? toJson({ version: 1, task: taskJson(task) })
      : `${taskLabel(task)} is with ${nameOf(agent)}\n`,
  )
  return Exit.done
}

async function giveAll(open: OpenTown, call: Invocation, deps: CliDeps): Promise<ExitCode> {
  const me = await whoTypes(open, deps)
  const agent = await whomToGive(open, deps, call.args[0] ?? '')
  const { given, left } = await assignAll(open.town, agent, { by: me.id, force: call.options.force === true })
  if (call.options.json === true)
    await deps.io.out(toJson({ version: 1, given: given.map((task) => taskJson(task)), left }))
  else {
    const lines = [
      `${given.length === 1 ? '1 task is' : `${given.length} tasks are`} with ${nameOf(agent)}`,
      ...left.map(({ id, word }) => `${shortId(id)} stays: ${WHY[word] ?? word}`),
    ]
    await deps.io.out(`${lines.join('\n')}\n`)
  }
  return left.length === 0 ? Exit.done : Exit.failed
}

/** Why a task stayed in the backlog. */
const WHY: Readonly<Record<string, string>> = {
  'task-waits': 'it waits for other tasks (--force gives it all the same)',
  'task-unknown': 'it has no record (agents backlog remove takes the line out)',
  'task-over': 'it was over and is taken out',
}

async function remove({ town }: OpenTown, call: Invocation, deps: CliDeps): Promise<ExitCode> {
  const id = await removable(town, call.args[0] ?? '')
  await removeFromBacklog(town, id)
  await deps.io.out(
    call.options.json === true ? toJson({ version: 1, removed: id }) : `task ${shortId(id)} is deleted\n`,
  )
  return Exit.done
}

/** Also an entry of which nobody has the record. */
async function removable(town: OpenTown['town'], ref: string): Promise<string> {
  const lower = ref.trim().toLowerCase()
  const whole = parseId(lower)
  const listed = (await listBacklog(town)).filter(
    ({ id, task }) => task === undefined && (id === whole || (lower.length >= 4 && id.startsWith(lower))),
  )
  return listed.length === 1 ? listed[0]!.id : (await findTask(town, ref)).id
}

function misused(word: string, args: string | undefined): UserError {
  const offer = args === undefined ? nearest(word, Object.keys(WORDS)) : undefined
  return new UserError({
    code: 'CLI_ARGUMENTS',
    what:
      args === undefined
        ? `agents backlog ${word} is not understood.`
        : `agents backlog ${word}: the arguments do not fit.`,
    fix:
      args === undefined
        ? `${offer === undefined ? '' : `Did you mean ${offer}? `}Write one of ${Object.keys(WORDS).join(', ')}.`
        : `Write agents backlog ${word}${args}${args.endsWith('.') ? '' : '.'}`,
    exit: Exit.usage,
  })
}
