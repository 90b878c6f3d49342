import { expect, test } from 'vitest'
import { type ProcessSample, type Program, processClaims, programRuns } from './process-claims.ts'

const program = (pid: number, command: string, cpuMs = 0, state = 'S'): Program => ({
  pid,
  start: `s${pid}`,
  command,
  state,
  cpuMs,
})
const sample = (at: number, programs: Program[], logBytes?: number): ProcessSample => ({
  at,
  programs,
  logBytes,
})
const said = (now: ProcessSample, before?: ProcessSample) =>
  processClaims({ now, before }, 99_000).map(({ source, says, evidence }) => `${source} ${says}: ${evidence}`)

test('one sample tells which programs run, and no more', () => {
  const now = sample(
    5_000,
    [program(1, 'sh'), program(2, 'node'), program(3, 'claude'), program(4, 'node')],
    10,
  )
  expect(said(now)).toEqual(['process unknown: the pane runs sh, under it node ×2, claude'])
  expect(processClaims({ now, before: undefined }, 25_000)[0]).toMatchObject({ at: 5_000, until: 25_000 })
  expect(said(sample(5_000, [program(1, 'claude')]))).toEqual([
    'process unknown: the pane runs claude, nothing under it',
  ])
})

test('two samples tell what was used, started and printed since', () => {
  const before = sample(0, [program(1, 'claude', 1_000)], 500)
  const busy = sample(10_000, [program(1, 'claude', 1_400), program(9, 'npm', 300)], 4_500)
  expect(said(busy, before)).toEqual([
    'process active: the pane runs claude, under it npm; new: npm',
    'cpu active: its processes used 7 % of a core for 10 s',
    'output active: it printed 4000 bytes in 10 s',
  ])
  const still = sample(10_000, [program(1, 'claude', 1_050)], 500)
  expect(said(still, before)).toEqual([
    'process unknown: the pane runs claude, nothing under it',
    'cpu quiet: its processes used 1 % of a core for 10 s',
    'output quiet: it printed 0 bytes in 10 s',
  ])
})

test('a clock that is drawn is neither work nor rest, and a rotated log or samples too near tell nothing', () => {
  const before = sample(0, [program(1, 'a')], 500)
  expect(said(sample(10_000, [program(1, 'a')], 600), before).at(-1)).toBe(
    'output unknown: it printed 100 bytes in 10 s',
  )
  expect(said(sample(10_000, [program(1, 'a')], 20), before)).toHaveLength(2)
  expect(said(sample(300, [program(1, 'a', 300)], 9_000), before)).toHaveLength(1)
})

test('the time of a process that left, or of another one with its number, is not taken for work of this one', () => {
  const before = sample(0, [program(1, 'a', 500), program(2, 'b', 9_000)])
  const now = sample(10_000, [program(1, 'a', 510), { ...program(2, 'c', 20), start: 'later' }])
  expect(said(now, before)[1]).toBe('cpu quiet: its processes used 0 % of a core for 10 s')
})

test('a program runs unless it is only stopped, as after Ctrl-Z, or dead', () => {
  const under = (state: string) => sample(0, [program(1, 'sh'), program(2, 'claude', 0, state)])
  expect(['S', 'R', 'D', 'T', 't', 'Z', 'Ts'].map((state) => programRuns(under(state), 'claude'))).toEqual([
    true,
    true,
    true,
    false,
    false,
    false,
    false,
  ])
  expect(programRuns(under('S'), 'codex')).toBe(false)
})

test('control characters in a program’s name are made visible', () => {
  expect(said(sample(0, [program(1, 'a\u001b[2Jb')]))[0]).toContain('a\\x1b[2Jb')
})
