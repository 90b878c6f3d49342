import type { TomlFiles } from '../../adapters/files/toml-files.ts'
import { editToml, type TomlEdit } from '../../config/toml-edit.ts'
import { Exit, type ExitCode, UserError } from '../../core/errors.ts'
import { visible } from '../../core/text.ts'
import { pullPlan } from '../../town/plan/pull.ts'
import { pushPlan } from '../../town/plan/push.ts'
import type { SyncContext, Synced } from '../../town/plan/sync.ts'
import { editTask, planTag, readPlanTown, reserveTask } from '../../town/plan/town-side.ts'
import { cell, columnsOf } from '../render/columns.ts'
import { toJson } from '../text.ts'
import { whyNotWritten } from '../town/not-written.ts'
import { isSound, type PlanOnDisk, planOf, planOrNew } from '../town/plan-of.ts'
import { openSyncRecord, type SyncRecord } from '../town/sync-record.ts'
import type { CliDeps, Command, Invocation, OpenTown } from '../types.ts'
import { withTown } from '../with-town.ts'

/** Brings tasks.toml and the town together, in one direction. Exit 1 when something clashed or failed. */
export const command: Command = async (call, deps) => {
  const direction = call.args[0] ?? 'push'
  if (direction !== 'push' && direction !== 'pull')
    throw new UserError({
      code: 'CLI_ARGUMENTS',
      what: `agents sync ${direction} is not understood.`,
      fix: 'Write agents sync push, or agents sync pull.',
      exit: Exit.usage,
    })
  const files = await deps.tomlFiles()
  const disk = await sound(await (direction === 'pull' ? planOrNew : planOf)(call, deps, files))
  return withTown(call, deps, async (open) => {
    const record = await openSyncRecord(open, disk.path, deps)
    const context = {
      ...record.context,
      dryRun: call.options['dry-run'] === true,
      force: call.options.force === true,
      fresh: disk.isNew === true,
    }
    const work: Work = { call, deps, files, disk, open, record, context }
    const synced = direction === 'push' ? await push(work) : await pull(work)
    if (!context.dryRun) await record.save(synced.agreed)
    return tell(direction, synced, work)
  })
}

interface Work {
  call: Invocation
  deps: CliDeps
  files: TomlFiles
  disk: PlanOnDisk
  open: OpenTown
  record: SyncRecord
  context: SyncContext
}

/** @throws {UserError} PLAN_INVALID, exit 2, with all problems */
async function sound(disk: PlanOnDisk): Promise<PlanOnDisk> {
  if (isSound(disk)) return disk
  const error = new UserError({
    code: 'PLAN_INVALID',
    what: `${disk.path} cannot be used; nothing was changed.`,
    fix: 'Mend what is listed; agents plan --tasks lists it again.',
    file: disk.path,
    exit: Exit.usage,
  })
  throw Object.assign(error, { problems: disk.problems })
}

async function push(work: Work): Promise<Synced> {
  const { open, context } = work
  const named = await nameTasks(work)
  return pushPlan(open.town, named.plan, await readPlanTown(open.town), context)
}

/** A task without an id gets one, and keeps it: else the next push would make another task of it. */
async function nameTasks(work: Work): Promise<PlanOnDisk> {
  const { disk, context } = work
  const used = new Set(disk.plan.tasks.map(({ id }) => id))
  let n = 0
  const next = (): string => {
    do n += 1
    while (used.has(`task-${n}`))
    return `task-${n}`
  }
  const tasks = disk.plan.tasks.map((task) => ({ ...task, id: task.id ?? next() }))
  const edits = tasks.flatMap(({ at, id }, index): TomlEdit[] =>
    disk.plan.tasks[index]?.id === undefined ? [{ table: ['tasks', at], key: 'id', value: id }] : [],
  )
  if (edits.length > 0 && !context.dryRun) await writePlan(work, edits)
  return { ...disk, plan: { ...disk.plan, tasks } }
}

async function pull(work: Work): Promise<Synced> {
  const { open, disk, context, call } = work
  const there = await readPlanTown(open.town)
  const pulled = pullPlan(disk.plan, there, context, call.options.all === true)
  if (context.dryRun) return pulled
  // The town knows the id first: written down only in the file, it would be a task to be made at the next push.
  for (const { task, id } of pulled.named) {
    await reserveTask(open.town, id, task.id, true)
    const tags = [...new Set([...task.tags, planTag(id)])]
    await editTask(open.town, task, { ...task, tags })
  }
  const edits = pulled.edits.map(({ at, key, value }): TomlEdit => ({ table: ['tasks', at], key, value }))
  if (edits.length > 0 || disk.isNew === true) await writePlan(work, edits)
  return pulled
}

/** @throws {UserError} PLAN_WRITE */
async function writePlan({ disk, files }: Work, edits: readonly TomlEdit[]): Promise<void> {
  const failed = (what: string) =>
    new UserError({
      code: 'PLAN_WRITE',
      what: `${disk.path} ${what}.`,
      fix: 'Type it again.',
      file: disk.path,
    })
  const tree = await files.tree(disk.text)
  const text = tree === undefined ? undefined : editToml(disk.text, tree, edits)
  // Tasks that stand in one list within brackets cannot be told apart by their headers.
  if (text === undefined || files.parse(text) === undefined)
    throw failed('writes its tasks in a form that cannot be edited: write each below [[tasks]]')
  const done =
    disk.isNew === true
      ? await files.write(disk.path, undefined, text, { mode: 0o644 })
      : await files.write(disk.path, disk.text, text)
  if (done.kind === 'written') return
  throw failed(whyNotWritten(done))
}

async function tell(
  direction: 'push' | 'pull',
  synced: Synced,
  { call, deps, disk, context }: Work,
): Promise<ExitCode> {
  const failed = synced.lines.filter(({ action }) => action === 'failed').length
  const { dryRun } = context
  await deps.io.out(
    call.options.json === true
      ? toJson({
          version: 1,
          direction,
          dryRun,
          path: disk.path,
          changes: synced.lines,
          conflicts: synced.conflicts,
          notes: synced.notes,
          failed,
        })
      : text(direction, synced, dryRun),
  )
  return synced.conflicts.length + failed === 0 ? Exit.done : Exit.failed
}

function text(direction: 'push' | 'pull', { lines, conflicts, notes }: Synced, dryRun: boolean): string {
  const told = lines.filter(({ action, detail }) => action !== 'same' || detail !== '')
  const rows = told.map(({ id, action, detail }) => [action, id, detail].map((one) => cell(visible(one))))
  const same = lines.length - told.length
  const clashes = conflicts.flatMap(({ id, field, file, town }) => [
    `${id}, ${field}:`,
    `  the file says ${JSON.stringify(file)}`,
    `  the town says ${JSON.stringify(town)}`,
  ])
  const advice =
    conflicts.length === 0
      ? []
      : ['agents sync push --force takes what the file says, agents sync pull --force what the town says.']
  const sum = `${dryRun ? 'nothing was changed; ' : ''}${lines.length} ${lines.length === 1 ? 'task' : 'tasks'}, ${same} the same on both sides`
  return `${[...columnsOf(rows, undefined), ...clashes.map((line) => visible(line)), ...advice, ...notes.map((note) => visible(note)), `sync ${direction}: ${sum}`].join('\n')}\n`
}
