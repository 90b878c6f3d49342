import { setTimeout as sleep } from 'node:timers/promises'
import { type Fakes, play } from '../../src/cli/testing/fake-deps.ts'
import type { OwnFleet } from '../../src/town/town.ts'
import type { RedisBench } from './redis.ts'
import { townOn } from './town.ts'

/**
 * `agents …` in a town on a real server, in this process; `json` adds --json and reads it.
 * @param own whose names they are that are typed
 */
export function inTown(bench: RedisBench, fakes: Fakes = {}, own?: OwnFleet) {
  const town = { ...townOn(bench), own }
  const run = (...args: string[]) =>
    play(args, {
      ...fakes,
      deps: {
        openTown: async (fleet) => ({
          fleet,
          town,
          place: { name: 'shop', redis: { kind: 'url', url: '' }, from: 'environment' },
          close: async () => undefined,
        }),
        reportDoor: async () => ({ key: async () => undefined, runsAbove: async () => [] }) as never,
        now: Date.now,
        sleep: (ms) => sleep(ms),
        ...fakes.deps,
      },
    })
  const json: Json = async (...args) => {
    const done = await run(...args, '--json')
    return { exit: done.exit, ...(JSON.parse(done.out) as Record<string, never>) }
  }
  return { town, run, json }
}

// biome-ignore lint/suspicious/noExplicitAny: any document of any verb
type Json = (...args: string[]) => Promise<{ exit: number } & Record<string, any>>
