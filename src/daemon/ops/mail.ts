import { Exit, type MessageReport, UserError } from '../../core/index.ts'
import { sanitisePaste } from '../../core/text.ts'
import { fail, mark } from '../../delivery/courier.ts'
import { type Entry, isSettled } from '../../delivery/entry.ts'
import { askForAck } from '../../delivery/notices.ts'
import { find } from '../../delivery/outbox.ts'
import { deliverNext, queueMessage } from '../act/deliver.ts'
import type { FleetControl } from '../control/control.ts'
import type { Desk } from '../control/local.ts'
import { agentsOf } from '../control/targets.ts'
import { inTheWay } from './in-the-way.ts'
import { messageReport } from './message-report.ts'

/** Settled messages that `agents outbox` still shows. */
const recentShown = 30
/** Between the first two looks at a screen: one alone does not show that it moves. Milliseconds. */
const secondLookMs = 300

type Mail = Pick<FleetControl, 'send' | 'message' | 'outbox' | 'acknowledge' | 'withdraw'>

/** The messages of people to agents. Inside the watchdog they are typed by its ticks, else by whoever asks for them. */
export function createMail(desk: Desk): Mail {
  const { engine, prover } = desk
  const crew = engine.crew()
  const { world } = crew
  let looked = false

  const reportOf = (entry: Entry): MessageReport => messageReport(crew, engine.memory(), entry)

  async function known(id: string): Promise<Entry> {
    const entry = find(await world.outbox.read(), id)
    if (entry !== undefined) return entry
    throw new UserError({
      code: 'MESSAGE_UNKNOWN',
      what: `No message has the id "${id}".`,
      fix: 'See `agents outbox`.',
      exit: Exit.usage,
    })
  }

  async function current(id: string): Promise<MessageReport> {
    return reportOf(await known(id))
  }

  /** One try, and a look for proof. */
  async function attend(agent: string): Promise<void> {
    if (desk.inWatchdog) return prover.look(agent)
    await engine.refresh(true)
    if (!looked) {
      looked = true
      await world.clock.sleep(secondLookMs)
      await engine.refresh(true)
    }
    const spec = world.fleet().agents.find((one) => one.name === agent)
    if (spec !== undefined && inTheWay(crew, engine.memory(), agent) === undefined) {
      const seen = crew.observer.sighting(spec)
      if (seen.kind === 'alive')
        await engine.inLane(agent, 'deliver', () => deliverNext(world, crew.observer, spec, seen.pane.paneId))
    }
    await prover.look(agent)
  }

  return {
    send: async (name, message) => {
      const spec = agentsOf(world.fleet(), [name])[0]!
      refuseEmpty(message.text)
      const { id, mode, asksAck } = message
      const text = asksAck === true ? `${message.text}\n${askForAck(id)}` : message.text
      await queueMessage(world, { id, mode, text, agent: spec.name, kind: 'send' })
      if (desk.inWatchdog) void engine.refresh()
      else await attend(spec.name)
      return current(message.id)
    },
    message: async (id) => {
      const before = find(await world.outbox.read(), id)
      if (before === undefined) return undefined
      if (!isSettled(before) || before.state === 'submitted') await attend(before.agent)
      return current(id)
    },
    outbox: async (name) => {
      // On its way through the socket an absent name becomes null.
      const spec = (name ?? undefined) === undefined ? undefined : agentsOf(world.fleet(), [name!])[0]
      await (desk.inWatchdog ? engine.recent(world.fleet().watchdog.tickMs) : engine.refresh(true))
      const own = (await world.outbox.read()).entries.filter((entry) =>
        [undefined, entry.agent].includes(spec?.name),
      )
      const old = new Set(own.filter(isSettled).slice(0, -recentShown))
      return own.filter((entry) => !old.has(entry)).map(reportOf)
    },
    acknowledge: async (id) => {
      const entry = await known(id)
      await mark(world, entry, { kind: 'acknowledge' })
      const after = await known(id)
      if (after.state !== 'acknowledged') throw notTyped(id)
      if (entry.state !== 'acknowledged')
        world.report({ kind: 'ping-acknowledged', agent: entry.agent, id, sort: entry.kind })
      return reportOf(after)
    },
    withdraw: async (id) => {
      const entry = await known(id)
      if (entry.state !== 'queued') throw typedAlready(entry)
      await fail(world, entry, 'withdrawn')
      return current(id)
    },
  }
}

function refuseEmpty(text: string): void {
  if (sanitisePaste(text).trim() !== '') return
  throw new UserError({
    code: 'MESSAGE_EMPTY',
    what: 'The message is empty, or holds nothing but control characters.',
    fix: 'Write what the agent is to be told.',
    exit: Exit.usage,
  })
}

const notTyped = (id: string): UserError =>
  new UserError({
    code: 'MESSAGE_NOT_TYPED',
    what: `The message "${id}" was not typed yet, so nobody can have read it.`,
    fix: 'See `agents outbox`.',
  })

const typedAlready = (entry: Entry): UserError =>
  new UserError({
    code: 'MESSAGE_TYPED',
    what: `The message "${entry.id}" is ${entry.state} already and cannot be taken back.`,
    fix: 'See `agents outbox`.',
  })
