import { execFileSync } from 'node:child_process'
import {
  appendFile,
  mkdtemp,
  open,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  symlink,
  truncate,
  writeFile,
} from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { followFile } from '../../../src/adapters/files/follow-file.ts'
import { readTail } from '../../../src/adapters/files/read-tail.ts'
import { rotateFile } from '../../../src/adapters/files/rotate.ts'
import { createRotatingLog } from '../../../src/adapters/files/rotating-log.ts'

let dir: string
let path: string
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'g-'))
  path = join(dir, 'a.log')
})
afterEach(() => rm(dir, { recursive: true, force: true }))

const linesOf = async (count: number) => {
  const tail = await readTail(path, count)
  return tail.kind === 'ok' ? tail.lines : tail.kind
}

describe('rotateFile', () => {
  test('moves each file on by one and lets the oldest go', async () => {
    for (const n of [1, 2, 3, 4]) {
      await writeFile(path, String(n))
      expect(await rotateFile(path, 2)).toBe(true)
    }
    expect((await readdir(dir)).sort()).toEqual(['a.log.1', 'a.log.2'])
    expect(await readFile(`${path}.1`, 'utf8')).toBe('4')
    expect(await readFile(`${path}.2`, 'utf8')).toBe('3')
    expect(await rotateFile(path, 2)).toBe(false)
  })
})

describe('the rotating log', () => {
  test('keeps order, size and number, in files 0600', async () => {
    const log = createRotatingLog(path, 200, 2)
    for (let n = 0; n < 100; n += 1) {
      log.write(`line ${n}\n`)
      if (n % 7 === 0) await log.flush()
    }
    await log.close()
    expect((await readdir(dir)).sort()).toEqual(['a.log', 'a.log.1', 'a.log.2'])
    for (const name of await readdir(dir)) {
      const seen = await stat(join(dir, name))
      expect(seen.size).toBeLessThanOrEqual(200)
      expect(seen.mode & 0o777).toBe(0o600)
    }
    expect((await linesOf(3)) as string[]).toEqual(['line 97', 'line 98', 'line 99'])
    expect(log.lost()).toBe(0)
  })

  test('begins anew when the file is moved away, and refuses a link', async () => {
    const log = createRotatingLog(path, 1000, 1)
    log.write('one\n')
    await log.flush()
    await rename(path, `${path}.moved`)
    log.write('two\n')
    await log.flush()
    expect(await readFile(path, 'utf8')).toBe('two\n')
    await rm(path)
    await symlink(`${path}.moved`, path)
    log.write('three\n')
    await log.close()
    expect(log.lost()).toBe(6)
    expect(await readFile(`${path}.moved`, 'utf8')).toBe('one\n')
  })
})

describe('the tail', () => {
  test('is the last lines, with or without a final newline', async () => {
    expect(await linesOf(3)).toBe('absent')
    await writeFile(path, '')
    expect(await linesOf(3)).toEqual([])
    await writeFile(path, 'a\n\nb\nc')
    expect(await linesOf(3)).toEqual(['', 'b', 'c'])
    await writeFile(path, 'a\n\nb\nc\n')
    expect(await linesOf(2)).toEqual(['b', 'c'])
    expect(await linesOf(99)).toEqual(['a', '', 'b', 'c'])
    expect(await linesOf(0)).toEqual([])
  })

  test('agrees with a plain split for lines of all lengths around the block size', async () => {
    const lines = [0, 1, 65_535, 65_536, 65_537, 3, 131_072, 0, 7].map((length, n) =>
      String(n).repeat(length),
    )
    await writeFile(path, `${lines.join('\n')}\n`)
    expect(await linesOf(100)).toEqual(lines)
    expect(await linesOf(4)).toEqual(lines.slice(-4))
  })

  test('of a 50 GB file comes at once', async () => {
    await writeFile(path, '')
    await truncate(path, 50e9)
    await appendFile(path, '\nlast but one\nlast\n')
    expect(await linesOf(2)).toEqual(['last but one', 'last'])
  })

  test('of binary junk and of one endless line is still lines, and bounded', async () => {
    await writeFile(path, Buffer.concat([Buffer.from([0xff, 0xfe, 0x0a, 0x00, 0xc3]), Buffer.from('\nend')]))
    expect(await linesOf(5)).toEqual(['\ufffd\ufffd', '\0\ufffd', 'end'])
    await writeFile(path, Buffer.alloc(40 * 1024 * 1024, 'x'))
    const lines = (await linesOf(1000)) as string[]
    expect(lines.join('').length).toBeLessThanOrEqual(16 * 1024 * 1024)
  })

  test('of a FIFO or a link is refused', async () => {
    execFileSync('mkfifo', [path])
    expect(await linesOf(1)).toBe('refused')
    await symlink('/etc/passwd', `${path}2`)
    expect((await readTail(`${path}2`, 1)).kind).toBe('refused')
  })
})

describe('following', () => {
  test('hears what is added, through rotation, truncation, removal and a character cut in two', async () => {
    await writeFile(path, 'old\n')
    const stop = new AbortController()
    let heard = ''
    const following = followFile(path, (text) => (heard += text), stop.signal)
    const hears = (text: string) =>
      vi.waitFor(() => expect(heard).toBe(text), { timeout: 3_000, interval: 10 })
    await new Promise((resolve) => setTimeout(resolve, 30))
    await appendFile(path, 'one\n')
    await hears('one\n')
    const writer = await open(path, 'a')
    await rotateFile(path, 2)
    await writer.write('two, late\n')
    await writer.close()
    await writeFile(path, 'three\n')
    await hears('one\ntwo, late\nthree\n')
    await writeFile(path, 'x\n')
    await hears('one\ntwo, late\nthree\nx\n')
    await rm(path)
    await new Promise((resolve) => setTimeout(resolve, 150))
    await writeFile(path, Buffer.from([0xe2, 0x82]))
    await new Promise((resolve) => setTimeout(resolve, 150))
    await appendFile(path, Buffer.from([0xac]))
    await hears('one\ntwo, late\nthree\nx\n€')
    stop.abort()
    await following
  })
})
