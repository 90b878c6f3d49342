import { describe, expect, test } from 'vitest'
import { type AgentFacts, mirroredState } from './mirror-state.ts'

const facts = (over: Partial<AgentFacts>): AgentFacts => ({
  life: 'up',
  reading: 'idle',
  failClass: undefined,
  paused: false,
  started: true,
  before: undefined,
  ...over,
})

const TABLE: [name: string, over: Partial<AgentFacts>, state: string][] = [
  ['never started', { life: 'stopped', started: false }, 'cold'],
  ['down', { life: 'stopped' }, 'stopped'],
  ['a task that is done', { life: 'done' }, 'stopped'],
  ['starting', { life: 'starting' }, 'starting'],
  ['waits for its next start', { life: 'backing-off' }, 'starting'],
  ['up and idle', {}, 'idle'],
  ['up and working', { reading: 'working' }, 'working'],
  ['up and waiting', { reading: 'waiting' }, 'working'],
  ['asks', { reading: 'asking' }, 'paused'],
  ['limited', { reading: 'limited' }, 'paused'],
  ['held by a limit', { life: 'held', reading: 'limited' }, 'paused'],
  ['paused by an operator', { life: 'held', reading: 'working', paused: true }, 'paused'],
  ['paused just now', { reading: 'working', paused: true }, 'paused'],
  ['drains', { life: 'draining', reading: 'working' }, 'draining'],
  ['parked', { life: 'parked' }, 'error'],
  ['failing', { reading: 'failing', failClass: 'auth' }, 'error'],
  ['held for a login', { life: 'held', reading: 'failing', failClass: 'auth' }, 'error'],
  ['its service is overloaded', { reading: 'failing', failClass: 'overload' }, 'paused'],
  ['a shell is left', { reading: 'shell' }, 'error'],
  ['nothing can be read, it worked', { reading: 'unknown', before: 'working' }, 'working'],
  ['nothing can be read, it was idle', { reading: 'unknown', before: 'idle' }, 'idle'],
  ['nothing can be read, it was starting', { reading: undefined, before: 'starting' }, 'idle'],
  ['tmux cannot be asked', { life: 'unknown', before: 'working' }, 'working'],
  ['tmux cannot be asked, and nothing was told', { life: 'unknown' }, 'starting'],
]

describe('state in the town', () => {
  test.each(TABLE)('%s', (_, over, state) => {
    expect(mirroredState(facts(over))).toBe(state)
  })
})
