import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { firstConfig } from './reload.ts'

const good =
  '[defaults]\nsession_prefix = "x-"\nlog_dir = "logs"\n[[agent]]\nname = "a"\nbackend = "claude"\nprompt = "begin"\n'

let dir: string
beforeEach(() => {
  dir = realpathSync(mkdtempSync(join(tmpdir(), 'c-')))
  writeFileSync(join(dir, 'agents.toml'), 'nonsense = [')
  mkdirSync(join(dir, 'elsewhere'))
  symlinkSync('../agents.toml', join(dir, 'elsewhere/agents.toml'))
})
afterEach(() => rmSync(dir, { recursive: true, force: true }))

test.each(['agents.toml', 'elsewhere/agents.toml'])(
  'begins with the copy of the last good config while the file is broken: %s',
  async (name) => {
    const first = await firstConfig(join(dir, name), async () => good, join(dir, 'state'))
    expect(first).toMatchObject({
      kind: 'ok',
      config: { text: good, stale: true, fleet: { agents: [{ name: 'a' }] } },
    })
  },
)

test('without a copy the problems of the file are said', async () => {
  const first = await firstConfig(join(dir, 'agents.toml'), async () => undefined, join(dir, 'state'))
  expect(first).toMatchObject({ kind: 'refused', problems: [{ code: 'CONFIG_SYNTAX' }] })
})
