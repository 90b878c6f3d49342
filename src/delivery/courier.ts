import type { BackendSpec, Clock, EventDraft } from '../core/index.ts'
import type { Desk, TypistDeps } from './desk.ts'
import {
  type Entry,
  lastPresented,
  type Mode,
  maxKept,
  maxPresentations,
  modes,
  presentedText,
  type Step,
  timesShown,
} from './entry.ts'
import { find, type OutboxState, step, waiting } from './outbox.ts'
import { clearComposer, type Letter, type Typed, typeText } from './typist.ts'

export interface Post {
  /** Read, change, write; on disk when it resolves. */
  outbox: {
    peek(): OutboxState
    read(): Promise<OutboxState>
    update(change: (box: OutboxState) => OutboxState): Promise<OutboxState>
  }
  clock: Clock
  report: (draft: EventDraft) => void
  typist: TypistDeps
  /** A step at which a test may end the process. */
  crashPoint: (name: string) => void
}

/** The agent and the pane that a message goes to. */
export interface Address {
  agent: string
  backend: BackendSpec
  paneId: string
  /** Process of the pane: a text pasted for another one is gone. */
  panePid: number
  working: boolean
  typingGraceMs: number
  leavesLimitMenu?: boolean
}

/** Types the first waiting message of an agent, if it can be typed now. @returns why not, if not */
export async function deliverFirst(post: Post, to: Address): Promise<string | undefined> {
  const line = waiting(await post.outbox.read(), to.agent)
  const entry = line[0]
  if (entry === undefined) return undefined
  const desk = deskOf(to, entry, strongest(line))
  const typed = await typeText(post.typist, desk, letterOf(entry, to), {
    pasting: () => pasting(post, entry, to),
    seen: async () => {
      await mark(post, entry, { kind: 'stand' })
      post.crashPoint('delivery.stood')
    },
  })
  post.crashPoint('delivery.typed')
  await settle(post, entry, typed)
  if (typed.kind === 'kept') await giveUp(post, entry, desk)
  return 'why' in typed ? typed.why : undefined
}

const paneOf = ({ paneId, panePid }: Address): string => `${paneId}:${panePid}`

/** What was pasted into this very pane may still stand there, or have been taken. Entries of 0.1 name no pane. */
const mayStand = (entry: Entry, to: Address): boolean =>
  entry.state === 'staged' && (entry.pane === undefined || entry.pane === paneOf(to))

function letterOf(entry: Entry, to: Address): Letter {
  const standing = mayStand(entry, to)
    ? { text: lastPresented(entry), seen: entry.stood === true }
    : undefined
  return { text: presentedText(entry), standing, spent: timesShown(entry) >= mostOf(entry) }
}

/** One that was shown so often to readers that were stopped by a person is shown once more all the same. */
const mostOf = ({ before = 0 }: Entry): number => Math.max(maxPresentations, before + 1)

function deskOf(to: Address, entry: Entry, mode: Mode): Desk {
  const { backend, paneId, panePid, working, typingGraceMs } = to
  const onItsOwn = entry.kind === 'kickoff' || entry.kind === 'probe' || entry.kind === 'nudge'
  return {
    paneId,
    panePid,
    backend,
    submitKey: entry.kind === 'kickoff' ? backend.bootSubmitKey : backend.submitKey,
    when: onItsOwn ? 'now' : mode,
    working,
    typingGraceMs,
    ...(to.leavesLimitMenu === undefined ? {} : { leavesLimitMenu: to.leavesLimitMenu }),
  }
}

/** The most urgent mode of a line: what stands before an urgent message goes with it, so that their order stays. */
export function strongest(line: readonly Pick<Entry, 'mode'>[]): Mode {
  const at = Math.max(0, ...line.map((entry) => modes.indexOf(entry.mode ?? 'queue')))
  return modes[at] ?? 'queue'
}

async function pasting(post: Post, entry: Entry, to: Address): Promise<void> {
  await mark(post, entry, { kind: 'stage', pane: paneOf(to) })
  post.report({ kind: 'ping-staged', agent: entry.agent, id: entry.id })
  post.crashPoint('delivery.staged')
}

async function settle(post: Post, entry: Entry, typed: Typed): Promise<void> {
  if (typed.kind === 'submitted') {
    await mark(post, entry, { kind: 'submit', wasIdle: typed.wasIdle })
    const { agent, id, kind: sort } = entry
    post.report({ kind: 'ping-submitted', agent, id, sort, seen: typed.sure })
    post.crashPoint('delivery.recorded')
    return
  }
  if (typed.kind === 'spent') await fail(post, entry, `presented ${timesShown(entry)} times, and never taken`)
  if (typed.kind === 'kept') await mark(post, entry, { kind: 'keep', why: typed.why })
  if (typed.kind === 'void') await mark(post, entry, { kind: 'void', why: typed.why })
  if (typed.kind !== 'not-now') return
  if (find(post.outbox.peek(), entry.id)?.why === typed.why) return
  await mark(post, entry, { kind: 'wait', why: typed.why })
  if (typed.waitsForTurn) return
  post.report({ kind: 'refused', agent: entry.agent, id: entry.id, because: typed.why })
}

/** A text that the program keeps and never takes is taken out of its composer again, and said to have failed. */
async function giveUp(post: Post, entry: Entry, desk: Desk): Promise<void> {
  const now = find(post.outbox.peek(), entry.id)
  if (now === undefined || (now.kept ?? 0) < maxKept) return
  await clearComposer(post.typist, desk, lastPresented(now))
  await fail(post, now, 'the program keeps it in its composer and does not take it')
}

export async function fail(
  post: Pick<Post, 'outbox' | 'clock' | 'report'>,
  entry: Entry,
  why: string,
): Promise<void> {
  await mark(post, entry, { kind: 'fail', why })
  post.report({ kind: 'ping-failed', agent: entry.agent, id: entry.id, because: why })
}

export async function mark(
  post: Pick<Post, 'outbox' | 'clock'>,
  entry: Pick<Entry, 'id'>,
  what: Step,
): Promise<void> {
  await post.outbox.update((box) => step(box, entry.id, what, post.clock.now().wall))
}
