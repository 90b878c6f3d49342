import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createTomlFiles } from '../../adapters/files/toml-files.ts'
import { createHost } from '../../adapters/host/host.ts'
import { play } from '../testing/fake-deps.ts'

let cwd: string
beforeEach(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'pf-'))
})
afterEach(() => rm(cwd, { recursive: true, force: true }))

const agents = (...args: string[]) =>
  play(args, { deps: { cwd, tomlFiles: async () => createTomlFiles(), host: async () => createHost({}) } })
const tt = (...args: string[]) =>
  play(args, {
    deps: { cwd, program: 'tt', tomlFiles: async () => createTomlFiles(), host: async () => createHost({}) },
  })

test('plan --init creates tasks.toml once; tt plan shows it', async () => {
  expect(await agents('plan', '--init')).toMatchObject({ exit: 0 })
  const shown = await tt('plan')
  expect(shown).toMatchObject({ exit: 0, err: '' })
  expect(shown.out).toContain('(1 task)\n')
  expect(shown.out).toMatch(/first +pending +backlog/)
  await writeFile(join(cwd, 'tasks.toml'), 'mine')
  expect(await tt('plan', '-i')).toMatchObject({ exit: 1, err: expect.stringContaining('not overwritten') })
  expect(await readFile(join(cwd, 'tasks.toml'), 'utf8')).toBe('mine')
})

test('agents plan is still what the next tick would do', async () => {
  expect(await agents('plan')).toMatchObject({ exit: 0, out: ' nothing to do\n' })
})

test('a wrong plan exits 2 with the line of each fault', async () => {
  await writeFile(
    join(cwd, 'tasks.toml'),
    '[[tasks]]\nid = "a"\n\n[[tasks]]\ndescription = "x"\nparent = "b"\n',
  )
  const played = await agents('plan', '--tasks', '--json')
  expect(played.exit).toBe(2)
  expect(JSON.parse(played.out)).toMatchObject({
    version: 1,
    ok: false,
    tasks: [{ id: 'a' }, { description: 'x', parent: 'b' }],
    problems: [
      { code: 'PLAN_INVALID', line: 1, key: expect.stringContaining('description') },
      { code: 'PLAN_INVALID', line: 6 },
    ],
  })
})

test.each([
  [undefined, 1, 'agents plan --init'],
  ['a = \n', 2, 'not TOML'],
])('tasks.toml that is %j exits %i', async (text, exit, said) => {
  if (text !== undefined) await writeFile(join(cwd, 'tasks.toml'), text)
  expect(await agents('plan', '--tasks')).toMatchObject({ exit, err: expect.stringContaining(said) })
})

test('an agent in its session means the plan of its fleet, wherever it works', async () => {
  await agents('plan', '--init')
  const elsewhere = { cwd: '/', env: { AGENTS_CONFIG: join(cwd, 'agents.toml') } }
  const played = await play(['plan', '--tasks'], {
    deps: { ...elsewhere, tomlFiles: async () => createTomlFiles() },
  })
  expect(played).toMatchObject({ exit: 0, out: expect.stringContaining(join(cwd, 'tasks.toml')) })
})

test('not both at once', async () => {
  expect(await agents('plan', '--tasks', '--init')).toMatchObject({ exit: 2 })
})
