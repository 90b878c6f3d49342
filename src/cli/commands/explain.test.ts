import { expect, test } from 'vitest'
import type { ScreenFiles } from '../../adapters/files/screen-files.ts'
import { createRegexRunner } from '../../adapters/regex/runner.ts'
import { plainBackend } from '../../backends/testing.ts'
import type { Life, Reading } from '../../core/index.ts'
import { type Fakes, fakeFleet, play } from '../testing/fake-deps.ts'

const FOLDER = '/home/dev/project/screens'
const banner = '■ You’ve hit your usage limit. Try again at 2026-06-10 15:00 UTC.\n\n› Ask\n'
const texts: Record<string, string> = {
  'a.txt': '• Working (1s • esc to interrupt)\n\n› Ask\n',
  'b/limit.txt': banner,
  'b/shell\x1b.txt': 'me@host:~$ ',
}

const files: ScreenFiles = {
  kindOf: (path) => (path === FOLDER ? 'folder' : 'file'),
  read: (path) => {
    const text = texts[path.slice(FOLDER.length + 1)]
    return text === undefined ? { kind: 'absent' } : { kind: 'ok', text }
  },
  list: () => ({ kind: 'ok', files: Object.keys(texts) }),
  stdin: () => Promise.resolve({ kind: 'ok', text: banner }),
}

const withScreens = (over: Partial<ScreenFiles> = {}, deps: Fakes['deps'] = {}): Fakes => ({
  deps: { screens: async () => ({ files: { ...files, ...over }, regex: createRegexRunner() }), ...deps },
})

const codex = ['explain', '--backend', 'codex', '--screen']

test('explains a saved screen to a person', async () => {
  const { exit, out } = await play([...codex, 'screens/b/limit.txt'], withScreens())
  expect(exit).toBe(0)
  expect(out).toContain('screens/b/limit.txt (as codex) reads limited\n')
  expect(out).toContain('reset: 2026-06-10T15:00:00.000Z (banner; line 1: ')
  expect(out).toMatch(/ {2}screen says limited: line 1 \(newest turn\): /)
  expect(out).toMatch(/It would read \w+ without a match of limit_re/)
})

test('explains standard input to a program, with the wall clock it is told', async () => {
  const played = await play(
    [...codex, '-', '--json', '--now', '2026-06-10T12:00:00Z', '--title', 't'],
    withScreens(),
  )
  expect(JSON.parse(played.out)).toMatchObject({
    version: 1,
    file: '-',
    backend: 'codex',
    reading: 'limited',
    limit: { until: '2026-06-10T15:00:00.000Z', kind: 'banner' },
  })
})

test('a folder gives one line a file, in order, without anything that a terminal obeys', async () => {
  const { exit, out } = await play([...codex, FOLDER], withScreens())
  const lines = out.trimEnd().split('\n')
  expect(exit).toBe(0)
  expect(out).not.toContain('\x1b')
  expect(lines.map((line) => JSON.parse(line))).toMatchObject([
    { file: 'a.txt', reading: 'working' },
    { file: 'b/limit.txt', reading: 'limited' },
    { file: 'b/shell\x1b.txt', reading: 'shell' },
  ])
})

test('a file of a folder that cannot be read has a line too, and the exit is 1', async () => {
  const list: ScreenFiles['list'] = () => ({ kind: 'ok', files: ['a.txt', 'gone.txt', 'b/limit.txt'] })
  const { exit, out } = await play([...codex, FOLDER], withScreens({ list }))
  expect(exit).toBe(1)
  expect(
    out
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line)),
  ).toMatchObject([
    { reading: 'working' },
    { file: 'gone.txt', error: 'is not there' },
    { reading: 'limited' },
  ])
})

test.each([
  [['explain'], 'CLI_ARGUMENTS'],
  [['explain', '--backend', 'codex'], 'CLI_ARGUMENTS'],
  [['explain', '--screen', '-'], 'CLI_ARGUMENTS'],
  [['explain', 'builder', '--title', 'x'], 'CLI_ARGUMENTS'],
  [[...codex, 'a.txt', '--now', 'soon'], 'CLI_TIME'],
  [['explain', '--backend', 'codx', '--screen', '-'], 'BACKEND_UNKNOWN'],
  [['explain', '--backend', '__proto__', '--screen', '-'], 'BACKEND_UNKNOWN'],
  [[...codex, 'nope.txt'], 'SCREEN_UNREADABLE'],
  [['explain', 'nobody'], 'NAME_UNKNOWN'],
])('refuses %j as %s', async (argv, code) => {
  const played = await play([...argv, '--json'], withScreens())
  expect(played.exit).toBe(2)
  expect(JSON.parse(played.out).error).toMatchObject({ code, fix: expect.any(String) })
})

test('an unknown backend is told the known ones', async () => {
  const { err } = await play(['explain', '--backend', 'codx', '--screen', '-'], withScreens())
  expect(err).toContain('Did you mean codex? Known: aider, amp, claude, codex')
})

test("a backend of the config is read with the config's patterns", async () => {
  const own = plainBackend({ name: 'codex', patterns: { active: 'Ask' } })
  const fakes = { ...withScreens(), fleet: fakeFleet({ backends: { codex: own } }) }
  const { out } = await play([...codex, '-', '--json'], fakes)
  expect(JSON.parse(out).reading).toBe('working')
})

test('needs no config: an absent one is not mentioned, a broken one is', async () => {
  const refused = (code: string) => {
    const problem = { code, severity: 'error', file: 'f', key: '', what: 'w', fix: 'x' } as const
    return withScreens({}, { readConfig: async () => ({ kind: 'refused', path: '/p', problems: [problem] }) })
  }
  expect(await play([...codex, '-'], refused('CONFIG_MISSING'))).toMatchObject({ exit: 0, err: '' })
  expect(await play([...codex, '-'], refused('CONFIG_SYNTAX'))).toMatchObject({
    exit: 0,
    err: 'note: /p cannot be used, so only the built-in backends are known\n',
  })
  expect(await play([...codex, '-', '--config', 'p'], refused('CONFIG_SYNTAX'))).toMatchObject({ exit: 2 })
})

function why(life: Life, reading: Reading | undefined): Fakes {
  const report = { agent: 'builder', life, because: undefined, reading, decisions: [], plan: [] }
  return { control: { why: () => Promise.resolve(report) } }
}

test('explains an agent as it is now', async () => {
  const claims: Reading['claims'] = [{ source: 'title', says: 'working', evidence: 'title: \x1b[2J' }]
  const seen = why('up', { state: 'working', rule: 'title-working', claims })
  const { out, closed } = await play(['explain', 'builder'], seen)
  expect(out).toBe(
    'builder reads working\nrule: title-working\nclaims:\n  title says working: title: \\x1b[2J\n' +
      'It rests on title, and changes when that no longer says so.\n',
  )
  expect(closed).toBe(true)
  const asJson = await play(['explain', 'builder', '--json'], seen)
  expect(JSON.parse(asJson.out)).toMatchObject({
    version: 1,
    agent: 'builder',
    life: 'up',
    reading: 'working',
  })
})

test('an agent that is not running has no screen', async () => {
  const { exit, out } = await play(['explain', 'builder'], why('stopped', undefined))
  expect({ exit, out }).toEqual({
    exit: 0,
    out: 'builder is stopped; it has no screen that could be read\n',
  })
})
