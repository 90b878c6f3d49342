import { Exit, UserError } from '../../core/index.ts'
import { visible } from '../../core/text.ts'
import { orderOther } from '../lua/order-other.ts'
import { refusal } from '../refusals.ts'
import { runScript } from '../run-script.ts'
import type { Town } from '../town.ts'
import { type AgentRecord, type AgentState, isTerminal } from '../wire/agent-record.ts'
import { encodeEvent, streamsOf, type TownEvent } from '../wire/town-event.ts'
import { readAgent } from './agents.ts'
import type { Whom } from './meant.ts'
import type { Order } from './orders.ts'

/** Orders that can be given by writing; `tt restart` also starts a loop, which only a `tt` can. */
export type WrittenOrder = Exclude<Order, 'restart'>

/** What `tt` writes for an order of tinytown 0.10. */
interface Marks {
  state: AgentState
  line: string
  /** The stop flag: set for an hour, taken away, or left as it is. */
  flag: 'set' | 'clear' | ''
  event?: Pick<TownEvent, 'type' | 'message'>
}

const MARKS: Record<WrittenOrder, Marks> = {
  kill: { state: 'stopped', line: '🛑 Stop requested', flag: 'set' },
  interrupt: {
    state: 'paused',
    line: '⏸️ Interrupted (paused)',
    flag: '',
    event: { type: 'agent_interrupted', message: 'Agent interrupted (paused)' },
  },
  resume: {
    state: 'idle',
    line: '▶️ Resumed',
    flag: 'clear',
    event: { type: 'agent_resumed', message: 'Agent resumed' },
  },
  close: {
    state: 'draining',
    line: '🔻 Closing (draining then stop)',
    flag: 'set',
    event: { type: 'agent_stopped', message: 'Agent closing (draining then stop)' },
  },
}

/** Tries where its loop writes at the same time. */
const tries = 5

/**
 * Asks an agent of somebody else in the town to do something, by what its loop looks for.
 * @returns the state that was written; undefined: it is so already
 * @throws {UserError} TOWN_AGENT_GONE, TOWN_NO_AGENT (exit 2), TOWN_NOT_PAUSED, TOWN_AGENT_OVER
 */
export async function orderAnother(
  town: Town,
  whom: Whom,
  order: WrittenOrder,
): Promise<AgentState | undefined> {
  let record = whom.record
  if (record === undefined) throw noAgent(whom)
  const marks = MARKS[order]
  for (let left = tries; ; left -= 1) {
    if (order === 'resume' && record.state !== 'paused') throw notPaused(record)
    if (order === 'interrupt' && isTerminal(record.state)) throw isOver(record)
    // Who is over or leaves already is not told again, and no event says it twice.
    if (isTerminal(record.state) || (order !== 'kill' && record.state === marks.state)) return undefined
    const [word, ...said] = await runScript(town, orderOther, argsOf(town, record, marks))
    if (word === 'done') return marks.state
    if (word !== 'changed') throw refusal([word ?? '', ...said])
    const now = await readAgent(town, whom.id)
    if (now === undefined) throw refusal(['agent-gone', whom.id])
    if (now.state === marks.state) return marks.state
    if (left === 0) throw busy(now)
    record = now
  }
}

function argsOf(town: Town, record: AgentRecord, marks: Marks): (string | number)[] {
  const { id, state } = record
  const event: TownEvent | undefined = marks.event && {
    ...marks.event,
    agent: id,
    oldState: state,
    newState: marks.state,
    at: town.now(),
  }
  const told =
    event === undefined ? [] : [event.type, encodeEvent(event), ...streamsOf(town.keys, event).flat()]
  return [id, state, marks.state, marks.flag, marks.line, ...(told.length === 0 ? ['', ''] : told)]
}

/** Of an order to the mailbox of people. */
export const noAgent = ({ name }: Pick<Whom, 'name'>): UserError =>
  new UserError({
    code: 'TOWN_NO_AGENT',
    what: `"${visible(name)}" is the mailbox of people and runs nowhere.`,
    fix: 'Name an agent; `agents list` shows them.',
    exit: Exit.usage,
  })

const notPaused = ({ name, state }: AgentRecord): UserError =>
  new UserError({
    code: 'TOWN_NOT_PAUSED',
    what: `${visible(name)} is ${state}, not paused. Nothing was changed.`,
    fix: 'Only a paused agent is resumed.',
  })

const isOver = ({ name, state }: AgentRecord): UserError =>
  new UserError({
    code: 'TOWN_AGENT_OVER',
    what: `${visible(name)} is ${state}: nothing runs that could be interrupted. Nothing was changed.`,
    fix: 'Type `agents list` to see who works.',
  })

const busy = ({ name, state }: AgentRecord): UserError =>
  new UserError({
    code: 'TOWN_AGENT_BUSY',
    what: `${visible(name)} changes its state all the time (${state} now). Nothing was changed.`,
    fix: 'Try again.',
  })
