import { mkdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'vitest'
import { test } from '../../support/sandbox.ts'
import { agent, backend, watchdog } from '../rows/fleet.ts'

test('a session has its identity in a file of its own, and agents and tt on its search path, after all others', async ({
  box,
}) => {
  const inside =
    'env > env.txt; { command -v agents; command -v tt; agents --version; tt --version; } > tools.txt 2>&1; echo end >> tools.txt'
  box.write('inside.sh', inside)
  mkdirSync(join(box.dir, 'mine'))
  writeFileSync(join(box.dir, 'mine/tt'), '#!/bin/sh\necho mine\n', { mode: 0o755 })
  const own = agent('a', 'q', 'env = { PATH = "/usr/bin:/bin" }')
  const other = agent('b', 'q', `dir = "other"\nenv = { PATH = "${box.dir}/mine:/usr/bin:/bin" }`)
  box.config(watchdog() + backend('q', `sh ${box.dir}/inside.sh; exec sleep 1000`) + own + other)
  await box.agents('up')
  const tools = (path: string) =>
    box.until(path, () => {
      const text = box.exists(path) ? box.read(path) : ''
      return text.endsWith('end\n') ? text.split('\n') : undefined
    })
  const bin = join(box.dir, 'logs/state/bin')
  const [agents, tt, version, ttVersion] = await tools('tools.txt')
  expect([agents, tt]).toEqual([`${bin}/agents`, `${bin}/tt`])
  expect(version).toMatch(/^\S*\d+\.\d+\.\d+/)
  expect(ttVersion).not.toBe('')
  expect((await tools('other/tools.txt')).slice(1, 2)).toEqual([`${box.dir}/mine/tt`])
  const env = box.read('env.txt')
  const identity = join(box.dir, 'logs/state/identity/a')
  expect(env).toContain(`AGENTS_IDENTITY=${identity}\n`)
  expect(env).toContain('TINYTOWN_AGENT_NAME=a\n')
  expect(box.read('logs/state/identity/a')).toMatch(/^a\.[0-9a-f]{12}-file\.\S{43}\n$/)
  expect(statSync(identity).mode & 0o777).toBe(0o600)
  const token = box.read('logs/state/identity/a')
  expect(env).toContain(`AGENTS_SELF=${token.split('-file')[0]}\n`)
  for (const path of [bin, `${bin}/agents`, join(box.dir, 'logs/state/identity')])
    expect(statSync(path).mode & 0o777).toBe(0o700)

  // It is that of the session that lives, whatever became of the file; and it ends with it.
  await Promise.all([box.agents('up', 'a'), box.agents('up', 'a'), box.agents('up')])
  expect(box.read('logs/state/identity/a')).toBe(token)
  await box.agents('down', 'watchdog')
  rmSync(identity)
  await box.agents('up', 'watchdog')
  await box.until('the file', () => (box.exists('logs/state/identity/a') ? true : undefined))
  expect(box.read('logs/state/identity/a')).toBe(token)
  await box.agents('down', 'a')
  expect(box.exists('logs/state/identity/a')).toBe(false)
}, 60_000)
