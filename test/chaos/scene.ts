import { setTimeout as sleep } from 'node:timers/promises'
import type { Box } from './box.ts'
import { bound, type Notes, type Scene } from './faults/types.ts'
import type { History } from './history.ts'
import type { Sampler } from './sampler.ts'

/** How often a verb may fail because of what else is done at the moment. */
const verbTries = 6

export function createScene(box: Box, sampler: Sampler, history: History, over: () => boolean): Scene {
  const notes: Notes = { pushed: 0, last: undefined, model: 0, missed: 0, damaged: new Map() }

  async function within(
    boundMs: number,
    look: () => boolean | Promise<boolean>,
  ): Promise<number | undefined> {
    const from = Date.now()
    while (Date.now() - from < boundMs && !over()) {
      if (await look()) return Date.now() - from
      await sleep(20)
    }
    return undefined
  }

  async function due(
    sort: string,
    inv: string,
    boundMs: number,
    what: string,
    look: () => boolean | Promise<boolean>,
  ): Promise<void> {
    const tookMs = await within(boundMs, look)
    if (tookMs === undefined && over()) return
    history.add({ kind: 'due', sort, inv, boundMs, what, tookMs })
  }

  const back: Scene['back'] = (sort, agent, old, boundMs = bound.agent) =>
    due(sort, 'INV-2', boundMs, `${agent} is back after: ${sort} (was ${old?.pid ?? 'not there'})`, () => {
      const main = box.mainOf(agent)
      return sampler.wanted(agent) === 'down' || (main !== undefined && main.pid !== old?.pid)
    })

  async function verb(...args: string[]): Promise<void> {
    let last = ''
    for (let n = 0; n < verbTries && !over(); n += 1) {
      const run = await box.agents(args)
      if (run.code === 0) return
      last = `exit ${run.code}: ${run.out.trim().slice(0, 300)}`
      await sleep(500)
    }
    if (!over())
      history.add({
        kind: 'wrong',
        inv: 'verb',
        why: `agents ${args.join(' ')} failed ${verbTries} times; ${last}`,
      })
  }

  return {
    box,
    sampler,
    history,
    within,
    due,
    back,
    verb,
    notes,
    wrong: (inv, why) => void history.add({ kind: 'wrong', inv, why }),
    sleep: (ms) => sleep(ms),
  }
}
