import * as v from 'valibot'
import type { PlanFields } from '../../town/plan/compare.ts'
import { PRIORITIES, TASK_STATES } from '../../town/wire/task-record.ts'
import type { CliDeps, OpenTown } from '../types.ts'

/** What tasks.toml and a town agreed on last, kept in the state folder: by it is told who changed what since. */
export interface SyncRecord {
  context: { base: ReadonlyMap<string, Partial<PlanFields>>; emptied: boolean }
  save(agreed: ReadonlyMap<string, Partial<PlanFields>>): Promise<void>
}

const recordName = 'plan-sync.json'

const fields = v.object({
  description: v.optional(v.string()),
  tags: v.optional(v.array(v.string())),
  parent: v.optional(v.string()),
  priority: v.optional(v.picklist(PRIORITIES)),
  dependsOn: v.optional(v.array(v.string())),
  agent: v.optional(v.string()),
  status: v.optional(v.picklist(TASK_STATES)),
  result: v.optional(v.string()),
})
const schema = v.object({
  path: v.string(),
  town: v.string(),
  epoch: v.string(),
  tasks: v.record(v.string(), fields),
})

export async function openSyncRecord(open: OpenTown, path: string, deps: CliDeps): Promise<SyncRecord> {
  const { town, fleet } = open
  const store = await deps.stateStore(fleet.stateDir)
  const read = await store.load(recordName, (value) => {
    const found = v.safeParse(schema, value)
    return found.success ? found.output : undefined
  })
  const last =
    read.kind === 'ok' && read.value.path === path && read.value.town === town.name ? read.value : undefined
  const epoch = String((await town.redis.call('GET', town.keys.epoch)) ?? '')
  const base = new Map(Object.entries(last?.tasks ?? {}).map(([id, one]) => [id, one as Partial<PlanFields>]))
  return {
    context: { base, emptied: last !== undefined && last.epoch !== epoch },
    save: (agreed) =>
      store.save(recordName, { path, town: town.name, epoch, tasks: Object.fromEntries(agreed) }),
  }
}
