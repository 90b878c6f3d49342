import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  appendFile,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
  stat,
  symlink,
  truncate,
  writeFile,
} from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { createEventLog, type EventLogOptions } from '../../../src/adapters/files/event-log.ts'
import type { FleetEvent } from '../../../src/core/index.ts'
import { bundle } from '../procs/bundle.ts'

let dir: string
let path: string
const open = (options: EventLogOptions = {}) => createEventLog(dir, { retryMs: 50, ...options })

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'e-'))
  path = join(dir, 'events.jsonl')
})
afterEach(() => rm(dir, { recursive: true, force: true }))

const seqs = (events: FleetEvent[]) => events.map(({ seq }) => seq)
const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, index) => from + index)
async function fill(log = open(), count = 5) {
  for (let n = 1; n <= count; n += 1) await log.append({ kind: 'start', agent: n % 2 ? 'odd' : 'even', n })
  return log
}

describe('appending', () => {
  test('numbers events, stamps them, and keeps one a line in a file 0600', async () => {
    const log = open({ now: () => 1234 })
    expect(await log.append({ kind: 'exit', agent: 'a', because: 'x\n\u001b[31m' })).toEqual({
      seq: 1,
      at: 1234,
      kind: 'exit',
      agent: 'a',
      because: 'x\n\u001b[31m',
    })
    await fill(log, 3)
    expect((await readFile(path, 'utf8')).trim().split('\n')).toHaveLength(4)
    expect((await stat(path)).mode & 0o777).toBe(0o600)
    expect(await log.verify()).toEqual({ kind: 'ok', events: 4 })
  })

  test('an event that comes just as a batch ends is written too, however late its writer wakes', async () => {
    const log = open()
    for (let hops = 0; hops < 12; hops += 1) {
      const first = log.append({ kind: 'start', hops })
      // Each hop is one turn of the microtask queue after the first event was confirmed.
      let after: Promise<unknown> = first
      for (let hop = 0; hop < hops; hop += 1) after = after.then(() => undefined)
      await after.then(() => log.append({ kind: 'stop', hops }))
    }
    expect(await log.read()).toHaveLength(24)
  })

  test('another log object goes on where the first ended', async () => {
    await fill(open(), 3)
    expect((await open().append({ kind: 'stop' })).seq).toBe(4)
    expect(await open().verify()).toEqual({ kind: 'ok', events: 4 })
  })

  test('what is appended in one turn keeps its order', async () => {
    const log = open()
    const events = await Promise.all(range(1, 100).map((n) => log.append({ kind: 'start', n })))
    expect(seqs(events)).toEqual(range(1, 100))
    expect((await log.read()).map(({ n }) => n)).toEqual(range(1, 100))
  })

  test('a deleted log folder is made again and the numbers go on', async () => {
    const log = await fill()
    await rm(dir, { recursive: true })
    expect((await log.append({ kind: 'stop' })).seq).toBe(6)
    expect(await log.verify()).toEqual({ kind: 'ok', events: 1 })
  })
})

describe('several processes', () => {
  test('write one whole chain', async () => {
    const { dir: built, file } = await bundle(`
      import { createEventLog } from '#src/adapters/files/event-log.ts'
      const log = createEventLog(process.argv[2], { maxBytes: 20_000, keep: 50 })
      for (let n = 0; n < 60; n += 1) await log.append({ kind: 'start', agent: process.argv[3], n })
    `)
    const children = range(1, 4).map((id) =>
      spawn(process.execPath, [file, dir, `p${id}`], { stdio: 'inherit' }),
    )
    const codes = await Promise.all(children.map((child: ChildProcess) => once(child, 'exit')))
    expect(codes.map(([code]) => code)).toEqual([0, 0, 0, 0])
    const log = open({ keep: 50 })
    expect(await log.verify()).toEqual({ kind: 'ok', events: 240 })
    expect(seqs(await log.read())).toEqual(range(1, 240))
    const own = await log.read({ agent: 'p3' })
    expect(own.map(({ n }) => n)).toEqual(range(0, 59))
    await rm(built, { recursive: true })
  })
})

describe('rotation', () => {
  test('keeps so many files, and the chain across them', async () => {
    const log = await fill(open({ maxBytes: 600, keep: 3 }), 40)
    const names = (await readdir(dir)).filter((name) => name.endsWith('.jsonl')).sort()
    expect(names).toEqual(['events.1.jsonl', 'events.2.jsonl', 'events.3.jsonl', 'events.jsonl'])
    const events = await log.read()
    expect(seqs(events)).toEqual(range(events[0]!.seq, 40))
    expect(events[0]!.seq).toBeGreaterThan(1)
    expect(await log.verify()).toEqual({ kind: 'ok', events: events.length })
    expect(seqs(await log.read({ last: 6 }))).toEqual(range(35, 40))
  })

  test('a file missing in the middle is noticed', async () => {
    const log = await fill(open({ maxBytes: 600, keep: 3 }), 20)
    await rm(join(dir, 'events.1.jsonl'))
    expect((await log.verify()).kind).toBe('broken')
  })
})

