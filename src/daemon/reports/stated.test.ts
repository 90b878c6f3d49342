import { expect, test } from 'vitest'
import { parseStated } from './stated.ts'

test('the pane option: a state, perhaps for how long, and why', () => {
  expect(parseStated('waiting 30m the build  runs', 5)).toEqual({
    voice: 'option',
    state: 'waiting',
    reason: 'the build runs',
    at: 5,
    until: 5 + 1_800_000,
    promised: true,
  })
  expect(parseStated('working', 5)).toMatchObject({ reason: undefined, until: 600_005, promised: false })
  expect(parseStated('working 10 files', 5)).toMatchObject({ reason: '10 files', promised: false })
  expect(parseStated('idle 99999h', 5)?.until).toBe(5 + 86_400_000)
})

test.each(['', '   ', 'busy', 'Working', '30m waiting', 'work', '#{pane_id}'])('"%s" says nothing', (text) =>
  expect(parseStated(text, 5)).toBeUndefined(),
)

test('what would move the cursor is made visible, and a long reason is cut', () => {
  expect(parseStated('asking \u001b[2Jwhich\u202e?', 5)?.reason).toBe('\\x1b[2Jwhich\\u202e?')
  expect(parseStated(`failing ${'x'.repeat(5000)}`, 5)?.reason).toHaveLength(200)
})
