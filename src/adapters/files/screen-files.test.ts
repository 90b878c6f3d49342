import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createScreenFiles } from './screen-files.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 's-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

async function* chunks(count: number): AsyncGenerator<string> {
  for (let at = 0; at < count; at += 1) yield 'x'.repeat(1024)
}

test('lists the texts below a folder, sorted, and follows no link', async () => {
  await mkdir(join(folder, 'b'))
  for (const file of ['b/2.txt', 'a.txt', 'b/1.txt', 'notes.md']) await writeFile(join(folder, file), file)
  await symlink(folder, join(folder, 'loop'))
  await symlink(join(folder, 'notes.md'), join(folder, 'link.txt'))
  expect(createScreenFiles().list(folder)).toEqual({ kind: 'ok', files: ['a.txt', 'b/1.txt', 'b/2.txt'] })
})

test('a folder that is not there is refused, not thrown', () => {
  expect(createScreenFiles().list(join(folder, 'nope'))).toMatchObject({ kind: 'refused' })
})

test('reads a file, and refuses what is larger than a screen can be', async () => {
  await writeFile(join(folder, 'a.txt'), 'words')
  await writeFile(join(folder, 'big.txt'), Buffer.alloc(1024 * 1024 + 1, 0x61))
  const files = createScreenFiles()
  expect(files.read(join(folder, 'a.txt'))).toEqual({ kind: 'ok', text: 'words' })
  expect(files.read(join(folder, 'big.txt'))).toMatchObject({ kind: 'refused' })
})

test('reads standard input up to 1 MiB and no further', async () => {
  expect(await createScreenFiles(() => chunks(2)).stdin()).toMatchObject({ kind: 'ok' })
  expect(await createScreenFiles(() => chunks(1_000_000_000)).stdin()).toMatchObject({ kind: 'refused' })
})
