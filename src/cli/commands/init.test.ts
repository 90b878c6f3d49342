import { mkdir, mkdtemp, readFile, realpath, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createConfigFiles } from '../../adapters/files/config-files.ts'
import { createHost } from '../../adapters/host/host.ts'
import { presets } from '../../backends/presets/index.ts'
import { loadConfig } from '../../config/index.ts'
import { play } from '../testing/fake-deps.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(await realpath(tmpdir()), 'ag-'))
  await mkdir(join(folder, 'package', 'prompts'), { recursive: true })
  for (const name of ['builder', 'adversary', 'kickoff'])
    await writeFile(join(folder, 'package', 'prompts', `${name}.md`), `text of ${name}\n`)
})
afterEach(() => rm(folder, { recursive: true, force: true }))

const init = (cwd: string, args: string[] = [], path = '') =>
  play(['init', ...args], {
    deps: { cwd, packageDir: join(folder, 'package'), host: async () => createHost({ PATH: path }) },
  })
const text = (...parts: string[]) => readFile(join(folder, ...parts), 'utf8')
const load = (...parts: string[]) =>
  loadConfig({ files: createConfigFiles(), presets }, join(folder, ...parts))

test.each([['my.app'], ['50%H'], ['測試'], ['a"b\\c'], ["it's #{here}"]])(
  'writes a config that passes its own check in a folder called %s',
  async (name) => {
    const played = await init(folder, [name])
    expect(played).toMatchObject({ exit: 0, err: '' })
    const loaded = await load(name, 'agents.toml')
    expect(loaded).toMatchObject({ kind: 'ok', problems: [] })
    if (loaded.kind !== 'ok') return
    expect(loaded.fleet.agents.map((agent) => agent.name)).toEqual(['worker'])
    expect(loaded.fleet.tmux.kind).toBe('name')
    expect(await text(name, 'prompts', 'builder.md')).toBe('text of builder\n')
    expect(JSON.parse(await text(name, 'agents.schema.json'))).toEqual({ type: 'object' })
  },
)

