import { describe, expect, test } from 'vitest'
import type { AgentReport } from '../../core/index.ts'
import { fakeStatus, NOON } from '../testing/fake-deps.ts'
import { styleFor } from '../text.ts'
import { renderStatus } from './status.ts'
import { width } from './width.ts'

const agent = (parts: Partial<AgentReport>): AgentReport => ({
  name: 'builder',
  session: 'p-builder',
  kind: 'loop',
  backend: 'claude',
  model: 'default',
  watch: 'heal+stall',
  enabled: true,
  paused: false,
  life: 'up',
  because: undefined,
  reading: 'working',
  since: NOON - 7_800_000,
  until: undefined,
  restarts: 0,
  lastEvent: undefined,
  pid: 1,
  command: 'claude',
  queued: 0,
  ...parts,
})

const report = fakeStatus({
  phase: { id: 'one', position: 1, total: 2, plan: '', done: false, complete: false, why: '' },
  agents: [
    agent({}),
    agent({
      name: '測試',
      kind: 'persistent',
      backend: 'codex',
      model: 'gpt',
      watch: 'heal',
      life: 'held',
      reading: 'limited',
      since: NOON - 90_000,
      until: NOON + 3_600_000,
      restarts: 2,
      lastEvent: { at: NOON - 30_000, text: 'limit\x1b[2J' },
      paused: true,
      queued: 3,
    }),
    agent({
      name: 'off',
      enabled: false,
      life: 'stopped',
      reading: undefined,
      since: undefined,
      command: undefined,
    }),
  ],
  services: [{ name: 'web', session: 'p-web', life: 'up', pid: 2, command: 'node' }],
  watchdog: { life: 'down', pid: undefined, since: undefined, session: 'p-watchdog' },
  unmanaged: [{ session: 'p-old', agent: 'old' }],
  config: {
    path: 'agents.toml',
    stale: true,
    problems: [
      {
        code: 'CONFIG_TOML',
        severity: 'error',
        file: 'agents.toml',
        line: 3,
        key: 'agent',
        what: 'A quote is missing.',
        fix: 'Write it.',
      },
      {
        code: 'CONFIG_TOML',
        severity: 'error',
        file: 'agents.toml',
        line: 9,
        key: '',
        what: 'This is not TOML.',
        fix: '',
      },
    ],
  },
  attention: ['the watchdog is down'],
})

const plain = { style: styleFor(false), columns: undefined }

test('shows phase, agents, services, watchdog, and all that is wrong', () => {
  expect(`\n${renderStatus(report, plain)}`).toMatchInlineSnapshot(`
    "
     phase: one [1/2] plan=- (in progress)
     AGENT     KIND        BACKEND  MODEL    LIFE                 READING  SINCE  RESTARTS  LAST EVENT             WATCH
     builder   loop        claude   default  up                   working  2h10m  0         -                      heal+stall  [claude]
     測試      persistent  codex    gpt      held until 13:00:00  limited  1m     2         30s ago: limit\\x1b[2J  heal        (paused) 3 queued [claude]
     off       loop        claude   default  stopped              -        -      0         -                      heal+stall  (disabled)
     web       service     -        -        up                   -        -      -         -                      -           [node]
     watchdog  service     -        -        DOWN                 -        -      -         -                      -
     unmanaged: session p-old (agent old) runs and is in no config any more; agents down old ends it
     config: the file cannot be used; the last good one stays in force
     config error: agents.toml:3 agent: A quote is missing. Write it.
     config error: agents.toml:9: This is not TOML.
     ! the watchdog is down
    "
  `)
})

test.each([
  [{ done: true }, ' phase: one [1/2] plan=- (## DONE)'],
  [{ complete: true, done: true }, ' phase: one [1/2] plan=- (sequence complete)'],
  [{ plan: 'docs/one.md' }, ' phase: one [1/2] plan=docs/one.md (in progress)'],
])('the phase line with %j', (parts, line) => {
  const shown = renderStatus({ ...report, phase: { ...report.phase!, ...parts } }, plain)
  expect(shown.split('\n')[0]).toBe(line)
})

test('a town that the watchdog has not looked at yet is not said to be away', () => {
  const town = (reasons: string[]) =>
    renderStatus(fakeStatus({ town: { state: 'away', reasons } }), plain)
      .split('\n')
      .filter((line) => line.startsWith(' town:'))
  expect(town([])).toEqual([' town: not looked at yet'])
  expect(town(['the Redis at /s cannot be reached'])).toEqual([' town: - (away)'])
})

test('says in red that the watchdog is down', () => {
  expect(renderStatus(report, { style: styleFor(true), columns: undefined })).toMatch(
    /watchdog.*\x1b\[31mDOWN/,
  )
})

test('keeps every row within the terminal, with and without colour', () => {
  for (const columns of [20, 40, 80, 132]) {
    for (const color of [false, true]) {
      for (const line of renderStatus(report, { style: styleFor(color), columns })
        .trimEnd()
        .split('\n'))
        expect(width(line), line).toBeLessThanOrEqual(columns)
    }
  }
})

describe('nothing that an agent wrote reaches the terminal', () => {
  const evil = '\x1b]0;x\x07\x9b2J\u202e\r\n'
  const unsafe = /[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]/

  test.each(['backend', 'model', 'command'] as const)('in %s', (field) => {
    expect(renderStatus(fakeStatus({ agents: [agent({ [field]: evil })] }), plain)).not.toMatch(unsafe)
  })

  test('in events, notes and problems', () => {
    const problem = { ...report.config.problems[0]!, what: evil, fix: evil, file: evil, key: evil }
    const text = renderStatus(
      fakeStatus({
        agents: [agent({ lastEvent: { at: NOON, text: evil } })],
        attention: [evil],
        unmanaged: [{ session: evil, agent: evil }],
        config: { path: evil, stale: false, problems: [problem] },
        phase: { ...report.phase!, id: evil, plan: evil },
        tmux: { server: 'unknown', why: evil, socket: evil },
      }),
      plain,
    )
    expect(text).not.toMatch(unsafe)
  })
})
