import { expect, test } from 'vitest'
import type { Clock } from '../core/index.ts'
import { personAt } from './person.ts'

const pane = { paneId: '%1', sessionId: '$1' }
const at = (wall: number): Clock => ({ now: () => ({ wall, mono: wall }) }) as Clock
const seen = (keyAt: number | undefined, over = {}) => ({
  tmux: {
    clients: async () => ({ kind: 'ok' as const, clients: [{ ...pane, keyAt, ...over }] }),
  },
})

test.each([
  ['a key a moment ago', 95_000, {}, true],
  ['a key long ago', 60_000, {}, false],
  ['no key since they came', undefined, {}, false],
  ['a key in a session of the same group', 95_000, { sessionId: '$9' }, true],
  ['a key in another pane of another session', 95_000, { sessionId: '$9', paneId: '%9' }, false],
  ['a key hours ahead, by a clock that was set back', 9_000_000, {}, false],
])('%s', async (_what, keyAt, over, there) => {
  const why = await personAt({ ...seen(keyAt, over), clock: at(100_000) }, pane, 30_000)
  expect(why !== undefined).toBe(there)
})

test('without a grace nobody is waited for, and a tmux that gives no answer may hide somebody', async () => {
  expect(await personAt({ ...seen(99_000), clock: at(100_000) }, pane, 0)).toBeUndefined()
  const tmux = { clients: async () => ({ kind: 'unknown' as const, why: 'no answer' }) }
  expect(await personAt({ tmux, clock: at(100_000) }, pane, 30_000)).toContain('does not say')
})