test('everything that is commented out is valid, too', async () => {
  await init(folder, ['p'])
  const lines = (await text('p', 'agents.toml')).split('\n')
  const body = lines.findIndex((line) => line === '[defaults]' || line.startsWith('[defaults] '))
  const uncommented = lines.map((line, at) => (at > body && isToml(line) ? line.replace(/^# ?/, '') : line))
  for (const role of ['builder', 'adversary', 'wake']) {
    await mkdir(join(folder, 'p', 'prompts'), { recursive: true })
    await writeFile(join(folder, 'p', 'prompts', `${role}.md`), 'x')
  }
  await writeFile(join(folder, 'p', 'agents.toml'), uncommented.join('\n'))
  const loaded = await load('p', 'agents.toml')
  expect(loaded.problems.filter((problem) => problem.severity === 'error')).toEqual([])
  expect(loaded.kind === 'ok' && loaded.fleet.loop?.phases).toHaveLength(2)
})

/** A commented line that is TOML, not prose. */
function isToml(line: string): boolean {
  return /^# ?(\s*[\w.]+ = |\[|\s+\{|\])/.test(line)
}

test('an agents.toml that is there is named and left alone, and nothing else is written', async () => {
  await writeFile(join(folder, 'agents.toml'), 'mine')
  const played = await init(folder)
  expect(played.exit).toBe(1)
  expect(played.err).toContain(join(folder, 'agents.toml'))
  expect(await text('agents.toml')).toBe('mine')
  await expect(text('prompts', 'builder.md')).rejects.toThrow('ENOENT')
})

test('prompts that are there are kept', async () => {
  await mkdir(join(folder, 'prompts'))
  await writeFile(join(folder, 'prompts', 'builder.md'), 'mine')
  const played = await init(folder)
  expect(played.out).toContain(`kept ${join(folder, 'prompts', 'builder.md')}`)
  expect(await text('prompts', 'builder.md')).toBe('mine')
})

test('the first CLI that is installed becomes the backend, claude when none is', async () => {
  await mkdir(join(folder, 'bin'))
  await writeFile(join(folder, 'bin', 'gemini'), '#!/bin/sh\n', { mode: 0o755 })
  await init(folder, ['a'], join(folder, 'bin'))
  await init(folder, ['b'])
  expect(await text('a', 'agents.toml')).toContain('\nbackend = "gemini"')
  expect(await text('b', 'agents.toml')).toContain('\nbackend = "claude"')
})

test('nothing in the starter switches permissions off', async () => {
  await init(folder, ['a'])
  expect(await text('a', 'agents.toml')).not.toMatch(/dangerous|bypass|yolo|skip-permissions/i)
})

test('logs are ignored where there is a repository, once', async () => {
  await mkdir(join(folder, 'a', '.git'), { recursive: true })
  await mkdir(join(folder, 'b'))
  await writeFile(join(folder, 'b', '.gitignore'), 'dist')
  await mkdir(join(folder, 'c'))
  await writeFile(join(folder, 'c', '.gitignore'), '.agents\n')
  for (const name of ['a', 'b', 'c', 'd']) await init(folder, [name])
  expect(await text('a', '.gitignore')).toBe('/.agents/\n')
  expect(await text('b', '.gitignore')).toBe('dist\n/.agents/\n')
  expect(await text('c', '.gitignore')).toBe('.agents\n')
  await expect(text('d', '.gitignore')).rejects.toThrow('ENOENT')
})

test('a folder that cannot be made is an error that says why', async () => {
  await writeFile(join(folder, 'file'), '')
  for (const wanted of ['file', 'file/below']) {
    const played = await init(folder, [wanted])
    expect(played.exit).toBe(1)
    expect(played.err).toMatch(/cannot be written \((ENOTDIR|EEXIST)\)/)
  }
})

test('the town has the name of the folder, or the one that was given', async () => {
  await init(folder, ['my town'])
  await init(folder, ['b', '--name', 'shop.2'])
  expect(await load('my town', 'agents.toml')).toMatchObject({
    fleet: { town: { mode: 'on', name: 'my-town' } },
  })
  expect(await load('b', 'agents.toml')).toMatchObject({ fleet: { town: { mode: 'on', name: 'shop.2' } } })
  const played = await init(folder, ['c', '-n', 'a:b'])
  expect(played).toMatchObject({ exit: 2, err: expect.stringContaining('--name a-b') })
  await expect(text('c', 'agents.toml')).rejects.toThrow('ENOENT')
})

test('a tinytown.toml that is there is joined', async () => {
  await writeFile(join(folder, 'tinytown.toml'), 'name = "shop"\n')
  await init(folder)
  expect(await load('agents.toml')).toMatchObject({
    fleet: { town: { mode: 'on', name: undefined, filePath: join(folder, 'tinytown.toml') } },
  })
})

test('--json tells what became of each file', async () => {
  await writeFile(join(folder, '.gitignore'), 'x')
  const played = await init(folder, ['--json', '--name', 'shop'])
  expect(JSON.parse(played.out)).toEqual({
    version: 1,
    config: join(folder, 'agents.toml'),
    town: { name: 'shop' },
    files: [
      { path: join(folder, 'agents.toml'), result: 'written' },
      { path: join(folder, 'agents.schema.json'), result: 'written' },
      ...['builder', 'adversary', 'kickoff'].map((name) => ({
        path: join(folder, 'prompts', `${name}.md`),
        result: 'written',
      })),
      { path: join(folder, '.gitignore'), result: 'added', detail: '/.agents/' },
    ],
  })
  const again = await init(folder, ['--json'])
  expect([again.exit, JSON.parse(again.out)]).toMatchObject([
    1,
    { version: 1, error: { code: 'INIT_EXISTS' } },
  ])
})
