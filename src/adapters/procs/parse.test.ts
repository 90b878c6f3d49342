import { describe, expect, test } from 'vitest'
import { findRun } from './linux.ts'
import { parseCpuTime, parsePs, parsePsRuns } from './parse-ps.ts'
import { parseStat } from './parse-stat.ts'
import { createProcTable } from './proc-table.ts'

const rest = '1000 1000 34816 1000 4194304 100 200 0 0 250 50 9 9 20 0 11 0 987654 1000 100'

describe('/proc/<pid>/stat', () => {
  test('fields', () => {
    expect(parseStat(`42 (node) S 7 ${rest}`)).toEqual({
      pid: 42,
      start: '987654',
      ppid: 7,
      pgid: 1000,
      sid: 1000,
      state: 'S',
      command: 'node',
      cpuMs: 3000,
    })
  })

  test('a command with brackets, blanks and newlines', () => {
    expect(parseStat(`42 (a) R 1 (b\n) Z 7 ${rest}`)).toMatchObject({
      command: 'a) R 1 (b\n',
      state: 'Z',
      ppid: 7,
    })
  })

  test.each(['', 'x', '42 (node', '42 (node) S 7', ')('])('junk is nothing: %j', (text) => {
    expect(parseStat(text)).toBeUndefined()
  })
})

describe('ps of macOS', () => {
  // Recorded form of `LC_ALL=C ps -axo pid=,ppid=,pgid=,sess=,stat=,lstart=,time=,comm=`.
  const text = [
    '    1     0     1      0 Ss   Sat Nov 15 08:01:02 2025     5:31.46 /sbin/launchd',
    '  501     1   501      0 S    Sat Nov 15 08:02:10 2025     0:00.09 /Applications/Some App.app/Contents/MacOS/Some App',
    '73012   501 73012      0 Z+   Thu Nov  6 19:00:00 2025   101:00.50 (node)',
    'not a process',
    '',
  ].join('\n')

  test('lines', () => {
    const [launchd, app, node] = parsePs(text)
    expect(launchd).toEqual({
      pid: 1,
      start: 'Sat Nov 15 08:01:02 2025',
      ppid: 0,
      pgid: 1,
      sid: 1,
      state: 'S',
      command: 'launchd',
      cpuMs: 331_460,
    })
    expect(app).toMatchObject({ pid: 501, command: 'Some App' })
    expect(node).toMatchObject({ pid: 73012, state: 'Z', start: 'Thu Nov 6 19:00:00 2025', cpuMs: 6_060_500 })
    expect(parsePs(text)).toHaveLength(3)
  })

  test.each([
    ['0:00.09', 90],
    ['12:34.56', 754_560],
    ['01:00:00', 3_600_000],
    ['2-03:04:05', 183_845_000],
  ])('CPU time %s', (given, ms) => {
    expect(parseCpuTime(given)).toBe(ms)
  })

  test('runs behind the arguments', () => {
    const runs = parsePsRuns(
      '  42 claude --model x TERM=xterm AGENTS_RUN=a1b2 HOME=/u\n 43 zsh XAGENTS_RUN=no\n',
    )
    expect([...runs]).toEqual([[42, 'a1b2']])
  })
})

test('an environment is searched for the exact name', () => {
  const environ = (...vars: string[]) => Buffer.from(`${vars.join('\0')}\0`)
  expect(findRun(environ('A=1', 'AGENTS_RUN=r7', 'B=2'))).toBe('r7')
  expect(findRun(environ('AGENTS_RUN=first'))).toBe('first')
  expect(findRun(environ('X_AGENTS_RUN=no', 'Y=AGENTS_RUN=no'))).toBeUndefined()
  expect(findRun(environ('X_AGENTS_RUN=no', 'AGENTS_RUN=yes'))).toBe('yes')
  expect(findRun(Buffer.alloc(0))).toBeUndefined()
})

test('a table read while processes change may hold a loop, and its tree still ends', () => {
  const proc = (pid: number, ppid: number) => ({ ...parseStat(`1 (x) S 1 ${rest}`)!, pid, ppid })
  const table = createProcTable(0, [proc(10, 12), proc(11, 10), proc(12, 11), proc(13, 1)])
  expect(table.tree(10).map(({ pid }) => pid)).toEqual([10, 11, 12])
  expect(table.tree(99)).toEqual([])
})
