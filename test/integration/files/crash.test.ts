import { cp, mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createEventLog } from '../../../src/adapters/files/event-log.ts'
import { encodeRecord } from '../../../src/adapters/files/record.ts'
import { createStateStore } from '../../../src/adapters/files/state-store.ts'
import { bundle } from '../procs/bundle.ts'
import { CRASH_WRITER } from './crash-writer.ts'
import { type Call, listCalls, runHitting, whyNoStrace } from './strace.ts'

// Rows 34, 61, 63, 64 and INV-35 of reliability.md: three writes of the watchdog, killed at or refused by every single
// system call that concerns our files. The list of calls comes from a trace of the same program.

const reason = whyNoStrace()
const AT_ONCE = 3
const FAILS_WITH: Record<string, RegExp> = {
  ENOSPC: /^(openat|p?write|fsync|link|rename|symlink)/,
  EIO: /^(?!statx)/,
}
let base: string
let seed: string
let built: { dir: string; file: string }
let calls: Call[]

beforeAll(async () => {
  if (reason !== undefined) return
  base = await mkdtemp(join(tmpdir(), 'c-'))
  seed = join(base, 'seed')
  await mkdir(seed, { mode: 0o700 })
  built = await bundle(CRASH_WRITER)
  const store = createStateStore(join(seed, 'state'))
  await store.save('n', 'OLDER')
  await store.save('n', 'OLD')
  await store.saveText('phase-idx', 'OLD')
  const log = createEventLog(seed)
  for (const agent of ['a', 'b', 'c']) await log.append({ kind: 'start', agent })
  calls = await listCalls(built.file, await fresh())
})
afterAll(async () => {
  if (reason !== undefined) return
  await rm(base, { recursive: true, force: true })
  await rm(built.dir, { recursive: true, force: true })
})

let copies = 0
async function fresh(): Promise<string> {
  copies += 1
  const dir = join(base, `fleet-${copies}`)
  await cp(seed, dir, { recursive: true })
  return dir
}

/** Runs `body` for each of `jobs`, a few at once. */
async function forAll<T>(jobs: readonly T[], body: (job: T) => Promise<void>): Promise<void> {
  const rest = jobs.values()
  const worker = async () => {
    for (const job of rest) await body(job)
  }
  // All of them end before the first failure is told: the folders are removed afterwards.
  const ended = await Promise.allSettled(Array.from({ length: AT_ONCE }, worker))
  for (const one of ended) if (one.status === 'rejected') throw one.reason
}

interface Found {
  record: string
  older: string
  text: string
  events: number
  temps: string[]
}

async function lookAt(dir: string): Promise<Found> {
  const read = (name: string) => readFile(join(dir, 'state', name), 'utf8').catch(() => 'ABSENT')
  const log = createEventLog(dir)
  const names = [...(await readdir(dir)), ...(await readdir(join(dir, 'state')))]
  expect(await log.verify()).toMatchObject({ kind: 'ok' })
  return {
    record: await read('n'),
    older: await read('n.1'),
    text: await read('phase-idx'),
    events: (await log.read()).length,
    temps: names.filter((name) => name.endsWith('.tmp')),
  }
}

const [OLDER, OLD, NEW] = ['OLDER', 'OLD', 'NEW'].map(encodeRecord) as [string, string, string]
const asText = (value: unknown) => (typeof value === 'string' ? value : undefined)

/** The same names in every run: pids and random parts are left out. */
const shapeOf = (text: string) => text.replace(/\.\d+\.[0-9a-f]{16}\.tmp/g, '.tmp').replace(/^\d+</, '<')
const aboutOf = ({ name, text }: Call) =>
  `${name}(${shapeOf(text).split(/, |\)|>/)[0]} ${/\/[\w./-]+/.exec(shapeOf(text)) ?? ''}`

describe.skipIf(reason !== undefined)(`every system call of a write${reason ? ` (${reason})` : ''}`, () => {
  test('the list holds the calls of the pattern: write, fsync, rename, fsync of the folder', () => {
    const names = new Set(calls.map(({ name }) => name.replace(/at2?$/, '')))
    for (const name of ['open', 'write', 'fsync', 'link', 'rename', 'close', 'symlink', 'unlink']) {
      expect(names).toContain(name)
    }
    expect(calls.filter(({ name }) => name === 'fsync')).toHaveLength(4)
    expect(calls.length).toBeGreaterThan(40)
  })

  test('killed there, each file is byte for byte a complete old or new one, and the next start goes on', async () => {
    const unhit: string[] = []
    await forAll(calls, async (call) => {
      const ran = await runHitting(built.file, fresh, calls, call, 'signal=SIGKILL')
      if (ran === undefined) return void unhit.push(aboutOf(call))
      expect(ran.signal).toBe('SIGKILL')
      const found = await lookAt(ran.dir)
      expect([OLD, NEW]).toContain(found.record)
      expect([OLDER, OLD]).toContain(found.older)
      expect(['OLD', 'NEW']).toContain(found.text)
      expect([3, 4]).toContain(found.events)
      await goesOn(ran.dir, found)
    })
    expect(unhit).toEqual([])
  }, 120_000)

  test.each(['ENOSPC', 'EIO'])(
    '%s there: what failed was not written, what was reported is there',
    async (errno) => {
      const unhit: string[] = []
      const jobs = calls.filter(({ name }) => FAILS_WITH[errno]!.test(name))
      await forAll(jobs, async (call) => {
        const ran = await runHitting(built.file, fresh, calls, call, `error=${errno}`)
        if (ran === undefined) return void unhit.push(aboutOf(call))
        const found = await lookAt(ran.dir)
        expect(found, JSON.stringify({ call: aboutOf(call), ...ran.result })).toMatchObject({
          record: ran.result!.record === 'done' ? NEW : OLD,
          text: ran.result!.text === 'done' ? 'NEW' : 'OLD',
          events: ran.result!.event === 'done' ? 4 : 3,
          // Only a refused removal leaves a temporary file, for the next sweep.
          temps: call.name.startsWith('unlink') ? found.temps : [],
        })
        await goesOn(ran.dir, found)
      })
      expect(unhit).toEqual([])
    },
    120_000,
  )
})

/** What the next start of the watchdog does with what it finds. */
async function goesOn(dir: string, found: Found): Promise<void> {
  const store = createStateStore(join(dir, 'state'))
  expect(await store.sweep()).toBe(found.temps.length)
  const loaded = await store.load('n', asText)
  expect(loaded).toMatchObject({
    kind: 'ok',
    generation: 'current',
    value: found.record === NEW ? 'NEW' : 'OLD',
  })
  await store.save('n', 'NEXT')
  const log = createEventLog(dir)
  expect((await log.append({ kind: 'watchdog-started' })).seq).toBe(found.events + 1)
  const after = await lookAt(dir)
  expect(after).toMatchObject({
    record: encodeRecord('NEXT'),
    older: found.record,
    temps: [],
    events: found.events + 1,
  })
}
