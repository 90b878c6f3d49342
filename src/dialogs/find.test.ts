import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { findDialog } from './find.ts'

const labels = (screen: string, program?: string): string[] =>
  findDialog(screen, program).options.map(({ label }) => label)

describe('menus', () => {
  test('numbered, with the cursor, descriptions and key hints', () => {
    const dialog = findDialog(
      [
        '• Running npm test',
        '',
        '  Would you like to run the following command?',
        '',
        '  $ npm test',
        '',
        '  1. Yes, proceed (y)',
        '› 2. No, and say what to do  Goes back',
        '     to the composer',
        '',
        '  Press enter to confirm or esc to cancel',
      ].join('\n'),
      'codex',
    )
    expect(dialog).toMatchObject({
      id: 'codex-permission',
      kind: 'permission',
      how: 'down',
      cursor: 1,
      question: 'Would you like to run the following command?',
      text: 'Would you like to run the following command?\n\n$ npm test',
    })
    expect(dialog.options).toEqual([
      { number: 1, label: 'Yes, proceed (y)', more: '' },
      { number: 2, label: 'No, and say what to do', more: 'Goes back to the composer' },
    ])
  })

  test('of two menus the lower one is meant, and a list in prose is none', () => {
    const screen =
      '1. first point\n2. second point\n\nApply this change?\n● 1. Allow once\n  2. No, suggest changes (esc)'
    expect(labels(screen, 'gemini')).toEqual(['Allow once', 'No, suggest changes (esc)'])
    const plan = 'Do it?\n❯ 1. Yes\n  2. No\n\n  1. step one\n  2. step two'
    expect(labels(plan)).toEqual(['Yes', 'No'])
  })

  test('two cursors are none: which option is chosen is not known', () => {
    expect(findDialog('Go on?\n❯ 1. Yes\n❯ 2. No', undefined).cursor).toBeUndefined()
  })

  test('without numbers: rows at one column, near a row of key hints', () => {
    const screen = 'Trust?\n\n> Yes, I trust this folder\n  No, exit\n\n  ↑/↓ Navigate · enter Confirm'
    expect(findDialog(screen, undefined)).toMatchObject({ how: 'down', cursor: 0 })
    expect(labels(screen)).toEqual(['Yes, I trust this folder', 'No, exit'])
    const far =
      '────────────────\n  Make it the default?\n\n  It does this\n  and that.\n\n  ❯ Yes, make it so\n    No, keep it'
    expect(labels(far)).toEqual(['Yes, make it so', 'No, keep it'])
    expect(labels('● Shall I?\n\n❯ a message of mine\n  and its second line')).toEqual([])
    expect(labels('❯ a message of mine\n  and its second line\n\nanswer')).toEqual([])
  })

  test('a checked list has no single answer', () => {
    expect(findDialog('Which?\n❯ 1. [ ] One\n  2. [x] Two', undefined)).toMatchObject({ several: true })
  })

  test('beside each other', () => {
    const screen =
      '  ┃  △ Permission required\n  ┃\n  ┃   Allow once   Allow always   Reject    ⇆ select  enter confirm'
    expect(findDialog(screen, 'opencode')).toMatchObject({
      how: 'across',
      cursor: undefined,
      id: 'opencode-permission',
    })
    expect(labels(screen)).toEqual(['Allow once', 'Allow always', 'Reject'])
  })

  test.each([
    ['Approve tool call?\n[y] approve  [n] deny', 'key', ['y', 'n']],
    ['Add file to the chat? (Y)es/(N)o/(A)ll/(S)kip all [Yes]:', 'letter', ['y', 'n', 'a', 's']],
    ['Allow this action? [y/n/t]:', 'letter', ['y', 'n', 't']],
    [
      'It cannot check.\n\n Enter to stay in auto mode · shift+Tab to leave it · Esc to cancel',
      'key',
      ['Enter', 'BTab', 'Escape'],
    ],
    ['Signed in.\nPress R to restart, or Esc to choose another method.', 'key', ['R', 'Escape']],
  ])('by keys: %s', (screen, how, keys) => {
    const dialog = findDialog(screen, undefined)
    expect(dialog.how).toBe(how)
    expect(dialog.options.map(({ key }) => key)).toEqual(keys)
  })
})

test('control and bidi characters of an agent are made visible', () => {
  const dialog = findDialog('Do you want \u202eto?\n❯ 1. Ye\u200bs\n  2. No', undefined)
  expect(dialog.text).toContain('\\u202e')
  expect(dialog.options[0]!.label).toBe('Ye\\u200bs')
})

test('what a command says does not make a permission another dialog', () => {
  const command = '$ echo "Quick safety check: do you trust the files in this folder?"'
  const screen = `${command}\n\nDo you want to proceed?\n❯ 1. Yes\n  2. No, and tell Claude what to do differently (esc)`
  expect(findDialog(screen, 'claude').id).toBe('claude-permission')
})

test('the fingerprint stays while the cursor and clocks move, and differs for another dialog', () => {
  const at = (cursor: number, text = 'Running for 12s'): string =>
    findDialog(
      `${text}\nDo you want to proceed?\n${['Yes', 'No'].map((label, i) => `${i === cursor ? '❯' : ' '} ${i + 1}. ${label}`).join('\n')}`,
      'claude',
    ).fingerprint
  expect(at(0)).toBe(at(1, 'Running for 13s'))
  expect(at(0)).not.toBe(at(0, 'Running something else'))
})

const screens = 'test/fixtures/screens'
/** Of the programs that the catalogue has a part for; the others' screens were put together by hand. */
const asking = readdirSync(screens, { recursive: true, encoding: 'utf8' }).filter((file) =>
  /^(?:claude|codex|gemini|opencode)\/.*\/asking--[^/]*\.txt$/.test(file),
)

describe('the recorded screens', () => {
  test.each(asking)('%s has its options and an entry', (file) => {
    const program = file.split('/')[0]!
    const dialog = findDialog(readFileSync(join(screens, file), 'utf8'), program)
    expect(dialog.id).not.toBe('unknown')
    expect(dialog.options.length).toBeGreaterThan(1)
    if (dialog.how === 'down') expect(dialog.cursor).toBe(0)
  })

  test.each(asking.filter((file) => file.includes('approval') && !file.includes('2.1.329')))(
    '%s: the first option is a plain yes',
    (file) => {
      const [program = ''] = file.split('/')
      const { options, kind } = findDialog(readFileSync(join(screens, file), 'utf8'), program)
      expect(kind).toBe('permission')
      expect(options[0]!.label).toMatch(/^(Yes|Yes, proceed \(y\)|Allow once)$/)
    },
  )
})
