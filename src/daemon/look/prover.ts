import { screenBackend } from '../../backends/worker-screen.ts'
import { sanitisePaste } from '../../core/text.ts'
import { mark } from '../../delivery/courier.ts'
import { screenOf } from '../../delivery/desk.ts'
import type { Entry, SeenBy } from '../../delivery/entry.ts'
import { shownBy } from '../../delivery/seen.ts'
import { postOf } from '../act/deliver.ts'
import type { World } from '../world.ts'
import type { Observer } from './observer.ts'

/** Finds out whether agents have what was submitted to them. */
export interface Prover {
  /** Looks for what can be proven now, of one agent or of all. Never more than one look at a time. */
  look(agent?: string): Promise<void>
}

/** A screen tells of a message for so long after its key; then only the conversation's file does. Milliseconds. */
const screenMs = 60_000
const conversationMs = 30 * 60_000
/** A conversation's file is asked so often about a message that is not in it. Milliseconds. */
const askEveryMs = { young: 500, old: 10_000 }

export function createProver(world: World, observer: Observer): Prover {
  const askedAt = new Map<string, number>()
  let running: Promise<void> | undefined

  function open(agent: string | undefined): Entry[] {
    const now = world.clock.now().wall
    return world.outbox
      .peek()
      .entries.filter(
        (entry) =>
          entry.state === 'submitted' &&
          (agent === undefined || entry.agent === agent) &&
          Math.abs(now - (entry.submittedAt ?? 0)) < conversationMs,
      )
  }

  async function lookOnce(agent: string | undefined): Promise<void> {
    await world.outbox.read()
    const entries = open(agent)
    for (const id of askedAt.keys()) if (!entries.some((entry) => entry.id === id)) askedAt.delete(id)
    await Promise.all(entries.map(prove))
  }

  async function prove(entry: Entry): Promise<void> {
    const by = (await written(entry)) ? 'conversation' : await shown(entry)
    if (by === undefined) return
    if (by === 'returned') {
      await mark(world, entry, { kind: 'return' })
      world.report({
        kind: 'refused',
        agent: entry.agent,
        id: entry.id,
        because: 'it stands in the composer still: its submit key is due once more',
      })
      return
    }
    await see(entry, by)
  }

  async function written(entry: Entry): Promise<boolean> {
    const { mono, wall } = world.clock.now()
    const young = wall - (entry.submittedAt ?? 0) < screenMs
    const last = askedAt.get(entry.id)
    if (last !== undefined && mono - last < (young ? askEveryMs.young : askEveryMs.old)) return false
    askedAt.set(entry.id, mono)
    // What was presented before may have been heard then.
    const since = entry.presented > 1 ? entry.queuedAt : (entry.stagedAt ?? entry.queuedAt)
    return (await world.conversations.heard(entry.agent, sanitisePaste(entry.text), since)) === 'yes'
  }

  async function shown(entry: Entry): Promise<SeenBy | 'returned' | undefined> {
    const now = world.clock.now().wall
    const spec = world.fleet().agents.find((one) => one.name === entry.agent)
    const backend = spec === undefined ? undefined : screenBackend(world.fleet(), spec)
    if (spec === undefined || backend === undefined || now - (entry.submittedAt ?? 0) > screenMs)
      return undefined
    const seen = observer.sighting(spec)
    if (seen.kind !== 'alive' || entry.pane !== `${seen.pane.paneId}:${seen.pane.panePid}`) return undefined
    const { typist } = postOf(world, observer)
    const screen = await screenOf(typist, seen.pane)
    if (screen.kind !== 'ok') return undefined
    const glimpse = {
      text: screen.text,
      cursor: screen.pane.cursor,
      reading: observer.read(backend, screen.text).state,
      at: now,
      attended: screen.pane.attached > 0,
    }
    return shownBy(typist.matches, backend, entry, glimpse)
  }

  async function see(entry: Entry, by: SeenBy): Promise<void> {
    await mark(world, entry, { kind: 'see', by })
    world.report({ kind: 'ping-seen', agent: entry.agent, id: entry.id, by })
  }

  return {
    look: (agent) => {
      running ??= lookOnce(agent).finally(() => {
        running = undefined
      })
      return running
    },
  }
}