describe('after a crash', () => {
  test.each([1, 20, 90])(
    'a last line torn %i bytes before its end is passed over and closed off',
    async (cut) => {
      const log = await fill()
      const before = await stat(path)
      await rm(join(dir, '.events.head'))
      await truncate(path, before.size - cut)
      const whole = cut === 1
      expect(await open().verify()).toEqual({ kind: 'ok', events: whole ? 5 : 4 })
      const next = await open().append({ kind: 'stop' })
      expect(next.seq).toBe(whole ? 6 : 5)
      expect(await log.verify()).toEqual({ kind: 'ok', events: whole ? 6 : 5 })
      expect(seqs(await log.read())).toEqual(range(1, next.seq))
    },
  )

  test('a tail of NULs is passed over', async () => {
    const log = await fill()
    await appendFile(path, Buffer.alloc(4096))
    expect((await log.append({ kind: 'stop' })).seq).toBe(6)
    expect(await log.verify()).toEqual({ kind: 'ok', events: 6 })
  })
})

describe('tampering', () => {
  const tamper = async (change: (lines: string[]) => string[]) => {
    const log = await fill()
    const lines = (await readFile(path, 'utf8')).trim().split('\n')
    await writeFile(path, `${change(lines).join('\n')}\n`)
    return log.verify()
  }
  test.each<[string, (lines: string[]) => string[], number]>([
    ['a changed line', (lines) => lines.with(2, lines[2]!.replace('odd', 'bad')), 3],
    ['a removed line', (lines) => lines.toSpliced(2, 1), 3],
    ['a line turned to junk', (lines) => lines.with(2, 'junk'), 3],
    ['removed last lines', (lines) => lines.slice(0, 3), 4],
    ['an emptied log', () => [], 1],
  ])('%s is found', async (_what, change, seq) => {
    expect(await tamper(change)).toMatchObject({ kind: 'broken', seq })
  })
})

describe('reading', () => {
  test('filters by agent, instant and number', async () => {
    let now = 100
    const log = open({ now: () => (now += 100) })
    await fill(log, 6)
    expect(seqs(await log.read({ agent: 'even' }))).toEqual([2, 4, 6])
    expect(seqs(await log.read({ agent: 'even', last: 2 }))).toEqual([4, 6])
    expect(seqs(await log.read({ sinceMs: 500 }))).toEqual([4, 5, 6])
    expect(seqs(await log.read({ last: 0 }))).toEqual([])
    expect(seqs(await log.read({ afterSeq: 5 }))).toEqual([6])
  })

  test('an absent log has no events and is whole', async () => {
    expect(await open().read()).toEqual([])
    expect(await open().verify()).toEqual({ kind: 'ok', events: 0 })
  })

  test('reading while the files rotate repeats and leaves out nothing', async () => {
    const log = await fill(open({ maxBytes: 1_500, keep: 20 }), 10)
    let writing = true
    const writer = fill(log, 100).finally(() => {
      writing = false
    })
    while (writing) {
      const found = seqs(await log.read())
      expect(found).toEqual(range(1, found.length))
      expect(found.length).toBeGreaterThanOrEqual(10)
    }
    await writer
  })

  test('following hears each event once, in order, through rotations and a torn line', async () => {
    const log = await fill(open({ maxBytes: 500, keep: 20 }), 3)
    const stop = new AbortController()
    const heard: number[] = []
    const following = open({ maxBytes: 500, keep: 20 }).follow(({ seq }) => heard.push(seq), stop.signal)
    await new Promise((resolve) => setTimeout(resolve, 50))
    await fill(log, 10)
    await vi.waitFor(() => expect(heard.at(-1)).toBe(13), 3_000)
    await appendFile(path, '{"torn')
    await fill(log, 10)
    await vi.waitFor(() => expect(heard.at(-1)).toBe(23), 3_000)
    stop.abort()
    await following
    expect(heard).toEqual(range(4, 23))
  })
})

describe('when it cannot be written', () => {
  test('the promise says so, nothing is thrown, it counts as lost, and is written later', async () => {
    await rm(dir, { recursive: true })
    await writeFile(dir, 'in the way')
    const log = open({ retryMs: 50 })
    const failed = log.append({ kind: 'start', n: 1 })
    void log.append({ kind: 'start', n: 2 })
    await expect(failed).rejects.toMatchObject({ code: 'EVENTS_WRITE' })
    expect(log.lost()).toBe(2)
    await rm(dir)
    await vi.waitFor(() => expect(log.lost()).toBe(0), 3_000)
    await log.append({ kind: 'start', n: 3 })
    expect((await log.read()).map(({ n }) => n)).toEqual([1, 2, 3])
    expect(await log.verify()).toEqual({ kind: 'ok', events: 3 })
  })

  test('a value that JSON cannot hold is refused alone', async () => {
    const log = open()
    const poison = log.append({ kind: 'start', big: 1n })
    const good = log.append({ kind: 'stop' })
    await expect(poison).rejects.toThrow(TypeError)
    expect((await good).seq).toBe(1)
    expect(log.lost()).toBe(0)
  })

  test('a link or a folder in its place is refused', async () => {
    await symlink(join(dir, 'elsewhere'), path)
    await expect(open().append({ kind: 'start' })).rejects.toMatchObject({ code: 'EVENTS_WRITE' })
    await rm(path)
    await mkdir(path)
    await expect(open().append({ kind: 'start' })).rejects.toMatchObject({ code: 'EVENTS_WRITE' })
  })
})
