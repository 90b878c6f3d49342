import { describe, expect, test } from 'vitest'
import type { Beat } from '../../town/agents/mirror.ts'
import type { Order, StopFlag } from '../../town/agents/orders.ts'
import type { AgentState } from '../../town/wire/agent-record.ts'
import { type LedgerAgent, newcomer } from './ledger.ts'
import { type Step, stepOf } from './step.ts'
import type { AgentView } from './view.ts'

const still = { rounds: false, lines: false, fields: false }
const view: AgentView = { life: 'up', reading: 'idle', failClass: undefined, paused: false, run: 'r' }
const known = (state: AgentState): LedgerAgent => ({ ...newcomer('id', 0), started: true, state })
const beat = (state: AgentState, ours: AgentState, stop: StopFlag = 'none', line = ''): Beat => ({
  at: 0,
  what: 'here',
  state,
  ours,
  stop,
  line,
  inbox: 0,
  urgent: 0,
})
/** An agent with an order that is taken, and whose marks are in Redis still. */
const under = (order: Order, left: AgentState, was: AgentState): LedgerAgent => ({
  ...known(was),
  order: { order, at: 0, left, settled: false, carried: false },
})
const step = (agent: LedgerAgent, found: Beat, again = false): Step =>
  stepOf(found, agent, view, still, again)

test('what is as it was left rests, an order is found, and what is none is written over', () => {
  expect(step(known('idle'), beat('idle', 'idle'))).toEqual({ kind: 'rest' })
  expect(step(known('idle'), beat('paused', 'idle'))).toMatchObject({ kind: 'order', order: 'interrupt' })
  expect(step(known('idle'), beat('working', 'idle'))).toMatchObject({
    kind: 'write',
    state: 'idle',
    stop: 'guard',
  })
})

describe('while an order is taken and its marks are not out of Redis', () => {
  test('they are taken out, and it is not found twice', () => {
    expect(step(under('interrupt', 'paused', 'idle'), beat('paused', 'idle'))).toMatchObject({
      kind: 'write',
      found: 'paused',
      state: 'paused',
    })
    expect(step(under('kill', 'stopped', 'idle'), beat('stopped', 'idle', 'asked'))).toMatchObject({
      kind: 'write',
      stop: 'honour',
    })
  })

  test.each<[Order, AgentState, AgentState, Beat, Order]>([
    ['interrupt', 'paused', 'idle', beat('idle', 'idle'), 'resume'],
    ['interrupt', 'paused', 'working', beat('idle', 'working'), 'resume'],
    ['interrupt', 'paused', 'idle', beat('stopped', 'idle', 'asked'), 'kill'],
    ['resume', 'idle', 'paused', beat('paused', 'paused'), 'interrupt'],
    ['close', 'draining', 'idle', beat('stopped', 'idle', 'asked'), 'kill'],
    ['kill', 'stopped', 'idle', beat('idle', 'idle'), 'restart'],
  ])('after %s the next word is heard, though nobody waited', (order, left, was, found, next) => {
    expect(step(under(order, left, was), found)).toMatchObject({ kind: 'order', order: next })
  })

  test('our own write whose answer was lost is no order, and neither is what a loop of tt writes', () => {
    expect(step(under('kill', 'stopped', 'idle'), beat('draining', 'draining', 'asked'))).toMatchObject({
      kind: 'write',
    })
    expect(step(under('restart', 'idle', 'stopped'), beat('working', 'stopped'))).toMatchObject({
      kind: 'write',
      stop: 'guard',
    })
  })

  test('a ledger that does not know what the order left goes on as before', () => {
    const { left: _, ...order } = under('interrupt', 'paused', 'idle').order!
    expect(step({ ...known('idle'), order }, beat('idle', 'idle'))).toMatchObject({
      kind: 'write',
      state: 'paused',
    })
  })
})
