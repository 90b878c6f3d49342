import { expect, test } from 'vitest'
import { UserError } from '../../core/errors.ts'
import { fakeFleet, NOON, play } from '../testing/fake-deps.ts'
import type { ConfigReading } from '../types.ts'

const problem = {
  code: 'CONFIG_X',
  severity: 'error' as const,
  file: 'agents.toml',
  line: 3,
  key: 'agent.a',
  what: 'Wrong.',
  fix: 'Right.',
}
const reading = (read: Partial<ConfigReading>) => ({
  deps: {
    readConfig: () =>
      Promise.resolve({
        kind: 'ok',
        path: '/p/agents.toml',
        fleet: fakeFleet(),
        problems: [],
        ...read,
      } as ConfigReading),
  },
})

test.each([
  [{}, 0, '/p/agents.toml: ok\n'],
  [
    { problems: [{ ...problem, severity: 'warning' as const }] },
    0,
    'agents.toml:3 Wrong.\n\n/p/agents.toml: ok, 1 problem\n',
  ],
  [{ problems: [problem, problem] }, 2, '/p/agents.toml: not ok, 2 problems\n'],
  [{ kind: 'refused' as const, problems: [problem] }, 2, '/p/agents.toml: not ok, 1 problem\n'],
])('config check of %j exits %i', async (read, exit, end) => {
  const played = await play(['config', 'check'], reading(read))
  expect(played.exit).toBe(exit)
  expect(played.out.endsWith(end)).toBe(true)
})

test('config check --json', async () => {
  const played = await play(['config', 'check', '--json'], reading({ problems: [problem] }))
  expect(played.exit).toBe(2)
  expect(JSON.parse(played.out)).toEqual({
    version: 1,
    path: '/p/agents.toml',
    ok: false,
    problems: [problem],
  })
})

test('config schema and config path', async () => {
  expect(JSON.parse((await play(['config', 'schema'])).out)).toEqual({ type: 'object' })
  expect((await play(['config', 'path'])).out).toBe('/home/dev/project/agents.toml\n')
  expect(JSON.parse((await play(['config', 'path', '--json'])).out)).toEqual({
    version: 1,
    path: '/home/dev/project/agents.toml',
  })
  const missing = new UserError({ code: 'CONFIG_MISSING', what: 'There is none.', exit: 2 })
  expect((await play(['config', 'path'], { deps: { configPath: () => Promise.reject(missing) } })).exit).toBe(
    2,
  )
})

test('an unknown word offers the nearest', async () => {
  expect(await play(['config', 'chekc'])).toMatchObject({
    exit: 2,
    err: expect.stringContaining('Did you mean check?'),
  })
})

test('a verb that only reads files says all problems of a refused config', async () => {
  const played = await play(['logs', 'scout'], reading({ kind: 'refused', problems: [problem] }))
  expect(played.exit).toBe(2)
  expect(played.err).toContain('agents.toml:3  agent.a')
})

test('run prints events as lines, in order, and answers the watchdog’s exit code', async () => {
  const given: unknown[] = []
  const runWatchdog = async (options: Parameters<import('../types.ts').CliDeps['runWatchdog']>[0]) => {
    given.push([options.inSession, options.stateDir])
    options.onEvent({ at: NOON, kind: 'watchdog-started' })
    options.print('another\x07 line\n')
    return 4 as const
  }
  const played = await play(['run'], { deps: { runWatchdog } })
  expect(played).toMatchObject({ exit: 4, out: '12:00:00 watchdog-started\nanother\\x07 line\n' })
  await play(['watchdog', '--in-session', '--state-dir', '/s'], { deps: { runWatchdog } })
  expect(given).toEqual([
    [false, undefined],
    [true, '/s'],
  ])
})
