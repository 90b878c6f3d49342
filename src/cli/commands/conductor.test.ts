import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createTomlFiles } from '../../adapters/files/toml-files.ts'
import { createHost } from '../../adapters/host/host.ts'
import { presets } from '../../backends/presets/index.ts'
import { resolveBackends } from '../../config/backends.ts'
import { createTown } from '../../town/town.ts'
import { SUPERVISOR } from '../../town/wire/ids.ts'
import { verbNamed } from '../table.ts'
import { fakeFleet, play } from '../testing/fake-deps.ts'

let dir: string
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'cd-'))
  await writeFile(join(dir, 'claude'), '#!/bin/sh\n', { mode: 0o755 })
})
afterEach(() => rm(dir, { recursive: true, force: true }))

interface Started {
  argv: readonly string[]
  cwd: string
  env: NodeJS.ProcessEnv
}

/** A town without anybody in it. */
const emptyRedis = {
  call: async (name: string) => (name === 'SCAN' ? ['0', []] : name === 'LLEN' ? 0 : []),
  pipeline: async () => [],
}

async function conductor(args: string[], files: Record<string, string> = {}) {
  for (const [name, text] of Object.entries(files)) await writeFile(join(dir, name), text)
  const started: Started[] = []
  const { specs } = resolveBackends({ claude: { flags: "--model 'my model'" } }, presets, [])
  const fleet = fakeFleet({
    configPath: join(dir, 'agents.toml'),
    stateDir: join(dir, 'state'),
    backends: specs,
  })
  const played = await play(['conductor', ...args], {
    fleet,
    deps: {
      home: dir,
      env: { PATH: dir, AGENTS_TOKEN: 'secret', AGENTS_SELF: 'x', KEPT: '1' },
      host: async () => createHost({ PATH: dir }),
      tomlFiles: async () => createTomlFiles(),
      presets: async () => presets,
      tools: async () => join(dir, 'bin'),
      openTown: async () => ({
        fleet,
        town: createTown('shop', emptyRedis as never, Date.now),
        place: { name: 'shop', from: 'config', redis: { kind: 'url', url: 'redis://:s3cret@h/1' } },
        close: async () => undefined,
      }),
      foreground: async (argv, options) => {
        started.push({ argv, ...options })
        return 7
      },
    },
  })
  return { ...played, started }
}

test('starts the CLI by its words, as the supervisor, with the document as its first message', async () => {
  const played = await conductor([])
  expect(played).toMatchObject({ exit: 7, err: '' })
  const [{ argv, cwd, env }] = played.started as [Started]
  expect(argv.slice(0, -1)).toEqual(['claude', '--model', 'my model'])
  expect(argv.at(-1)).toContain('# You are the conductor of the town shop')
  expect(argv.at(-1)).toContain('redis://***@h/1')
  expect(cwd).toBe(dir)
  expect(env).toEqual({
    KEPT: '1',
    PATH: `${dir}:${join(dir, 'bin')}`,
    AGENTS_CONFIG: join(dir, 'agents.toml'),
    TINYTOWN_AGENT_ID: SUPERVISOR,
    TINYTOWN_AGENT_NAME: 'supervisor',
  })
  expect((await stat(join(dir, 'state', 'conductor.md'))).mode & 0o777).toBe(0o600)
})

test('every command that the document names is one', async () => {
  const { out } = await conductor(['--print'])
  const named = [...out.matchAll(/`agents ([a-z]+)/g)].map((found) => found[1]!)
  expect(named.length).toBeGreaterThan(20)
  expect(named.filter((name) => name !== 'help' && verbNamed(name) === undefined)).toEqual([])
  expect(out).not.toContain('undefined')
})

test.each<[string[], Record<string, string>, string[]]>([
  [['--cli', 'gemini'], {}, ['gemini', '-i']],
  [['--cli', 'codex --full'], {}, ['codex', '--full']],
  [[], { 'tinytown.toml': 'name = "x"\nconductor_cli = "copilot"\n' }, ['copilot', '--no-auto-update', '-i']],
])('%j with %j starts %j', async (args, files, argv) => {
  const { out } = await conductor([...args, '--json'], files)
  expect(JSON.parse(out).argv.slice(0, -1)).toEqual(argv)
})

test.each([
  [['--cli', 'aider'], 2, 'only by typing'],
  [['--cli', 'x; rm -rf y'], 2, 'needs a shell'],
  [['--cli', 'codex'], 5, 'codex is not installed'],
])('%j exits %i', async (args, exit, said) => {
  const played = await conductor(args)
  expect(played).toMatchObject({ exit, err: expect.stringContaining(said), started: [] })
})
