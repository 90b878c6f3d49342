import { describe, expect, test } from 'vitest'
import { endProcesses, type Hands } from './end.ts'
import { createProcTable } from './proc-table.ts'
import { createProcs } from './procs.ts'
import type { Proc } from './types.ts'

// Whom `end` may never signal is tested on a made-up table with signals that are only written down: a mistake here,
// tried on real processes, would end the whole machine.

const self = process.pid
const proc = (pid: number, ppid: number, more: Partial<Proc> = {}): Proc => ({
  pid,
  ppid,
  start: `s${pid}`,
  pgid: pid,
  sid: pid,
  state: 'S',
  command: 'x',
  cpuMs: 0,
  ...more,
})

const [SHELL, SIBLING, STRANGER, CHILD, GRANDCHILD] = [9_000_001, 9_000_002, 9_000_003, 9_000_004, 9_000_005]
const AGENT = 9_000_010
const TOOL = 9_000_011
const SERVER = 9_000_020
const PANE = 9_000_021

const machine = [
  proc(1, 0),
  proc(2, 0),
  proc(3, 2),
  proc(SHELL, 1),
  proc(self, SHELL, { sid: SHELL }),
  proc(SIBLING, SHELL, { sid: SHELL }),
  proc(STRANGER, 1),
  proc(CHILD, self, { sid: SHELL }),
  proc(GRANDCHILD, CHILD, { sid: SHELL }),
  proc(AGENT, 1),
  proc(TOOL, AGENT, { sid: AGENT }),
  proc(SERVER, 1),
  proc(PANE, SERVER),
]

/** Runs `end` on the made-up machine, where every signal that ends takes effect at once. */
async function ended(roots: { pid: number; start?: string }[], byRun: number[] = []) {
  let living = machine
  const signalled = new Set<number>()
  const hands: Hands = {
    table: async () => createProcTable(0, living),
    byRun: async () => new Map([['r', living.filter(({ pid }) => byRun.includes(pid))]]),
    signal: async ({ pid }) => {
      signalled.add(pid)
      living = living.filter((one) => one.pid !== pid)
      return true
    },
  }
  const ids = roots.map(({ pid, start }) => ({ pid, start: start ?? `s${pid}` }))
  await endProcesses(hands, { roots: ids, runs: byRun.length > 0 ? ['r'] : [], graceMs: 0 })
  return [...signalled].sort((a, b) => a - b)
}

describe('ends', () => {
  test('a root and what hangs under it', async () => {
    expect(await ended([{ pid: AGENT }])).toEqual([AGENT, TOOL])
  })

  test('a child of its own, when named', async () => {
    expect(await ended([{ pid: CHILD }])).toEqual([CHILD, GRANDCHILD])
  })

  test('what is found by its run, and nothing below it', async () => {
    expect(await ended([], [SERVER])).toEqual([SERVER])
  })
})

describe('touches nobody when the root is', () => {
  test.each([
    ['init, below which hangs the machine', { pid: 1 }],
    ['no process', { pid: 0 }],
    ['the kernel’s thread parent', { pid: 2 }],
    ['this process', { pid: self }],
    ['a parent of this process', { pid: SHELL }],
    ['a pid that is another’s by now', { pid: STRANGER, start: 'older' }],
    ['a negative pid, which would be a group', { pid: -1 }],
  ])('%s', async (_name, root) => {
    expect(await ended([root])).toEqual([])
  })

  test('found by run but init, this process or its parent', async () => {
    expect(await ended([], [1, self, SHELL])).toEqual([])
  })

  test('all of them at once, and still ends the one that is meant', async () => {
    expect(await ended([{ pid: 1 }, { pid: self }, { pid: SHELL }, { pid: AGENT }])).toEqual([AGENT, TOOL])
  })
})

test('an empty run names nobody, least of all those without a run', async () => {
  const source = {
    one: async (pid: number) => machine.find((one) => one.pid === pid),
    list: async () => machine,
    startsProcess: false,
    age: async () => undefined,
    waited: async () => 0,
    runs: async () =>
      new Map([
        [AGENT, 'r'],
        [TOOL, ''],
      ]),
  }
  const found = await createProcs({ source }).byRun(['', 'r', 'none'])
  expect([...found.keys()]).toEqual(['r', 'none'])
  expect(found.get('r')!.map(({ pid }) => pid)).toEqual([AGENT])
  expect(found.get('none')).toEqual([])
})
