import { expect, test } from 'vitest'
import type { LimitsReport } from '../../core/index.ts'
import { instant } from '../render/limits.ts'
import { NOON, play } from '../testing/fake-deps.ts'

const minute = 60_000
const report: LimitsReport = {
  version: 1,
  at: NOON,
  project: '/home/dev/project',
  accounts: [
    {
      account: 'codex',
      state: 'free',
      backends: ['codex'],
      agents: ['scout'],
      windows: [],
      held: [],
    },
    {
      account: 'work',
      state: 'limited',
      backends: ['claude', 'fast'],
      agents: ['builder', 'critic'],
      windows: [
        {
          window: 'session',
          state: 'limited',
          since: NOON - 10 * minute,
          until: NOON + 90 * minute,
          models: undefined,
          evidence: {
            agent: 'builder',
            text: 'You’ve hit your session limit · resets 1:30pm',
            source: 'screen',
          },
          tries: 2,
          canary: { agent: 'builder', at: NOON + 90 * minute },
          by: undefined,
        },
      ],
      held: [
        { agent: 'builder', why: 'own', since: NOON - 10 * minute, until: NOON + 90 * minute },
        { agent: 'critic', why: 'account', since: NOON - 9 * minute, until: NOON + 90 * minute },
      ],
    },
  ],
}
const control = { limits: () => Promise.resolve(report) }

test('limits tells accounts, windows, evidence, who is held until when, and who asks first', async () => {
  const { out, exit } = await play(['limits'], { control })
  const end = instant(NOON + 90 * minute)
  expect(exit).toBe(0)
  expect(out.split('\n')).toEqual([
    'account codex  free  scout',
    'account work  limited  builder, critic',
    `  session: until ${end} (in 1h30m); then builder asks`,
    `    since ${instant(NOON - 10 * minute)}, by builder (screen): You’ve hit your session limit · resets 1:30pm`,
    '    asked in vain: 2×',
    `  held: builder (shows the limit) for 10m, until ${end}`,
    `  held: critic (of the same account) for 9m, until ${end}`,
    '',
  ])
})

test('limits --json prints the report as it is', async () => {
  const { out } = await play(['limits', '--json'], { control })
  expect(JSON.parse(out)).toEqual(JSON.parse(JSON.stringify(report)))
})

test('a blocked account says that a person must act; one that resumes who was seen to work', async () => {
  const work = report.accounts[1]!
  const window = work.windows[0]!
  const show = async (changed: object) => {
    const accounts = [{ ...work, windows: [{ ...window, ...changed }] }]
    const { out } = await play(['limits'], {
      control: { limits: () => Promise.resolve({ ...report, accounts }) },
    })
    return out
  }
  expect(await show({ state: 'blocked', until: undefined, canary: undefined })).toContain('a person must act')
  expect(await show({ state: 'resuming', by: 'builder' })).toContain('over: builder works')
  expect(await show({ state: 'asking', canary: { agent: 'critic', at: NOON } })).toContain(
    'critic asks whether',
  )
  expect(await show({ models: ['opus', ''] })).toContain('session (model opus, default)')
})

test('an instant carries its offset, so that it is the same in every zone', () => {
  const at = Date.UTC(2026, 6, 1, 12, 0, 0)
  const [day, time, zone] = instant(at).split(' ')
  expect(Date.parse(`${day}T${time}${zone}`)).toBe(at)
})
