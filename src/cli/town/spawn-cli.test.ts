import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createTomlFiles } from '../../adapters/files/toml-files.ts'
import type { Host } from '../../adapters/host/types.ts'
import { presets } from '../../backends/presets/index.ts'
import { fakeFleet } from '../testing/fake-deps.ts'
import type { CliDeps } from '../types.ts'
import { spawnCli } from './spawn-cli.ts'

let home: string
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'ag-'))
  mkdirSync(join(home, '.tt'))
})
afterEach(() => rmSync(home, { recursive: true }))

const write = (path: string, text: string) => writeFileSync(join(home, path), text)
const chosen = (asked?: string) =>
  spawnCli(asked, fakeFleet({ configPath: join(home, 'agents.toml'), backends: { mine: {} as never } }), {
    home,
    tomlFiles: async () => createTomlFiles(),
    presets: async () => presets,
    host: async () => ({ which: (name: string) => (name === 'here' ? '/bin/here' : undefined) }) as Host,
  } as unknown as CliDeps)

test('without --cli the default of agents.toml counts, then that of the town, then that of the person', async () => {
  expect(await chosen()).toEqual({ backend: 'claude' })
  write('.tt/config.toml', 'default_cli = "codex"\n')
  expect(await chosen()).toEqual({ backend: 'codex' })
  write('tinytown.toml', 'name = "shop"\ndefault_cli = "gemini"\n')
  expect(await chosen()).toEqual({ backend: 'gemini' })
  write('agents.toml', '[defaults]\nbackend = "mine"\n')
  expect(await chosen()).toEqual({})
  expect(await chosen('aider')).toEqual({ backend: 'aider' })
})

test('a name is a backend, else one of agent_clis, else a program; all else is the command itself', async () => {
  write('.tt/config.toml', '[agent_clis]\nauggie = "auggie --print"\nmine = "never"\n')
  expect(await chosen('mine')).toEqual({ backend: 'mine' })
  expect(await chosen('auggie')).toEqual({ command: 'auggie --print' })
  expect(await chosen('here')).toEqual({ command: 'here' })
  expect(await chosen('clade')).toEqual({ backend: 'clade' })
  expect(await chosen('node stub.js')).toEqual({ command: 'node stub.js' })
  expect(await chosen('constructor')).toEqual({ backend: 'constructor' })
})

test('a broken ~/.tt/config.toml is in the way only of who asks it', async () => {
  write('.tt/config.toml', 'default_cli = \n')
  expect(await chosen('codex')).toEqual({ backend: 'codex' })
  await expect(chosen()).rejects.toMatchObject({ code: 'GLOBAL_CONFIG' })
  await expect(chosen('auggie')).rejects.toMatchObject({ code: 'GLOBAL_CONFIG' })
})
