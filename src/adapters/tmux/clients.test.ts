import { expect, test } from 'vitest'
import { parseClients } from './clients.ts'

test('a terminal that was only attached has had no key; one that is going is left out', () => {
  expect(parseClients('$1 %2 1000 999\n$1 %2 1030 1000\n  1030 1000\n')).toEqual([
    { sessionId: '$1', paneId: '%2', keyAt: undefined },
    { sessionId: '$1', paneId: '%2', keyAt: 1_030_000 },
  ])
})
