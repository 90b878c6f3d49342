import * as v from 'valibot'
import type { EpochMs } from '../../core/index.ts'
import { parseId } from '../wire/ids.ts'
import { parsedJson } from '../wire/json.ts'
import { jsonTime } from '../wire/stamp.ts'
import type { TaskRecord } from '../wire/task-record.ts'

/** Of a mission of `tt mission`, what a step of one work item needs. */
const run = v.object({
  state: v.string(),
  policy: v.object({ reviewer_required: v.boolean(), watch_interval_secs: v.number() }),
})
export type MissionRun = v.InferOutput<typeof run>

/** Fields that are not named here stay in the JSON as they are. */
const work = v.looseObject({
  id: v.string(),
  title: v.string(),
  kind: v.string(),
  status: v.string(),
  assigned_to: v.nullish(v.string()),
  artifact_refs: v.array(v.string()),
  reviewer_approved: v.optional(v.boolean(), false),
  source_ref: v.nullish(v.string()),
  updated_at: v.string(),
})
export type WorkItem = v.InferOutput<typeof work>

const watch = v.looseObject({
  id: v.string(),
  work_item_id: v.string(),
  kind: v.string(),
  target_ref: v.string(),
  status: v.string(),
})
export type WatchItem = v.InferOutput<typeof watch>

const reader =
  <T extends v.GenericSchema>(schema: T) =>
  (json: unknown): v.InferOutput<T> | undefined => {
    const read = v.safeParse(schema, typeof json === 'string' ? parsedJson(json) : undefined)
    return read.success ? read.output : undefined
  }

export const decodeRun = reader(run)
export const decodeWork = reader(work)
export const decodeWatch = reader(watch)

/** What a task is for its mission (section 12.6). */
export interface MissionBinding {
  mission: string
  item: string
  kind: 'work' | 'review' | 'fix'
}

/** @returns undefined for a task of no mission */
export function bindingOf({ tags }: Pick<TaskRecord, 'tags'>): MissionBinding | undefined {
  const after = (prefix: string) => {
    const tag = tags.find((one) => one.startsWith(prefix))
    return tag === undefined ? undefined : parseId(tag.slice(prefix.length))
  }
  const [mission, item] = [after('mission:'), after('work-item:')]
  if (mission === undefined || item === undefined) return undefined
  if (tags.includes('mission-review-task')) return { mission, item, kind: 'review' }
  return { mission, item, kind: tags.includes('mission-fix-task') ? 'fix' : 'work' }
}

/** Tags of a task that is made for an item, in the order of `tt`. */
export const missionTags = (kind: 'review' | 'fix', { mission, item }: MissionBinding): string[] => [
  `mission-${kind}-task`,
  `mission-task:${kind}`,
  `mission:${mission}`,
  `work-item:${item}`,
]

const PULL_URL = /github\.com\/([\w.-]+)\/([\w.-]+)\/pull\/(\d+)/g
const PULL_REF = /(?<![\w/.-])([\w.-]+)\/([\w.-]+)#(\d+)/g

/** Pull requests that a text names, as `owner/repo#N`, each once, sorted. */
export function pullRefs(texts: readonly string[]): string[] {
  const found = texts.flatMap((text) => [...text.matchAll(PULL_URL), ...text.matchAll(PULL_REF)])
  return [...new Set(found.map(([, owner, repo, number]) => `${owner}/${repo}#${number}`))].sort()
}

/** A review that asks for changes. `tt` knows the first two beginnings; whatever else is said approves. */
export const isRejection = (result: string): boolean =>
  /^(rejected|changes requested|not approved|request(s|ing)? changes)\b/i.test(result.trim())

/** Whether an item needs a review before it is done. */
export const isGated = (item: WorkItem, { policy }: MissionRun): boolean =>
  policy.reviewer_required && (item.kind === 'implement' || item.kind === 'test')

/** What is watched of a pull request, and what is done when it fires. */
const WATCHES: readonly (readonly [kind: string, trigger: string])[] = [
  ['pr_checks', 'create_fix_task'],
  ['bugbot_comments', 'create_fix_task'],
  ['review_comments', 'create_fix_task'],
  ['mergeability', 'advance_pipeline'],
]

/** Watches of these pull requests: the one that is there is due again, the others are new. */
export function armed(
  binding: MissionBinding,
  refs: readonly string[],
  there: readonly WatchItem[],
  { intervalSecs, at, id }: { intervalSecs: number; at: EpochMs; id: () => string },
): WatchItem[] {
  return refs.flatMap((ref) =>
    WATCHES.map(([kind, on_trigger]) => {
      const known = there.find(
        (one) =>
          one.work_item_id === binding.item && one.kind === kind && pullRefs([one.target_ref])[0] === ref,
      )
      const due = { status: 'active', next_due_at: jsonTime(at) }
      if (known !== undefined) return { ...known, ...due, consecutive_failures: 0 }
      return {
        id: id(),
        mission_id: binding.mission,
        work_item_id: binding.item,
        kind,
        target_ref: ref,
        interval_secs: intervalSecs,
        next_due_at: due.next_due_at,
        status: due.status,
        on_trigger,
        last_check_at: null,
        consecutive_failures: 0,
      }
    }),
  )
}
