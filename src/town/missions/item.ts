import { eventArgs } from '../events/events.ts'
import { missionAdvance } from '../lua/mission-advance.ts'
import { repeated } from '../repeat.ts'
import { noteArgs } from '../tasks/note.ts'
import { hashOf, type Town, textsOf } from '../town.ts'
import { agentLabel } from '../wire/agent-record.ts'
import { jsonTime } from '../wire/stamp.ts'
import { encodeTask } from '../wire/task-record.ts'
import type { NextTask } from './next-task.ts'
import { decodeRun, decodeWatch, decodeWork, type MissionBinding, type WatchItem } from './record.ts'
import type { MissionStep } from './step.ts'

/** The item of a binding as it is in Redis, with its mission and what is watched; undefined when it is not there. */
export async function readItem(town: Town, { mission, item }: MissionBinding) {
  const { keys } = town
  const [runJson, itemJson, watchHash] = await town.redis.multi([
    ['GET', keys.mission(mission)],
    ['HGET', keys.missionWork(mission), item],
    ['HGETALL', keys.missionWatch(mission)],
  ])
  const run = decodeRun(runJson)
  const found = decodeWork(itemJson)
  if (run === undefined || found === undefined) return undefined
  const watches = Object.values(hashOf(watchHash) ?? {}).flatMap((json) => {
    const watch = decodeWatch(json)
    return watch === undefined ? [] : [{ watch, json }]
  })
  return { run, item: found, json: String(itemJson), watches }
}
export type ReadItem = NonNullable<Awaited<ReturnType<typeof readItem>>>

/** Writes a step, if nobody changed the item since it was read. @returns the script's answer: its word first */
export async function writeStep(
  town: Town,
  binding: MissionBinding,
  read: ReadItem,
  step: MissionStep,
  next: NextTask | undefined,
): Promise<string[]> {
  const { keys } = town
  const { mission } = binding
  const before = new Map(read.watches.map(({ watch, json }) => [watch.id, json]))
  const lines = [step.line, ...(next === undefined ? [] : [nextLine(next, step)])]
  const fields = next === undefined ? [] : encodeTask(next.task)
  const at = town.now()
  const args = [
    binding.item,
    read.json,
    JSON.stringify(step.item),
    step.watches.length,
    ...step.watches.flatMap((watch: WatchItem) => [
      watch.id,
      before.get(watch.id) ?? '',
      JSON.stringify(watch),
    ]),
    next?.task.id ?? '',
    next?.agent?.id ?? '',
    fields.length,
    ...fields.flat(),
    ...noteArgs(next?.note === undefined ? [] : [next.note]),
    lines.length,
    ...lines.map((line) => `[${jsonTime(at).slice(0, 19).replace('T', ' ')}] ${line}`),
    ...eventArgs(
      keys,
      lines.map((message) => ({ type: 'mission_event', mission, message, at })),
    ),
  ]
  const scriptKeys = [
    keys.root,
    keys.missionWork(mission),
    keys.missionWatch(mission),
    keys.missionLog(mission),
  ]
  return textsOf(await repeated(() => town.redis.script(missionAdvance, scriptKeys, args)))
}

function nextLine({ task, kind, agent }: NextTask, { item }: MissionStep): string {
  const what = `${kind === 'review' ? 'Review' : 'Fix'} task ${task.id} for '${item.title}'`
  return agent === undefined ? `${what} waits in the backlog` : `${what} is with '${agentLabel(agent)}'`
}
