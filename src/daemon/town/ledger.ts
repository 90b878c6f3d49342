import * as v from 'valibot'
import type { StateStore } from '../../adapters/files/types.ts'
import type { EpochMs } from '../../core/index.ts'
import { AGENT_STATES, SPAWN_MODES } from '../../town/wire/agent-record.ts'
import { parseId } from '../../town/wire/ids.ts'

const id = v.pipe(
  v.string(),
  v.check((text) => parseId(text) === text),
)
const count = v.pipe(v.number(), v.integer(), v.minValue(0))
const order = v.object({
  order: v.picklist(['kill', 'interrupt', 'resume', 'close', 'restart']),
  at: v.number(),
  /** State that it left in Redis. */
  left: v.optional(v.picklist(AGENT_STATES)),
  /** Its marks are out of Redis. */
  settled: v.boolean(),
  /** It was carried out on the session. */
  carried: v.boolean(),
})

const agent = v.object({
  /** For life. */
  id,
  /** Given before the town was asked: a record that waits for this name may have another one. */
  ahead: v.optional(v.boolean()),
  createdAt: v.number(),
  /** It was started at some time. */
  started: v.boolean(),
  spawnMode: v.picklist(SPAWN_MODES),
  state: v.picklist(AGENT_STATES),
  /** Turns completed. */
  rounds: count,
  /** As the town counts them. */
  tasks: count,
  task: v.optional(id),
  activeAt: v.number(),
  /** Of somebody in the town, taken up and not yet behind us. */
  order: v.optional(order),
  /** In no table of the config any more; told as stopped. */
  gone: v.optional(v.boolean()),
})

const shape = v.object({
  /** Of the Redis that this was published to; undefined: none yet. */
  epoch: v.optional(v.string()),
  /** Name of that town. */
  town: v.optional(v.string()),
  agents: v.record(v.string(), agent),
})

export type LedgerAgent = v.InferOutput<typeof agent>
export type LedgerOrder = v.InferOutput<typeof order>
export type LedgerState = v.InferOutput<typeof shape>

/** An agent of which the town knows nothing yet. */
export const newcomer = (id: string, now: EpochMs): LedgerAgent => ({
  id,
  createdAt: now,
  started: false,
  spawnMode: 'fresh',
  state: 'cold',
  rounds: 0,
  tasks: 0,
  activeAt: now,
})

export const ledgerName = 'town.json'

/** Saves of counters alone are this far apart. Milliseconds. */
const lazyMs = 5_000

/** What the town was told, kept on disk: an emptied Redis is told the same again, under the same ids. */
export interface Ledger {
  state: LedgerState
  /** Saved within a few seconds. */
  touch(): void
  /** On disk when it resolves. @throws {OutsideError} FILES_WRITE */
  save(): Promise<void>
  /** Saves what was only touched, where its time has come. */
  settle(mono: number): Promise<void>
}

export async function readLedger(
  store: Pick<StateStore, 'load'>,
): Promise<{ state: LedgerState; damaged: boolean }> {
  const loaded = await store.load(ledgerName, (value) => {
    const read = v.safeParse(shape, value)
    return read.success ? read.output : undefined
  })
  if (loaded.kind === 'ok') return { state: loaded.value, damaged: false }
  return { state: { agents: {} }, damaged: loaded.kind !== 'absent' }
}

export function createLedger(store: Pick<StateStore, 'save'>, state: LedgerState): Ledger {
  let touched = false
  let savedAt = Number.NEGATIVE_INFINITY
  async function save(): Promise<void> {
    touched = false
    await store.save(ledgerName, state)
  }
  return {
    state,
    touch: () => {
      touched = true
    },
    save,
    settle: async (mono) => {
      if (!touched || mono - savedAt < lazyMs) return
      savedAt = mono
      await save()
    },
  }
}
