import { setImmediate as turn } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { OutsideError } from '../../core/index.ts'
import type { World } from '../world.ts'
import { createTownKeeper } from './keeper.ts'
import type { TownPlace } from './place.ts'

const away = new OutsideError({
  code: 'REDIS_AWAY',
  what: 'nobody answers',
  tool: 'redis',
  args: [],
  retryable: true,
})

/** A town that nobody answers for, on a clock that stands still: pauses end only when somebody ends them. */
function keeperAt(places: string[]) {
  const asked: string[] = []
  const pauses: number[] = []
  let waiting: (() => void) | undefined
  const world = {
    clock: {
      now: () => ({ wall: 0, mono: 0 }),
      sleep: (ms: number, signal: AbortSignal) =>
        new Promise<void>((resolve) => {
          pauses.push(ms)
          if (ms < 4_000) setImmediate(resolve)
          else signal.addEventListener('abort', () => resolve())
        }),
    },
    fleet: () => ({ agents: [], services: [] }),
    store: { load: async () => ({ kind: 'absent' }), save: async () => undefined },
    events: { read: async () => [] },
    report: () => undefined,
    env: {},
  } as unknown as World
  const keeper = createTownKeeper({
    world,
    engine: () => ({}) as never,
    control: () => ({}) as never,
    complain: (error) => expect(error).toBe(away),
    doors: {
      isOn: async () => true,
      place: async () =>
        ({ name: 'shop', redis: { kind: 'url', url: places[0] ?? '' }, from: 'config' }) as TownPlace,
      server: () => ({}) as never,
      remember: async () => undefined,
      connect: (place) => {
        const url = place.kind === 'url' ? place.url : ''
        asked.push(url)
        return {
          up: () => false,
          onLost: () => () => undefined,
          // A place that swallows what it is sent: an answer comes when the connection is closed.
          health: () =>
            url === 'silent'
              ? new Promise((_, reject) => (waiting = () => reject(away)))
              : Promise.reject(away),
          close: async () => waiting?.(),
        } as never
      },
    },
  })
  return { keeper, asked, pauses }
}

async function until(what: () => boolean): Promise<void> {
  for (let i = 0; i < 10_000 && !what(); i++) await turn()
  expect(what()).toBe(true)
}

test('a town that is away is looked for at once where the config says now, however long the pause was', async () => {
  const places = ['old']
  const { keeper, asked, pauses } = keeperAt(places)
  keeper.start()
  await until(() => pauses.some((ms) => ms > 4_000))
  expect(asked).toEqual(['old'])
  places[0] = 'new'
  const before = pauses.length
  keeper.configure()
  await until(() => asked.includes('new'))
  // It is tried quickly, as one that was never tried.
  await until(() => pauses.length > before)
  expect(pauses[before]).toBeLessThan(200)
  await keeper.close()
})

test('a place that never answers does not hold up the one that the config says now', async () => {
  const places = ['silent']
  const { keeper, asked } = keeperAt(places)
  keeper.start()
  await until(() => asked.includes('silent'))
  places[0] = 'new'
  keeper.configure()
  await until(() => asked.includes('new'))
  await keeper.close()
})
