import type { AgentSpec } from '../../core/index.ts'
import type { Order } from '../../town/agents/orders.ts'
import type { AgentState } from '../../town/wire/agent-record.ts'
import type { FleetControl, Outcome } from '../control/control.ts'
import { intentOf } from '../intents.ts'
import type { World } from '../world.ts'
import type { Ledger, LedgerOrder } from './ledger.ts'

type Doer = Pick<FleetControl, 'down' | 'interrupt' | 'resume' | 'drain' | 'restart'>

/** Carries out what the other side of the town asked for, each order once. */
export interface Carrier {
  /**
   * A new order: on record when this resolves, then carried out.
   * @param left state that it left in Redis
   */
  take(spec: AgentSpec, order: Order, left: AgentState, town: string): Promise<void>
  /** Those that a watchdog before us took and did not come to. */
  resume(specs: readonly AgentSpec[], town: string): void
  /** Forgets what is behind us. */
  tidy(): void
}

/** @param looked resolves when the watchdog has looked at what was done to the agent, and told of it */
export function createCarrier(
  world: World,
  ledger: Ledger,
  control: () => Doer,
  looked: (agent: string) => Promise<void>,
  complain: (error: unknown) => void,
): Carrier {
  function start(spec: AgentSpec, record: LedgerOrder, town: string): void {
    const because = `\`${record.order}\` from the town ${town}`
    void carry(control(), spec.name, record.order)
      .then(
        (outcomes) => tell(spec.name, outcomes, because),
        (error: unknown) => complain(new Error(`${because} for ${spec.name}: ${reason(error)}`)),
      )
      // Until then the watchdog holds for true what was so before, and the town would be told so once more.
      .then(() => looked(spec.name))
      .then(undefined, complain)
      .finally(() => {
        record.carried = true
        ledger.save().catch(complain)
      })
  }

  function tell(agent: string, outcomes: readonly Outcome[], because: string): void {
    for (const { result, detail } of outcomes)
      if (result === 'failed' || result === 'refused')
        world.report({ kind: 'trouble', agent, because: `${because}: ${detail}` })
  }

  return {
    take: async (spec, order, left, town) => {
      const at = world.clock.now().wall
      const record: LedgerOrder = { order, at, left, settled: false, carried: false }
      ledger.state.agents[spec.name]!.order = record
      // What is not on disk is carried out all the same: a full disk must not keep a fleet from being stopped.
      await ledger.save().then(undefined, complain)
      const because = `somebody in the town ${town} typed \`tt ${order}\``
      world.report({ kind: 'town-order', agent: spec.name, because, order, town })
      start(spec, record, town)
    },
    resume: (specs, town) => {
      for (const spec of specs) {
        const record = ledger.state.agents[spec.name]?.order
        if (record === undefined || record.carried) continue
        // An operator's word since then, which our own carrying out is as well, is newer.
        const intent = intentOf(world.intents.peek(), spec.name)
        if (intent.by === 'operator' && intent.at >= record.at) record.carried = true
        else start(spec, record, town)
      }
    },
    tidy: () => {
      for (const agent of Object.values(ledger.state.agents)) {
        if (agent.order?.settled !== true || !agent.order.carried) continue
        delete agent.order
        ledger.touch()
      }
    },
  }
}

function carry(control: Doer, name: string, order: Order): Promise<Outcome[]> {
  switch (order) {
    case 'kill':
      return control.down([name], {})
    case 'interrupt':
      return control.interrupt([name])
    case 'resume':
      return control.resume([name])
    case 'close':
      return control.drain([name])
    case 'restart':
      return control.restart([name], {})
  }
}

const reason = (error: unknown): string => (error instanceof Error ? error.message : String(error))
