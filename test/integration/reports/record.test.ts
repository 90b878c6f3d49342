import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'vitest'
import { test } from '../../support/sandbox.ts'
import { agent, backend, watchdog } from '../rows/fleet.ts'

test('record saves a living screen for explain to read, once with and once without a watchdog', async ({
  box,
}) => {
  const shows = "printf 'mail ann@example.org\\n> '; exec sleep 1000"
  box.config(watchdog() + backend('q', shows, "composer_re = '> '") + agent('a', 'q'))
  await box.agents('up')
  await box.until(
    'its screen',
    () => box.tmux('capture-pane', '-p', '-t', '=x-a:').stdout.includes('mail') || undefined,
  )
  const first = await box.agents('record', 'a', '--json')
  expect(first.code, first.stderr).toBe(0)
  const { screen, note } = JSON.parse(first.stdout)
  expect(readFileSync(screen, 'utf8')).toBe(`mail ${'x'.repeat(15)}\n>\n`)
  expect(JSON.parse(readFileSync(note, 'utf8'))).toMatchObject({
    backend: 'q',
    size: { width: 200, height: 50 },
  })
  expect([screen, note].map((path) => statSync(path).mode & 0o777)).toEqual([0o600, 0o600])
  await box.agents('down', 'watchdog')
  expect((await box.agents('record', 'a', '--out', 'pics')).code).toBe(0)
  expect((await box.agents('record', 'a', '--out', 'pics')).code).toBe(0)
  const saved = readdirSync(join(box.dir, 'pics/q/unknown')).filter((name) => name.endsWith('.txt'))
  expect(saved).toHaveLength(2)
  const explained = await box.agents(
    'explain',
    '--backend',
    'q',
    '--screen',
    join(box.dir, 'pics/q/unknown', saved[0]!),
  )
  expect(explained.code, explained.stderr).toBe(0)
  await box.agents('down')
  expect((await box.agents('record', 'a')).code).toBe(1)
}, 40_000)
