import { expect, test } from 'vitest'
import type { FleetEvent } from '../../core/index.ts'
import type { World } from '../world.ts'
import type { Feed } from './feed.ts'
import { createHearing } from './hearing.ts'

test('what `tt interrupt` and `tt resume` told the town of themselves is not told again, however late it is heard; an operator’s own word is', () => {
  const told: string[] = []
  const feed = { heard: (event: FleetEvent) => told.push(`${event.kind} ${event.at}`) } as unknown as Feed
  const hearing = createHearing({ fleet: () => ({ agents: [] }) } as unknown as World, feed, () => undefined)
  const hear = (kind: FleetEvent['kind'], at: number, more: object = {}) =>
    hearing.heard({ kind, at, seq: at, agent: 'a', because: '', ...more } as FleetEvent)
  hear('town-order', 1, { order: 'interrupt' })
  hear('pause', 2)
  hear('town-order', 3, { order: 'resume' })
  hear('resume', 4, { agent: 'b' })
  hear('resume', 5)
  hear('pause', 6)
  hear('town-order', 7, { order: 'interrupt' })
  hear('resume', 8)
  hear('pause', 20_007)
  expect(told.filter((line) => !line.startsWith('town-order'))).toEqual([
    'resume 4',
    'pause 6',
    'resume 8',
    'pause 20007',
  ])
})
