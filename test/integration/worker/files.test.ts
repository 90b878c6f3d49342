import { mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createProcs } from '../../../src/adapters/procs/index.ts'
import { createRounds, type RoundsOptions } from '../../../src/adapters/round/index.ts'

let dir: string
beforeEach(() => {
  dir = realpathSync(mkdtempSync(join(tmpdir(), 'rn-')))
})
afterEach(() => rmSync(dir, { recursive: true, force: true }))

const rounds = (command: string, over: Partial<RoundsOptions> = {}) =>
  createRounds({
    procs: createProcs(),
    folder: join(dir, 'rounds'),
    dir,
    env: { PATH: process.env.PATH },
    shell: '/bin/sh',
    command: () => command,
    maxBytes: 1_000_000,
    ...over,
  })

test('the files of the last 20 rounds are kept, 0600, and a number is never given twice', async () => {
  const runner = rounds('cat')
  for (let i = 1; i <= 23; i += 1) {
    const { number, round } = await runner.start(`prompt ${i}\n`)
    expect(number).toBe(i)
    expect(await round.ended).toMatchObject({ status: 0, tail: `prompt ${i}\n` })
  }
  const names = readdirSync(join(dir, 'rounds'))
  expect(names).toHaveLength(40)
  expect(names).toContain('round-4.out')
  expect(names).not.toContain('round-3.out')
  expect(names.every((name) => (statSync(join(dir, 'rounds', name)).mode & 0o777) === 0o600)).toBe(true)
})

test('a prompt of many megabytes reaches a CLI that reads it, and does not hinder one that does not', async () => {
  const prompt = 'z'.repeat(8 * 1024 * 1024)
  const { round } = await rounds('wc -c').start(prompt)
  expect((await round.ended).tail.trim()).toBe(String(prompt.length))
  const { round: deaf } = await rounds('exit 7').start(prompt)
  expect(await deaf.ended).toMatchObject({ status: 7, signal: undefined })
})

test('an output that grows too large begins anew; its end is what is told', async () => {
  const { number, round } = await rounds(
    'head -c 20000 /dev/zero | tr "\\0" x; sleep 1.6; echo; echo the end',
    {
      maxBytes: 10_000,
    },
  ).start('')
  const { tail } = await round.ended
  expect(tail).toMatch(/^\[older output was cut off\]\n\nthe end\n$/)
  expect(readFileSync(join(dir, `rounds/round-${number}.out`), 'utf8').length).toBeLessThan(100)
})

test('what cannot be started at all is said, with the folder', async () => {
  const { round } = await rounds('true', { dir: join(dir, 'nowhere') }).start('')
  expect((await round.ended).unstarted).toContain(join(dir, 'nowhere'))
})
