import { crashPoint } from '../../core/crash-point.ts'
import type { AgentSpec, BackendSpec } from '../../core/index.ts'
import {
  change,
  dropStale,
  type Entry,
  type EntryDraft,
  enqueue,
  find,
  maxPresentations,
  presentedText,
  waiting,
} from '../../delivery/outbox.ts'
import { type Desk, type Typed, typeText } from '../../delivery/typist.ts'
import type { Observer } from '../observer.ts'
import type { World } from '../world.ts'

/** Puts a message into the outbox. It is on disk when this resolves; a known id is not stored twice. */
export async function queueMessage(world: World, draft: EntryDraft): Promise<void> {
  const known = find(await world.outbox.read(), draft.id) !== undefined
  if (known) return
  await world.outbox.update((box) => enqueue(box, draft, world.clock.now().wall))
  world.report({ kind: 'ping-queued', agent: draft.agent, id: draft.id, sort: draft.kind })
  crashPoint('delivery.queued')
}

/** Types the oldest waiting message of an agent, if it can be typed now. @returns why not, if not */
export async function deliverNext(
  world: World,
  observer: Observer,
  spec: AgentSpec,
  paneId: string,
  how: Pick<Desk, 'leavesLimitMenu'> = {},
): Promise<string | undefined> {
  const backend = world.fleet().backends[spec.backend]
  if (backend === undefined) return
  const entry = waiting(await world.outbox.read(), spec.name)[0]
  if (entry === undefined) return
  if (entry.presented >= maxPresentations) {
    await settle(world, entry, { state: 'failed', why: `presented ${entry.presented} times` })
    return
  }
  const desk: Desk = { paneId, backend, submitKey: submitKeyOf(backend, entry), ...how }
  const standing =
    entry.state === 'staged' ? presentedText({ ...entry, presented: entry.presented - 1 }) : undefined
  const letter = { text: presentedText(entry), standing }
  const typed = await typeText(typistDeps(world, observer), desk, letter, () => stage(world, entry))
  crashPoint('delivery.typed')
  await after(world, entry, typed)
  return typed.kind === 'not-now' ? typed.why : undefined
}

function submitKeyOf(backend: BackendSpec, entry: Entry): string {
  return entry.kind === 'kickoff' ? backend.bootSubmitKey : backend.submitKey
}

function typistDeps(world: World, observer: Observer): Parameters<typeof typeText>[0] {
  return {
    tmux: world.tmux,
    clock: world.clock,
    look: observer.read,
    matches: (source, text) => world.regex.exec(source, text).kind === 'match',
  }
}

async function stage(world: World, entry: Entry): Promise<void> {
  const patch = { state: 'staged' as const, stagedAt: world.clock.now().wall, presented: entry.presented + 1 }
  await world.outbox.update((box) => change(box, entry.id, patch))
  world.report({ kind: 'ping-staged', agent: entry.agent, id: entry.id })
  crashPoint('delivery.staged')
}

async function after(world: World, entry: Entry, typed: Typed): Promise<void> {
  if (typed.kind === 'submitted') {
    await world.outbox.update((box) =>
      change(box, entry.id, { state: 'submitted', submittedAt: world.clock.now().wall }),
    )
    world.report({
      kind: 'ping-submitted',
      agent: entry.agent,
      id: entry.id,
      sort: entry.kind,
      seen: typed.sure,
    })
    crashPoint('delivery.recorded')
    return
  }
  if (typed.kind === 'not-now') {
    const known = find(world.outbox.peek(), entry.id)
    if (known?.why === typed.why) return
    await world.outbox.update((box) => change(box, entry.id, { why: typed.why }))
    world.report({ kind: 'refused', agent: entry.agent, id: entry.id, because: typed.why })
  }
}

async function settle(world: World, entry: Entry, patch: Partial<Entry>): Promise<void> {
  await world.outbox.update((box) => change(box, entry.id, patch))
  world.report({ kind: 'ping-failed', agent: entry.agent, id: entry.id, because: patch.why })
}

/** A new run of an agent: what was meant for the old one alone is dropped. */
export async function forgetOldRun(world: World, agent: string, run: string): Promise<void> {
  await world.outbox.update((box) => {
    const kept = dropStale(box, agent, run)
    return kept.entries.length === box.entries.length ? box : kept
  })
}
