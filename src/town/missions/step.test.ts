import { expect, test } from 'vitest'
import {
  bindingOf,
  decodeWork,
  isRejection,
  type MissionBinding,
  pullRefs,
  type WatchItem,
} from './record.ts'
import { missionStep, type StepInput } from './step.ts'

const binding: MissionBinding = { mission: 'm', item: 'w', kind: 'work' }
// As tt writes it.
const item = decodeWork(
  '{"id":"w","mission_id":"m","title":"Issue #42","kind":"implement","depends_on":[],"owner_role":null,"status":"assigned",' +
    '"assigned_to":"a","artifact_refs":[],"reviewer_approved":false,"source_ref":"acme/shop#42/#42",' +
    '"created_at":"2026-06-01T00:00:00.098342505Z","updated_at":"2026-06-01T00:00:00.099769307Z","later":1}',
)!
let made = 0
const step = (more: Partial<StepInput> & { result?: string } = {}) =>
  missionStep({
    binding,
    run: { state: 'running', policy: { reviewer_required: true, watch_interval_secs: 180 } },
    item,
    watches: [],
    task: { id: 't', result: more.result ?? '' },
    at: Date.parse('2026-06-01T01:00:00Z'),
    id: () => `new-${made++}`,
    ...more,
  })
const open = { reviewer_required: false, watch_interval_secs: 180 }
const ungated = { run: { state: 'running', policy: open } }
const review: MissionBinding = { ...binding, kind: 'review' }
const watched: WatchItem = {
  id: 'x',
  work_item_id: 'w',
  kind: 'pr_checks',
  target_ref: 'https://github.com/acme/shop/pull/52',
  status: 'snoozed',
}

test('work that needs a review is blocked until it has one, fields of others stay', () => {
  const done = step({ result: 'done it' })
  expect(done).toMatchObject({ wants: 'review', outcome: 'waits for review', watches: [] })
  expect(done?.item).toEqual({
    ...item,
    status: 'blocked',
    artifact_refs: ['task:t', 'done it'],
    updated_at: '2026-06-01T01:00:00.000Z',
  })
  expect(Object.keys(done!.item)).toEqual(Object.keys(item))
})

test('a pull request is watched in four ways, one that is watched is due again', () => {
  const done = step({ ...ungated, result: 'see https://github.com/acme/shop/pull/52', watches: [watched] })
  expect(done).toMatchObject({ outcome: 'waits for pull requests', item: { status: 'blocked' } })
  expect(done?.watches.map(({ kind, target_ref }) => `${kind} ${target_ref}`)).toEqual([
    'pr_checks https://github.com/acme/shop/pull/52',
    'bugbot_comments acme/shop#52',
    'review_comments acme/shop#52',
    'mergeability acme/shop#52',
  ])
  expect(done?.watches[0]).toMatchObject({
    id: 'x',
    status: 'active',
    next_due_at: '2026-06-01T01:00:00.000Z',
  })
})

test('nothing in the way: done; but not while one of its pull requests is watched', () => {
  expect(step(ungated)).toMatchObject({ outcome: 'completed', item: { status: 'done' } })
  expect(step({ ...ungated, watches: [watched] })).toMatchObject({ outcome: 'waits for pull requests' })
  expect(step({ item: { ...item, kind: 'design' } })).toMatchObject({
    outcome: 'completed',
    wants: undefined,
  })
})

test('a reviewer approves, or asks for changes; told twice it counts once', () => {
  expect(step({ binding: review, result: 'approved: well done' })).toMatchObject({
    outcome: 'completed',
    item: { status: 'done', reviewer_approved: true, artifact_refs: ['task:t', 'approved: well done'] },
  })
  expect(step({ binding: review, result: 'ok', watches: [watched] })).toMatchObject({
    outcome: 'waits for pull requests',
    item: { status: 'blocked', reviewer_approved: true },
  })
  expect(step({ binding: review, result: ' Rejected: no tests' })).toMatchObject({
    wants: 'fix',
    outcome: 'changes are asked for',
    item: { status: 'blocked', reviewer_approved: false, artifact_refs: [] },
  })
  expect(step({ item: { ...item, artifact_refs: ['task:t'] } })).toBeUndefined()
  expect(step({ item: { ...item, status: 'done' } })).toBeUndefined()
})

test('W11: not every word that is no magic prefix approves', () => {
  expect(
    ['Rejected: x', 'changes requested: x', 'Not approved, sorry', 'requesting changes'].map(isRejection),
  ).toEqual([true, true, true, true])
  expect(['approved', 'well, rejected ideas are gone'].map(isRejection)).toEqual([false, false])
})

test('pull requests and bindings are read as tt writes them', () => {
  expect(pullRefs(['see https://github.com/acme/shop/pull/52 and acme/shop#52, acme/shop#9', 'a/b'])).toEqual(
    ['acme/shop#52', 'acme/shop#9'],
  )
  const [m, w] = ['498c2fb8-315e-47a9-b78f-71eb045a5506', 'f2dccfcb-02f1-4c9d-be66-83280892e76e']
  const tags = (first: string) => ({ tags: [first, `mission:${m}`, `work-item:${w}`] })
  expect(bindingOf(tags('mission-review-task'))).toEqual({ mission: m, item: w, kind: 'review' })
  expect(bindingOf(tags('mission-fix-task'))?.kind).toBe('fix')
  expect(bindingOf(tags('mission-work-item'))?.kind).toBe('work')
  expect(bindingOf({ tags: ['mission:x', `work-item:${w}`] })).toBeUndefined()
})
