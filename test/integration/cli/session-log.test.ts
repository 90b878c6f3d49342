import { appendFile, mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createSessionLog } from '../../../src/adapters/files/session-log.ts'

let dir: string
let path: string
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'ag-'))
  path = join(dir, 's.log')
})
afterEach(() => rm(dir, { recursive: true, force: true }))

const log = createSessionLog()

test('reads rotated parts only as far as they are needed', async () => {
  await writeFile(`${path}.2`, 'a\nb\n')
  await writeFile(`${path}.1`, 'c\nd\n')
  await writeFile(path, 'e\nf')
  expect(await log.tail(path, 1)).toEqual(['f'])
  expect(await log.tail(path, 3)).toEqual(['d', 'e', 'f'])
  expect(await log.tail(path, 100)).toEqual(['a', 'b', 'c', 'd', 'e', 'f'])
  expect(await log.tail(path, 0)).toEqual([])
})

test('a log that was just rotated away is still read; none at all is absent', async () => {
  expect(await log.tail(path, 5)).toBe('absent')
  await writeFile(`${path}.1`, 'a\n')
  expect(await log.tail(path, 5)).toEqual(['a'])
})

test('follows over a rotation', async () => {
  await writeFile(path, 'old\n')
  const stop = new AbortController()
  let seen = ''
  const following = log.follow(
    path,
    (text) => {
      seen += text
      if (seen.includes('three')) stop.abort()
    },
    stop.signal,
  )
  await new Promise((resolve) => setTimeout(resolve, 150))
  await appendFile(path, 'one\n')
  await rename(path, `${path}.1`)
  await appendFile(`${path}.1`, 'two\n')
  await writeFile(path, 'three\n')
  await following
  expect(seen).toBe('one\ntwo\nthree\n')
})
