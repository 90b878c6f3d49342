import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { readTrust } from './trust.ts'

const PEM = '-----BEGIN CERTIFICATE-----\nMII=\n-----END CERTIFICATE-----\n'
const context = { server: 'the Redis at rediss://h:1' }

function folder(): string {
  const dir = mkdtempSync(join(tmpdir(), 'f-'))
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }))
  return dir
}

test('reads certificates through a link, as a renewed file is often put', () => {
  const dir = folder()
  writeFileSync(join(dir, 'ca-2.pem'), PEM)
  symlinkSync('ca-2.pem', join(dir, 'ca.pem'))
  expect(readTrust(join(dir, 'ca.pem'), context)).toBe(PEM)
})

test('says what is wrong with the file that redis_ca names, and is not held up by a FIFO', () => {
  const dir = folder()
  execFileSync('mkfifo', [join(dir, 'fifo')])
  writeFileSync(join(dir, 'key.pem'), '-----BEGIN PRIVATE KEY-----\n')
  writeFileSync(join(dir, 'big'), PEM.padEnd(1024 * 1024 + 1))
  const said = (name: string) => {
    try {
      return readTrust(join(dir, name), context)
    } catch (error) {
      expect(error).toMatchObject({ code: 'REDIS_AWAY', fix: expect.stringContaining('redis_ca') })
      return (error as Error).message.split(`${dir}/`)[1]
    }
  }
  expect(['none', 'fifo', 'key.pem', 'big'].map(said)).toEqual([
    'none is not there',
    'fifo is a FIFO',
    'key.pem holds no PEM',
    'big has 1048577 bytes; at most 1048576 are read',
  ])
})
