import { expect, test } from 'vitest'
import { makeAgent, makeBackend, makeFleet, makePane } from '../../../test/simulator/build.ts'
import { createRegexRunner } from '../../adapters/regex/index.ts'
import type { EventDraft } from '../../core/index.ts'
import type { World } from '../world.ts'
import { createEyes } from './eyes.ts'

test('row 41: a screen that cannot be read is not known, whatever was read before; the others are read all the same', async () => {
  const broken = new Set<string>()
  const events: EventDraft[] = []
  let mono = 1000
  const fleet = makeFleet([makeAgent('a'), makeAgent('b')])
  const world = {
    fleet: () => fleet,
    clock: { now: () => ({ mono, wall: mono }) },
    regex: createRegexRunner({ deadlineMs: 500 }),
    tmux: {
      capture: async (ids: string[]) => ({ kind: 'ok', text: new Map(ids.map((id) => [id, `> ${mono}`])) }),
    },
    reports: {
      of: (pane: { paneId: string }) => {
        if (broken.has(pane.paneId)) throw new RangeError('odd report')
        return []
      },
    },
    conversations: { sight: () => undefined },
    report: (event: EventDraft) => void events.push(event),
  } as unknown as World
  const eyes = createEyes(world)
  const subjects = ['a', 'b'].map((name, i) => ({
    spec: fleet.agents[i]!,
    pane: makePane({ paneId: `%${i}`, sessionName: `t-${name}` }),
    backend: makeBackend('one'),
  }))
  const [a, b] = subjects.map(({ pane }) => pane)
  await eyes.look(subjects, true)
  expect([eyes.of(a!)?.text, eyes.of(b!)?.text]).toEqual(['> 1000', '> 1000'])
  broken.add('%0')
  mono = 2000
  await eyes.look(subjects, true)
  expect([eyes.of(a!)?.text, eyes.of(b!)?.text]).toEqual([undefined, '> 2000'])
  mono = 3000
  await eyes.look(subjects, true)
  expect(events).toMatchObject([{ kind: 'trouble', because: expect.stringMatching(/t-a.*odd report/) }])
  broken.clear()
  await eyes.look(subjects, true)
  expect(eyes.of(a!)?.text).toBe('> 3000')
})

test('the log of a pane that prints all the time is looked at now and then, and once more when it falls silent', async () => {
  let mono = 100_000
  let printedAt = mono
  let looks = 0
  const backend = makeBackend('one', { footerUi: true, logGraceMs: 20_000 })
  const fleet = makeFleet([makeAgent('a')])
  const world = {
    fleet: () => fleet,
    clock: { now: () => ({ mono, wall: mono }) },
    regex: createRegexRunner({ deadlineMs: 500 }),
    tmux: {
      capture: async (ids: string[]) => ({
        kind: 'ok',
        text: new Map(ids.map((id) => [id, `> ${printedAt}`])),
      }),
    },
    files: {
      modifiedAt: async () => {
        looks += 1
        return printedAt
      },
    },
    reports: { of: () => [] },
    conversations: { sight: () => undefined },
    report: () => undefined,
  } as unknown as World
  const eyes = createEyes(world)
  const look = async (): Promise<void> => {
    // tmux tells whole seconds.
    const pane = makePane({ activityAt: Math.floor(printedAt / 1_000) * 1_000 })
    await eyes.look([{ spec: fleet.agents[0]!, pane, backend }], false)
  }
  for (let second = 0; second < 30; second += 1) {
    mono += 1_000
    printedAt = mono - 300
    await look()
    const age = mono - (eyes.of(makePane())?.writtenAt ?? 0)
    expect(age).toBeLessThan(3_000)
  }
  expect(looks).toBeLessThanOrEqual(11)
  for (let second = 0; second < 12; second += 1) {
    mono += 1_000
    await look()
  }
  expect(eyes.of(makePane())?.writtenAt).toBe(printedAt)
  const settled = looks
  for (let second = 0; second < 15; second += 1) {
    mono += 1_000
    await look()
  }
  expect(looks).toBe(settled)
})
