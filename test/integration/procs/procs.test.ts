import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { createLinuxSource } from '../../../src/adapters/procs/linux.ts'
import { createProcs } from '../../../src/adapters/procs/procs.ts'
import { createPsSource } from '../../../src/adapters/procs/ps.ts'
import { fixture, killAll, ready, runName } from './fixtures.ts'

const procs = createProcs()
const run = runName('find')
afterEach(killAll)

describe('the process table', () => {
  test('holds this process, with its parent, group and a start time that stays', async () => {
    const table = await procs.table()
    const self = table.get(process.pid)!
    expect(self.ppid).toBe(process.ppid)
    expect(self.cpuMs).toBeGreaterThan(0)
    expect(await procs.identify(process.pid)).toEqual({ pid: process.pid, start: self.start })
    expect(await procs.alive(self)).toBe(true)
    expect(await procs.alive({ pid: self.pid, start: `${self.start}0` })).toBe(false)
    expect(await procs.identify(2 ** 22 + 1)).toBeUndefined()
  })

  test.each([
    ['/proc', createLinuxSource()],
    ['ps', createPsSource()],
  ])('an age is counted by the machine, from %s', async (_, source) => {
    const child = fixture('sleep', ['30'])
    const young = (await source.age(child.pid!))!
    expect(young).toBeLessThan(5_000)
    await new Promise((resolve) => setTimeout(resolve, 60))
    const later = (await source.age(child.pid!))!
    expect(later - young).toBeGreaterThanOrEqual(50)
    expect(later - young).toBeLessThan(5_000)
    expect(await source.age(2 ** 22 + 1)).toBeUndefined()
  })

  test('a tree holds children and theirs', async () => {
    const root = fixture('sh', ['-c', 'sh -c "sleep 30 & wait" & wait'])
    await vi.waitFor(async () => expect((await procs.table()).tree(root.pid!)).toHaveLength(3))
    const commands = (await procs.table()).tree(root.pid!).map((proc) => proc.command)
    expect(commands).toEqual(['sh', 'sh', 'sleep'])
  })

  test('a name with blanks and brackets is read whole', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'p-'))
    const name = 'a) R 1 (b'
    await writeFile(join(dir, name), '#!/bin/sh\nsleep 30\n', { mode: 0o755 })
    const child = fixture(join(dir, name), [])
    await vi.waitFor(async () => expect((await procs.table()).get(child.pid!)?.command).toBe(name))
    expect((await procs.table()).get(child.pid!)?.ppid).toBe(process.pid)
    await rm(dir, { recursive: true })
  })

  test('a dead process that nobody reaped is not alive', async () => {
    // sh becomes the sleeping parent by exec, so that its dead child is never waited for.
    const parent = fixture('sh', ['-c', 'sleep 0.05 & echo ready $!; exec sleep 30'])
    const zombie = Number((await ready(parent)).split(' ')[1])
    const id = await procs.identify(zombie)
    await vi.waitFor(async () => expect((await procs.table()).get(zombie)?.state).toBe('Z'))
    expect(await procs.alive(id!)).toBe(false)
    expect(await procs.identify(zombie)).toBeUndefined()
  })

  test('CPU time grows with work', async () => {
    const child = fixture('sh', ['-c', 'i=0; while [ $i -lt 2000000 ]; do i=$((i+1)); done'])
    await vi.waitFor(
      async () => expect((await procs.table()).get(child.pid!)?.cpuMs).toBeGreaterThan(50),
      10_000,
    )
  })

  test('an age allows the same look again, zero never', async () => {
    const first = await procs.table()
    expect(await procs.table(60_000)).toBe(first)
    expect(await procs.table()).not.toBe(first)
  })

  test('2,000 processes are read, again and again', async () => {
    const root = await mkdtemp(join(tmpdir(), 'p-'))
    for (let pid = 1; pid <= 2000; pid += 1) {
      await mkdir(join(root, String(pid)))
      const rest = '0 -1 4194304 100 0 0 0 7 5 0 0 20 0 1 0 12345 1000 100 18446744073709551615'
      await writeFile(join(root, String(pid), 'stat'), `${pid} (node) S ${pid - 1} 1 1 0 ${rest}\n`)
    }
    const source = createLinuxSource(root)
    for (let i = 0; i < 8; i += 1) {
      expect(await source.list()).toHaveLength(2000)
    }
    await rm(root, { recursive: true })
  })
})

describe('finding by AGENTS_RUN', () => {
  test('finds processes that left the session, and only exact values', async () => {
    const one = fixture('leaves-session-with-setsid.mjs', [], { AGENTS_RUN: run })
    const orphan = Number((await ready(one)).split(' ')[1])
    const two = fixture('ignores-term.mjs', [], { AGENTS_RUN: 'run-11', NOT_AGENTS_RUN: run })
    await ready(two)
    await vi.waitFor(async () => expect(await procs.alive({ pid: one.pid!, start: '' })).toBe(false))
    const found = await procs.byRun([run, `${run}-none`])
    expect(found.get(run)!.map((proc) => proc.pid)).toContain(orphan)
    expect(found.get(run)!.map((proc) => proc.pid)).not.toContain(two.pid)
    expect(found.get(`${run}-none`)).toEqual([])
  })
})

describe('signals', () => {
  test('reach exactly the process meant', async () => {
    const child = spawn('sleep', ['30'])
    const id = (await procs.identify(child.pid!))!
    expect(await procs.signal({ ...id, start: '1' }, 'SIGKILL')).toBe(false)
    expect(await procs.signal(id, 'SIGKILL')).toBe(true)
    await once(child, 'exit')
    expect(await procs.signal(id, 'SIGKILL')).toBe(false)
  })
})
