import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { StateStore } from '../adapters/files/types.ts'
import { createMemoryStore } from '../handoff/model.fixture.ts'
import { makeLoop } from './loop.fixture.ts'
import { createPhaseMachine, type PhaseMachine } from './machine.ts'

const loop = makeLoop({
  phases: ['p1', 'p2', 'p3'].map((id) => ({ id, plan: '', status: `${id}.md`, models: {} })),
  onComplete: { run: 'reporter', triggerPath: '/log/.run-on-complete' },
})

/** The outside of the machine, seen by an observer that checks what must hold at every moment. */
function createOutside() {
  const store = createMemoryStore()
  const running: number[] = []
  const runs: string[] = []
  const indices: number[] = []
  /** Collected, not thrown: the machine would take an exception for a step to try again. */
  const violations: string[] = []

  function check(): void {
    const index = Number(store.files.get(loop.stateFilePath) ?? 0)
    if (indices.at(-1) !== index) indices.push(index)
    if (new Set(running).size > 1) violations.push(`phases ${running} at once`)
  }

  /** A daemon that dies before or after its `dieAt`-th effect: from then on none of its calls ever comes back. */
  function life(dieAt: number, after: boolean): { machine: PhaseMachine; died: Promise<void> } {
    let calls = 0
    let dead = false
    let die: () => void = () => undefined
    const died = new Promise<void>((resolve) => {
      die = resolve
    })
    const never = new Promise<never>(() => undefined)
    const step = async <T>(effect: () => Promise<T>): Promise<T> => {
      if (dead) return never
      calls += 1
      const now = calls === dieAt
      if (now && !after) {
        dead = true
        die()
        return never
      }
      const done = await effect()
      check()
      if (!now) return done
      dead = true
      die()
      return never
    }
    const mortal: StateStore = {
      ...store,
      save: (...a) => step(() => store.save(...a)),
      saveText: (...a) => step(() => store.saveText(...a)),
      remove: (...a) => step(() => store.remove(...a)),
    }
    const machine = createPhaseMachine({
      git: { show: async () => ({ kind: 'ok', value: undefined }) },
      store: mortal,
      locks: { exclusive: (_, body) => body() },
      clock: { now: () => ({ wall: 0, mono: 0 }), sleep: async () => undefined, bootId: () => 'b' },
      report: () => undefined,
      loop: () => loop,
      look: () => ({ kind: 'unknown', why: 'a test' }),
      stopLoops: () =>
        step(async () => {
          running.length = 0
          return true
        }),
      startLoops: (index) =>
        step(async () => {
          if (index !== Number(store.files.get(loop.stateFilePath)))
            violations.push(`loops of phase ${index}`)
          if (running.length === 0) running.push(index, index)
        }),
      startAgent: (_, key) => step(async () => void runs.push(key)),
      alreadyRun: async (key) => runs.includes(key),
    })
    return { machine, died }
  }

  return { store, running, runs, indices, violations, life }
}

type Deaths = { dieAt: number; after: boolean }[]
const deaths = fc.array(fc.record({ dieAt: fc.integer({ min: 1, max: 12 }), after: fc.boolean() }), {
  maxLength: 6,
})

/** Begins in the first life and resumes in the following ones; the last one dies of nothing. */
async function through(
  world: ReturnType<typeof createOutside>,
  script: Deaths,
  begin: (machine: PhaseMachine) => Promise<void>,
): Promise<void> {
  for (const { dieAt, after } of script) {
    const { machine, died } = world.life(dieAt, after)
    await Promise.race([machine.resume().then(() => begin(machine)), died])
  }
  const { machine } = world.life(0, false)
  await machine.resume()
  await begin(machine)
  expect(machine.seen()?.moving).toBe(false)
  expect(world.violations).toEqual([])
}

/** What decide does: advance while the current phase is done. */
const untilLast = async (machine: PhaseMachine): Promise<void> => {
  for (;;) {
    await machine.refresh()
    const { index } = machine.seen()!
    if (index >= 2) return
    await machine.advance(index, index + 1, 'done')
  }
}

describe('a move of the phase', () => {
  it('ends the same wherever it is killed: never back, by one, one phase at a time (INV-24, INV-25)', async () => {
    await fc.assert(
      fc.asyncProperty(deaths, async (script) => {
        const world = createOutside()
        world.store.files.set(loop.stateFilePath, '0').set(loop.completionPath, 'left over')
        world.running.push(0, 0)
        await through(world, script, untilLast)
        expect(world.indices).toEqual([0, 1, 2])
        expect(world.running).toEqual([2, 2])
        expect(world.store.files.has(loop.completionPath)).toBe(false)
        expect(world.store.files.has('phase-journal.json')).toBe(false)
      }),
      { numRuns: 400 },
    )
  })
})

describe('a completion', () => {
  it.each([true, false])(
    'runs on_complete exactly once, wherever it is killed; trigger: %s (INV-26)',
    async (trigger) => {
      await fc.assert(
        fc.asyncProperty(deaths, async (script) => {
          const world = createOutside()
          world.store.files.set(loop.stateFilePath, '2')
          if (trigger) world.store.files.set('/log/.run-on-complete', '')
          world.running.push(2, 2)
          await through(world, script, (machine) => machine.complete('done'))
          expect(world.runs).toHaveLength(trigger ? 1 : 0)
          expect(world.running).toEqual([])
          expect(world.store.files.get(loop.completionPath)).toMatch(/^sequence complete 19/)
          expect(world.store.files.has('/log/.run-on-complete')).toBe(false)
        }),
        { numRuns: 400 },
      )
    },
  )
})
