import { chmod, lstat, mkdtemp, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createTomlFiles } from './toml-files.ts'

const files = createTomlFiles()
let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tf-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))
const mode = async (path: string) => (await stat(path)).mode & 0o777

test('a new file is for its owner alone, an old one keeps its permissions and its link', async () => {
  const path = join(folder, 'sub', 'a.toml')
  expect(await files.write(path, undefined, 'a = 1\n')).toEqual({ kind: 'written' })
  expect(await mode(path)).toBe(0o600)
  await chmod(path, 0o644)
  await symlink(path, join(folder, 'link.toml'))
  expect(await files.write(join(folder, 'link.toml'), 'a = 1\n', 'a = 2\n')).toEqual({ kind: 'written' })
  expect(await mode(path)).toBe(0o644)
  expect((await lstat(join(folder, 'link.toml'))).isSymbolicLink()).toBe(true)
  expect(await files.write(path, 'a = 2\n', 'a = 3\n', { mode: 0o600 })).toEqual({ kind: 'written' })
  expect(await mode(path)).toBe(0o600)
})

test('what somebody else wrote meanwhile is left alone', async () => {
  const path = join(folder, 'a.toml')
  await writeFile(path, 'b = 1\n')
  expect(await files.write(path, 'a = 1\n', 'a = 2\n')).toEqual({ kind: 'changed' })
  expect(await files.write(path, undefined, 'a = 2\n')).toEqual({ kind: 'changed' })
  expect(await readFile(path, 'utf8')).toBe('b = 1\n')
})

test('tells what it cannot read or write', async () => {
  await writeFile(join(folder, 'bad.toml'), 'a = 1\nb =\n')
  expect(files.read(join(folder, 'bad.toml'))).toMatchObject({ kind: 'bad', line: 2 })
  expect(files.read(join(folder, 'none.toml'))).toEqual({ kind: 'absent' })
  expect(files.read(folder)).toMatchObject({ kind: 'refused' })
  expect(await files.write(join(folder, 'bad.toml', 'x'), undefined, '')).toMatchObject({ kind: 'failed' })
})
