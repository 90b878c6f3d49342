import fc from 'fast-check'
import { expect, test } from 'vitest'
import { findDialog } from './find.ts'
import { giveAnswer, type HandDeps } from './hand.ts'

/** A program with a menu: what its keys do, and what it may do wrong. */
interface Habits {
  labels: string[]
  cursor: number
  mark: string
  wraps: boolean
  /** Keys in a row that it does not take. */
  deafTo: number[]
  /** After so many keys it opens another dialog. */
  turnsAt: number
  /** It draws each key one look late. */
  late: boolean
}

const label = fc.constantFrom(
  'Yes',
  'No',
  'Yes, always',
  'Later',
  'Skip',
  'Upgrade',
  'Stop',
  'Try again',
  'Ask',
  'Quit',
)
const habits: fc.Arbitrary<Habits> = fc
  .record({
    labels: fc.uniqueArray(label, { minLength: 2, maxLength: 8 }),
    cursor: fc.nat(),
    mark: fc.constantFrom('❯', '›', '●', '>', '→'),
    wraps: fc.boolean(),
    deafTo: fc.array(fc.nat(8), { maxLength: 2 }),
    turnsAt: fc.oneof(fc.constant(99), fc.nat(6)),
    late: fc.boolean(),
  })
  .map((one) => ({ ...one, cursor: one.cursor % one.labels.length }))

function play(is: Habits) {
  let now = 0
  let keys = 0
  let { cursor } = is
  let turned = false
  const chosen: string[] = []
  const menu = (): string =>
    turned
      ? `Delete everything?\n${is.mark} 1. Yes\n  2. No`
      : `Which one?\n${is.labels.map((text, at) => `${at === cursor ? is.mark : ' '} ${at + 1}. ${text}`).join('\n')}`
  const draw = (): string => (chosen.length > 0 ? 'done\n> ' : menu())
  let before = draw()
  const screen = (): string => {
    const shown = is.late ? before : draw()
    before = draw()
    return shown
  }
  const press = (key: string): void => {
    const at = keys
    keys += 1
    if (is.deafTo.includes(at)) return
    if (keys > is.turnsAt) turned = true
    else if (key === 'Enter') chosen.push(turned ? 'another dialog' : is.labels[cursor]!)
    else {
      const next = cursor + (key === 'Down' ? 1 : -1)
      const last = is.labels.length - 1
      cursor = is.wraps ? (next + is.labels.length) % is.labels.length : Math.min(last, Math.max(0, next))
    }
  }
  const deps: HandDeps = {
    tmux: {
      capture: async () => ({ kind: 'ok', text: new Map([['%1', screen()]]) }),
      captureStyled: async () => ({ kind: 'gone' }),
      key: async (_, key) => {
        press(key)
        return { kind: 'done' }
      },
      type: async () => ({ kind: 'done' }),
      paste: async () => ({ kind: 'done' }),
    },
    clock: {
      now: () => ({ wall: now, mono: now }),
      sleep: async (ms: number) => {
        now += ms
      },
      bootId: () => 'b',
    },
    read: (text) => ({ dialog: findDialog(text, undefined), asks: text.includes('?') }),
    ended: () => false,
    decides: async () => undefined,
  }
  return { deps, chosen, dialog: findDialog(draw(), undefined) }
}

test('whatever a menu does, the option that was asked for is chosen, or nothing', async () => {
  await fc.assert(
    fc.asyncProperty(habits, fc.nat(), async (is, which) => {
      const { deps, chosen, dialog } = play(is)
      const option = dialog.options[which % dialog.options.length]!
      const given = await giveAnswer(deps, {
        paneId: '%1',
        fingerprint: dialog.fingerprint,
        answer: { kind: 'option', option },
      })
      if (given.kind === 'given') expect(is.turnsAt < 99 || chosen[0] === option.label).toBe(true)
      expect(chosen.length === 0 || chosen[0] === option.label).toBe(true)
      if (is.turnsAt === 99 && is.deafTo.length === 0) expect(chosen).toEqual([option.label])
    }),
    { numRuns: 300 },
  )
})
