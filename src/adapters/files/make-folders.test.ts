import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { makeFolders } from './make-folders.ts'
import { ensureFolder } from './safe-folder.ts'

const codeOf = (work: () => unknown): unknown => {
  try {
    return work()
  } catch (error) {
    return (error as { code?: unknown }).code
  }
}

test('makes what is missing, says whether it did, and refuses what is no folder', () => {
  const dir = mkdtempSync(join(tmpdir(), 'm-'))
  const deep = join(dir, 'a', 'b', 'c')
  expect(makeFolders(deep, 0o700)).toBe(true)
  expect(statSync(join(dir, 'a')).mode & 0o777).toBe(0o700)
  expect(makeFolders(deep)).toBe(false)
  writeFileSync(join(dir, 'file'), '')
  expect(codeOf(() => makeFolders(join(dir, 'file')))).toBe('EEXIST')
  expect(codeOf(() => makeFolders(join(dir, 'file', 'below')))).toBe('ENOTDIR')
  rmSync(dir, { recursive: true })
})

test.skipIf(!existsSync('/proc/self'))(
  'ends where a folder takes none and says that it does not exist',
  async () => {
    expect(codeOf(() => makeFolders('/proc/agents-of-nobody/state/town'))).toBe('ENOENT')
    await expect(ensureFolder('/proc/agents-of-nobody/state')).rejects.toMatchObject({
      code: 'FOLDER_NOWHERE',
      exit: 2,
    })
  },
)
