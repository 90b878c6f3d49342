import { describe, expect, test } from 'vitest'
import { type Found, orderIn, type Verdict } from './orders.ts'

const found = (over: Partial<Found>): Found => ({
  state: 'idle',
  ours: 'idle',
  stop: 'none',
  line: '',
  paused: false,
  ...over,
})

/** What is found, what it means at the first look, and what when nothing more comes. */
const TABLE: [name: string, over: Partial<Found>, first: string, then: string][] = [
  ['as we left it', {}, 'same', 'same'],
  ['kill', { state: 'stopped', stop: 'asked' }, 'kill', 'kill'],
  ['kill of a working one', { state: 'stopped', ours: 'working', stop: 'asked' }, 'kill', 'kill'],
  ['kill of a parked one', { state: 'stopped', ours: 'error', stop: 'asked' }, 'kill', 'kill'],
  ['kill of a stopped one', { state: 'stopped', ours: 'stopped', stop: 'asked' }, 'wait', 'kill'],
  ['kill, its flag alone so far', { stop: 'asked' }, 'wait', 'kill'],
  ['kill, covered by another writer', { state: 'working', ours: 'idle', stop: 'asked' }, 'wait', 'kill'],
  ['interrupt', { state: 'paused', ours: 'working' }, 'interrupt', 'interrupt'],
  [
    'interrupt of one that asks',
    { state: 'paused', ours: 'paused', line: '⏸️ Interrupted (paused)' },
    'wait',
    'interrupt',
  ],
  [
    'the line of an interrupt that was carried out',
    { state: 'paused', ours: 'paused', line: '⏸️ Interrupted (paused)', paused: true },
    'same',
    'same',
  ],
  ['paused as we wrote it', { state: 'paused', ours: 'paused', line: '⏸️ Paused' }, 'same', 'same'],
  ['paused over a stopped one', { state: 'paused', ours: 'stopped' }, 'mend', 'mend'],
  ['resume', { state: 'idle', ours: 'paused' }, 'resume', 'resume'],
  ['close', { state: 'draining', stop: 'asked' }, 'close', 'close'],
  ['close, its state alone so far', { state: 'draining' }, 'wait', 'mend'],
  ['close of one that drains', { state: 'draining', ours: 'draining', stop: 'asked' }, 'wait', 'close'],
  ['restart of a stopped one', { state: 'idle', ours: 'stopped' }, 'restart', 'restart'],
  ['restart of a parked one', { state: 'idle', ours: 'error' }, 'restart', 'restart'],
  ['killed and restarted since', { line: '🔄 Restarted with 10 rounds' }, 'restart', 'restart'],
  [
    'killed and restarted since, while it worked',
    { ours: 'working', line: '🔄 Restarted with 10 rounds' },
    'restart',
    'restart',
  ],
  ['restart of a cold one', { state: 'idle', ours: 'cold' }, 'restart', 'restart'],
  ['a loop of tt on our id that is asked to leave', { ours: 'stopped', stop: 'guard' }, 'wait', 'mend'],
  [
    'restart while such a loop is asked to leave',
    { ours: 'stopped', stop: 'guard', line: '🔄 Restarted with 10 rounds' },
    'restart',
    'restart',
  ],
  ['kill while a loop is asked to leave', { state: 'stopped', ours: 'idle', stop: 'asked' }, 'kill', 'kill'],
  ['a loop of tt that left', { state: 'stopped', ours: 'working' }, 'mend', 'mend'],
  ['tt recover', { state: 'stopped', ours: 'idle' }, 'mend', 'mend'],
  ['a loop of tt at work', { state: 'working', ours: 'idle' }, 'mend', 'mend'],
  ['an older record written whole', { state: 'idle', ours: 'working' }, 'mend', 'mend'],
  ['our guard alone', { stop: 'guard' }, 'same', 'same'],
]

const word = (verdict: Verdict): string => (verdict.kind === 'order' ? verdict.order : verdict.kind)

describe('orders of the other side', () => {
  test.each(TABLE)('%s', (_, over, first, then) => {
    expect([word(orderIn(found(over), false)), word(orderIn(found(over), true))]).toEqual([first, then])
  })
})
