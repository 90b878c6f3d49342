import { mkdtempSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { build } from 'esbuild'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { hands, mailboxes, writers } from '../../chaos/town/cast.ts'
import { checkTown, type Finals } from '../../chaos/town/checker.ts'
import type { Fact, Line } from '../../chaos/town/journal.ts'
import { runTown, type TownOptions } from '../../chaos/town/run.ts'
import { townSabotages } from '../../chaos/town/sabotage.ts'
import { hasRedis } from '../../support/redis.ts'

const folder = realpathSync(mkdtempSync(join(tmpdir(), 'ct-')))
const program = join(folder, 'actor.mjs')
const options: TownOptions = {
  program,
  seed: 7,
  faults: 70,
  minutes: undefined,
  only: undefined,
  sabotage: undefined,
  say: () => undefined,
}

afterAll(() => rmSync(folder, { recursive: true, force: true }))

describe.runIf(hasRedis() || process.env.CI === 'true')('a town under random faults', () => {
  beforeAll(async () => {
    const banner =
      "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url)"
    await build({
      entryPoints: ['test/chaos/town/actor.ts'],
      bundle: true,
      platform: 'node',
      format: 'esm',
      target: 'node20',
      outfile: program,
      banner: { js: banner },
    })
  })

  test('INV-13 to INV-20: nothing acknowledged is lost, nothing is doubled unmarked, over 70 of them', async () => {
    const result = await runTown(options)
    expect(result.violations, JSON.stringify(result)).toEqual([])
    expect(result.done).toBe(70)
    expect(result.messages.counted).toBeGreaterThan(20)
  }, 120_000)

  test.each(Object.entries(townSabotages))(
    'is found out when %s',
    async (sabotage, { inv }) => {
      const result = await runTown({ ...options, faults: 3, sabotage })
      rmSync(result.dir, { recursive: true, force: true })
      expect(result.violations.map((one) => one.inv)).toContain(inv)
    },
    60_000,
  )
})

describe('the checker of a town', () => {
  const [to, from] = [mailboxes.taken, writers.left]
  const line = (fact: Fact, at: number, who = 'takes'): Line => ({ ...fact, at, who }) as Line
  const send = (id: string, n: number, at = n): Line =>
    line({ op: 'send', id, from, to, n, list: 'inbox', hash: 'h' }, at)
  const sent = (id: string, at: number, repeated = false): Line =>
    line({ op: 'sent', id, repeated, since: at - 1 }, at)
  const shown = (id: string, at: number, times = 1): Line =>
    line({ op: 'present', id, to, times, hash: 'h', since: at - 1 }, at)
  const ack = (id: string, at: number): Line[] => [
    line({ op: 'ack', id, to }, at),
    line({ op: 'acked', id, to, before: false, told: 1, since: at }, at + 1),
  ]
  const finals = (over: Partial<Finals>): Finals => ({
    done: new Map(),
    dead: new Map(),
    left: new Map(),
    tasks: [],
    backlog: [],
    agents: new Set(Object.values(hands)),
    ...over,
  })
  const done = (...ids: string[]) => finals({ done: new Map([[to, new Set(ids)]]) })
  const found = (lines: Line[], end: Finals) => checkTown(lines, end).map(({ inv }) => inv)
  const whole = [send('a', 10), sent('a', 11), shown('a', 20), ...ack('a', 21)]

  test('finds nothing where all is well', () => {
    expect(found(whole, done('a'))).toEqual([])
    expect(
      found([send('a', 10), sent('a', 11), shown('a', 20), shown('a', 30, 2), ...ack('a', 31)], done('a')),
    ).toEqual([])
  })

  test('finds what is lost, and leaves out what was flushed', () => {
    const lost = [send('a', 10), sent('a', 11)]
    expect(found(lost, done())).toEqual(['INV-13'])
    expect(found([...lost, line({ op: 'flush', since: 12 }, 13)], done())).toEqual([])
    expect(
      found(whole, finals({ done: new Map([[to, new Set(['a'])]]), dead: new Map([[to, new Set(['a'])]]) })),
    ).toEqual(['INV-13'])
    expect(found([send('a', 10), sent('a', 11), shown('a', 12)], done('a'))).toEqual(['INV-13'])
    expect(found(lost, finals({ left: new Map([[to, ['a']]]) }))).toEqual(['INV-2'])
  })

  test('finds what is shown too often, after its end, changed, or out of order', () => {
    expect(found([...whole, shown('a', 20)], done('a'))).toContain('INV-14')
    expect(
      found(
        [...whole.slice(0, 3), ...[2, 3, 3].map((times) => shown('a', 20, times)), ...ack('a', 21)],
        done('a'),
      ),
    ).toEqual(['INV-14'])
    expect(found([...whole, shown('a', 90, 2)], done('a'))).toEqual(['INV-15'])
    const changed = whole.map((one) => (one.op === 'present' ? { ...one, hash: 'other' } : one))
    expect(found(changed, done('a'))).toEqual(['INV-18'])
    const two = [send('a', 10), sent('a', 11), send('b', 12), sent('b', 13)]
    expect(
      found([...two, shown('b', 20), shown('a', 21), ...ack('a', 22), ...ack('b', 23)], done('a', 'b')),
    ).toEqual(['INV-17'])
    expect(
      found([...two, shown('b', 20), shown('a', 21, 2), ...ack('a', 22), ...ack('b', 23)], done('a', 'b')),
    ).toEqual([])
  })

  test('finds a repeated message that was taken for another one, and an answer of a server that was away', () => {
    expect(
      found([send('a', 10), sent('a', 11), sent('a', 12), shown('a', 20), ...ack('a', 21)], done('a')),
    ).toEqual(['INV-16'])
    const away = line({ op: 'down', since: 5 }, 40, 'runner')
    expect(found([send('a', 10), sent('a', 12), away, shown('a', 50), ...ack('a', 51)], done('a'))).toEqual([
      'INV-23',
    ])
  })

  test('finds tasks that are lost, doubled, without an owner, or in two hands', () => {
    const id = 't'
    const added = [line({ op: 'task-add', id }, 10), line({ op: 'task-added', id }, 11)]
    const task = { id, state: 'pending', assignedTo: undefined, result: undefined }
    const end = (over: Partial<Finals>) => found(added, finals(over))
    expect(end({ tasks: [task], backlog: [id] })).toEqual([])
    expect(end({})).toEqual(['INV-20'])
    expect(end({ tasks: [task] })).toEqual(['INV-20'])
    expect(end({ tasks: [task], backlog: [id, id] })).toEqual(['INV-20'])
    expect(end({ tasks: [{ ...task, state: 'running', assignedTo: 'nobody' }] })).toEqual(['INV-20'])
    const took = (who: string, at: number) => line({ op: 'task-took', id, since: at }, at, who)
    const owned = finals({ tasks: [{ ...task, state: 'assigned', assignedTo: hands.one }] })
    expect(found([...added, took('one', 20), took('two', 21)], owned)).toEqual(['INV-20'])
    const back = line({ op: 'task-requeue', id }, 20, 'one')
    expect(found([...added, took('one', 19), back, took('two', 21)], owned)).toEqual([])
  })
})
