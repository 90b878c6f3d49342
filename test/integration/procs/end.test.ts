import { once } from 'node:events'
import { afterEach, expect, test, vi } from 'vitest'
import { createProcs } from '../../../src/adapters/procs/procs.ts'
import { fixture, killAll, ready, runName } from './fixtures.ts'

const procs = createProcs()
afterEach(killAll)

const run = runName('end')
const idOf = async (pid: number) => (await procs.identify(pid))!
const livingRuns = async () => (await procs.byRun([run])).get(run)!.map((proc) => proc.command)

test('a program that leaves when asked is only asked', async () => {
  const child = fixture('sleep', ['30'])
  const exit = once(child, 'exit')
  const ended = await procs.end({ roots: [await idOf(child.pid!)], runs: [], graceMs: 5_000 })
  expect(ended.asked.map((proc) => proc.pid)).toEqual([child.pid])
  expect(ended.killed).toEqual([])
  expect(ended.left).toEqual([])
  expect((await exit)[1]).toBe('SIGTERM')
})

test('a program that ignores TERM and HUP is killed when the grace is over', async () => {
  const child = fixture('ignores-term.mjs', [])
  await ready(child)
  const from = performance.now()
  const ended = await procs.end({ roots: [await idOf(child.pid!)], runs: [], graceMs: 300 })
  expect(performance.now() - from).toBeGreaterThanOrEqual(300)
  expect(performance.now() - from).toBeLessThan(2_000)
  expect(ended.killed.map((proc) => proc.pid)).toEqual([child.pid])
  expect(ended.left).toEqual([])
})

test('what left the session goes with its parent', async () => {
  const child = fixture('leaves-session-with-setsid.mjs', ['stay'], { AGENTS_RUN: run })
  await ready(child)
  await procs.end({ roots: [await idOf(child.pid!)], runs: [], graceMs: 200 })
  expect(await livingRuns()).toEqual([])
})

test('an orphan in another session is found by its run', async () => {
  const child = fixture('leaves-session-with-setsid.mjs', [], { AGENTS_RUN: run })
  const exit = once(child, 'exit')
  await ready(child)
  await exit
  expect((await livingRuns()).length).toBeGreaterThan(0)
  await procs.end({ roots: [], runs: [run], graceMs: 200 })
  expect(await livingRuns()).toEqual([])
})

test('a double-forked child of a dead root is found by the session', async () => {
  const child = fixture('sh', ['-c', '(trap "" HUP; sleep 40 & ) ; echo ready; exec sleep 0.2'])
  const exit = once(child, 'exit')
  const root = await idOf(child.pid!)
  await ready(child)
  await exit
  const ended = await procs.end({ roots: [root], runs: [], graceMs: 1_000 })
  expect(ended.asked.map((proc) => proc.command)).toEqual(['sleep'])
  expect(ended.left).toEqual([])
})

test('a stopped program can leave', async () => {
  const child = fixture('sleep', ['30'])
  child.kill('SIGSTOP')
  const id = await idOf(child.pid!)
  await vi.waitFor(async () => expect((await procs.table()).get(id.pid)?.state).toBe('T'))
  const ended = await procs.end({ roots: [id], runs: [], graceMs: 5_000 })
  expect(ended.killed).toEqual([])
  expect(await procs.alive(id)).toBe(false)
})

test('a program that forks while it is ended leaves nothing', async () => {
  const child = fixture('forks-children.sh', [], { AGENTS_RUN: run })
  await ready(child)
  const root = await idOf(child.pid!)
  const ended = await procs.end({ roots: [root], runs: [run], graceMs: 100 })
  expect(ended.left).toEqual([])
  expect(await livingRuns()).toEqual([])
})

test('skips the polite part when told so', async () => {
  const child = fixture('sleep', ['30'])
  const exit = once(child, 'exit')
  const ended = await procs.end({ roots: [await idOf(child.pid!)], runs: [], graceMs: 5_000, now: true })
  expect(ended.asked).toEqual([])
  expect((await exit)[1]).toBe('SIGKILL')
})
