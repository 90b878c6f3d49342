import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { createLocks } from '../../../src/adapters/files/locks.ts'
import { createSharedRecord } from '../../../src/adapters/files/shared-record.ts'
import { createStateStore } from '../../../src/adapters/files/state-store.ts'

let stateDir: string
let troubles: string[]
beforeEach(() => {
  stateDir = mkdtempSync(join(tmpdir(), 'r-'))
  troubles = []
})
afterEach(() => rmSync(stateDir, { recursive: true, force: true }))

const open = (store = createStateStore(stateDir)) =>
  createSharedRecord<{ n: number }>(
    { store, locks: createLocks(), stateDir },
    {
      name: 'n.json',
      check: (value) => value as { n: number },
      empty: { n: 0 },
      onTrouble: (why) => troubles.push(why),
    },
  )

test.each<[string, (path: string) => void]>([
  ['a flipped byte', (path) => writeFileSync(path, readFileSync(path, 'utf8').replace('2', '3'))],
  ['an end cut off', (path) => writeFileSync(path, readFileSync(path, 'utf8').slice(0, 20))],
  ['a removed file', (path) => rmSync(path)],
  ['a removed folder', () => rmSync(stateDir, { recursive: true })],
])('after %s, who has read the record keeps what it said, and writes it anew', async (_, harm) => {
  const mine = open()
  await mine.update(() => ({ n: 1 }))
  await mine.update(() => ({ n: 2 }))
  harm(join(stateDir, 'n.json'))
  expect(await mine.read()).toEqual({ n: 2 })
  expect(troubles).toHaveLength(1)
  await vi.waitFor(async () => expect(await open().read()).toEqual({ n: 2 }), 2_000)
  await mine.read()
  expect(troubles).toHaveLength(1)
})

test('who has not read it yet has the older generation', async () => {
  await open().update(() => ({ n: 1 }))
  await open().update(() => ({ n: 2 }))
  rmSync(join(stateDir, 'n.json'))
  expect(await open().read()).toEqual({ n: 1 })
})

test('a change of another process is not taken for damage', async () => {
  const [mine, other] = [open(), open()]
  await mine.update(() => ({ n: 1 }))
  await other.update(({ n }) => ({ n: n + 1 }))
  expect(await mine.read()).toEqual({ n: 2 })
  expect(troubles).toEqual([])
})

test('what is insisted on counts here while the disk takes nothing, also over a change of another, and is written when it can be', async () => {
  const store = createStateStore(stateDir)
  let full = true
  const mine = open({
    ...store,
    save: (name, value) => (full ? Promise.reject(new Error('disk full')) : store.save(name, value)),
  })
  await open().update(() => ({ n: 1 }))
  expect(await mine.insist(({ n }) => ({ n: Math.max(n, 5) }))).toBe('disk full')
  expect(mine.peek()).toEqual({ n: 5 })
  await open().update(({ n }) => ({ n: n + 1 }))
  expect(await mine.read()).toEqual({ n: 5 })
  expect(await open().read()).toEqual({ n: 2 })
  await expect(mine.update(() => ({ n: 9 }))).rejects.toThrow('disk full')
  expect(await mine.read()).toEqual({ n: 5 })
  full = false
  await vi.waitFor(async () => {
    await mine.read()
    expect(await open().read()).toEqual({ n: 5 })
  }, 2_000)
  expect(await mine.insist(() => ({ n: 7 }))).toBeUndefined()
  expect(await open().read()).toEqual({ n: 7 })
  expect(troubles).toEqual([])
})
