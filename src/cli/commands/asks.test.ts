import { describe, expect, test } from 'vitest'
import { UserError } from '../../core/errors.ts'
import type { AskReport } from '../../core/status.ts'
import { NOON, play } from '../testing/fake-deps.ts'

const ask: AskReport = {
  agent: 'builder',
  backend: 'claude',
  dialog: 'claude-permission',
  kind: 'permission',
  question: 'Do you want to proceed?',
  since: NOON - 180_000,
  text: '$ npm test \x1b[31m\n\nDo you want to proceed?',
  options: [
    { number: 1, label: 'Yes', more: '', chosen: true, dangers: [] },
    { number: 2, label: 'Yes, always', more: 'for npm', chosen: false, dangers: ['lasting'] },
  ],
  several: false,
  policy: { why: 'no [[policy]] is about this dialog' },
}
const asked = { control: { asks: () => Promise.resolve([ask]) } }

describe('agents asks', () => {
  test('shows the dialog, its age, its options with marks, and what the rules say', async () => {
    const { out, exit } = await play(['asks'], asked)
    expect(exit).toBe(0)
    expect(out).toBe(
      [
        'builder asks for 3m: permission (claude-permission, claude)',
        '    $ npm test \\x1b[31m',
        '',
        '    Do you want to proceed?',
        '  > 1  Yes',
        '    2  Yes, always  for npm  [lasting]',
        '  not answered by a rule: no [[policy]] is about this dialog',
        '  agents answer builder 1…2',
        '',
      ].join('\n'),
    )
  })

  test('exits 3 with --check when somebody asks, and prints the documented JSON', async () => {
    expect((await play(['asks', '--check'], asked)).exit).toBe(3)
    expect(await play(['asks', '--check'])).toMatchObject({ exit: 0, out: ' nobody asks\n' })
    expect(JSON.parse((await play(['asks', '--json'], asked)).out)).toEqual({ version: 1, asks: [ask] })
  })
})

describe('agents answer', () => {
  test('hands on the words and --yes, and says what came of it', async () => {
    const played = await play(['answer', 'builder', 'No,', 'and', 'tell', '--yes'])
    expect(played).toMatchObject({ exit: 0, out: 'builder: it went\n' })
    expect(played.calls[0]).toBe('answer("builder", "No, and tell", true)')
  })

  test('exits 1 with the screen when the dialog still stands', async () => {
    const failed = {
      agent: 'builder',
      dialog: 'x',
      kind: 'unknown',
      answer: 'Yes',
      result: 'failed',
      detail: 'it still stands',
      screen: '❯ 1. Yes\x1b[2J',
    } as const
    const played = await play(['answer', 'builder', '1'], {
      control: { answer: () => Promise.resolve(failed) },
    })
    expect(played).toMatchObject({ exit: 1, out: 'builder: it still stands\n❯ 1. Yes\\x1b[2J\n' })
  })

  test('wants a known agent and an answer', async () => {
    expect(await play(['answer', 'bulider', '1'])).toMatchObject({ exit: 2, calls: [] })
    expect(await play(['answer', 'builder'])).toMatchObject({ exit: 2, calls: [] })
    const nothing = new UserError({ code: 'ANSWER_NOTHING', what: 'builder asks nothing.' })
    const played = await play(['answer', 'builder', '1'], {
      control: { answer: () => Promise.reject(nothing) },
    })
    expect(played).toMatchObject({ exit: 1, err: 'error: builder asks nothing.\n' })
  })
})
