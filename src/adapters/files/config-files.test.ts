import { execFileSync } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { createConfigFiles } from './config-files.ts'

const files = createConfigFiles('/home/me')
function folder(): string {
  const dir = mkdtempSync(join(tmpdir(), 'f-'))
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }))
  return dir
}

test('reads text, without its byte order mark, also through a link', () => {
  const dir = folder()
  writeFileSync(join(dir, 'a'), '\ufeffé')
  symlinkSync('a', join(dir, 'l'))
  expect(files.readText(join(dir, 'l'), 10)).toEqual({ kind: 'ok', text: 'é' })
  expect(files.lookAt(join(dir, 'a'), 10)).toEqual({ kind: 'ok', text: '' })
  expect(files.home).toBe('/home/me')
})

test('never waits for a FIFO or a device, and says what is there instead of a file', () => {
  const dir = folder()
  execFileSync('mkfifo', [join(dir, 'fifo')])
  mkdirSync(join(dir, 'd'))
  writeFileSync(join(dir, 'big'), 'x'.repeat(11))
  writeFileSync(join(dir, 'latin'), new Uint8Array([0xe9]))
  const why = (name: string) => {
    const read = files.readText(join(dir, name), 10)
    return read.kind === 'refused' ? read.why : read.kind
  }
  expect(['fifo', 'd', 'big', 'latin', 'none', 'big/x'].map(why)).toEqual([
    'is a FIFO',
    'is a folder',
    'has 11 bytes; at most 10 are read',
    'is not UTF-8 text',
    'absent',
    'absent',
  ])
  expect(files.readText('/dev/zero', 10)).toEqual({ kind: 'refused', why: 'is not a regular file' })
})

test.skipIf(process.getuid?.() === 0)('a file without permission is refused, not absent', () => {
  const path = join(folder(), 'secret')
  writeFileSync(path, 'x')
  chmodSync(path, 0)
  expect(files.readText(path, 10)).toEqual({ kind: 'refused', why: 'may not be read by you' })
})

test('tells kinds and real paths', () => {
  const dir = folder()
  writeFileSync(join(dir, 'a'), '')
  symlinkSync('loop', join(dir, 'loop'))
  expect([dir, join(dir, 'a'), join(dir, 'x'), join(dir, 'loop'), '/dev/null'].map(files.kindOf)).toEqual([
    'folder',
    'file',
    'absent',
    'absent',
    'other',
  ])
  expect(files.realPath(join(dir, 'x'))).toBe(join(dir, 'x'))
})

test('a syntax fault has its place, counted from 1', async () => {
  expect(files.parseToml('a = 1\nb = ?\n')).toMatchObject({
    kind: 'bad',
    line: 2,
    column: expect.any(Number),
  })
  expect(files.parseToml('a = 1\na = 2\n')).toMatchObject({
    kind: 'bad',
    why: "Can't redefine existing key",
    line: 2,
  })
  expect(await files.tomlTree('a = ?')).toBeUndefined()
  expect((await files.tomlTree('a = 1'))?.type).toBe('Program')
})
