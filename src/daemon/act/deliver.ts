import { join } from 'node:path'
import { screenBackend } from '../../backends/worker-screen.ts'
import { crashPoint } from '../../core/crash-point.ts'
import type { AgentSpec, PaneSight } from '../../core/index.ts'
import { type Address, deliverFirst, type Post } from '../../delivery/courier.ts'
import type { EntryDraft } from '../../delivery/entry.ts'
import { dropStale, enqueue, find } from '../../delivery/outbox.ts'
import { withSharedLooks } from '../../delivery/shared-looks.ts'
import { inTurn } from '../../watchdog/talk.ts'
import type { Observer } from '../look/observer.ts'
import { dropUnmeant } from '../town/meant.ts'
import type { World } from '../world.ts'
import { shortened, sweepLetters } from './letters.ts'

/** Puts a message into the outbox. It is on disk when this resolves; a known id is not stored twice. */
export async function queueMessage(world: World, draft: EntryDraft): Promise<void> {
  const known = find(await world.outbox.read(), draft.id) !== undefined
  if (known) return
  const letter = await shortened(world, draft)
  const before = world.outbox.peek()
  const after = await world.outbox.update((box) => enqueue(box, letter, world.clock.now().wall))
  world.report({ kind: 'ping-queued', agent: draft.agent, id: draft.id, sort: draft.kind })
  crashPoint('delivery.queued')
  await sweepLetters(world, before, after)
}

/** Longest time that another command may need to type one message. Milliseconds. */
const typingMs = 30_000

/** Types the first waiting message of an agent, if it can be typed now. @returns why not, if not */
export async function deliverNext(
  world: World,
  observer: Observer,
  spec: AgentSpec,
  paneId: string,
  how: { leavesLimitMenu?: boolean } = {},
): Promise<string | undefined> {
  const backend = screenBackend(world.fleet(), spec)
  const seen = observer.sighting(spec)
  if (backend === undefined || seen.kind !== 'alive') return undefined
  if (spec.kind === 'worker') return 'a worker reads its inbox in town; nothing is typed into its pane'
  await dropUnmeant(world, spec, seen.pane)
  // Without a watchdog several commands may type at the same time.
  const lock = join(world.fleet().stateDir, `typing-${spec.session}.lock`)
  const to: Address = {
    agent: spec.name,
    backend,
    paneId,
    panePid: seen.pane.panePid,
    working: inTurn(backend, seen.reading),
    typingGraceMs: world.fleet().watchdog.typingGraceMs,
    ...how,
  }
  return world.locks.exclusive(lock, () => deliverFirst(postOf(world, observer), to), typingMs)
}

export function postOf(world: World, observer: Observer): Post {
  return {
    outbox: world.outbox,
    clock: world.clock,
    report: world.report,
    crashPoint,
    typist: {
      tmux: withSharedLooks(world.tmux),
      clock: world.clock,
      look: observer.read,
      matches: (source, text) => world.regex.exec(source, text).kind === 'match',
      ageOf: (pane) => ageOf(world, pane),
    },
  }
}

/** By the process, as far as the system tells: tmux knows a pane's age only by a clock that may have been set meanwhile. */
export async function ageOf(world: World, pane: PaneSight): Promise<number> {
  const known = await world.procs.age(pane.panePid).catch(() => undefined)
  return known ?? Math.abs(world.clock.now().wall - pane.createdAt)
}

/** A new run of an agent: what was meant for the old one alone is dropped. */
export async function forgetOldRun(world: World, agent: string, run: string): Promise<void> {
  await world.outbox.update((box) => {
    const kept = dropStale(box, agent, run)
    return kept.entries.length === box.entries.length ? box : kept
  })
}
