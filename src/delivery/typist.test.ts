import { describe, expect, test } from 'vitest'
import type { Tmux } from '../adapters/tmux/types.ts'
import { lookAt, presetBackend, readingOf } from '../backends/testing.ts'
import type { BackendSpec, PaneSight } from '../core/index.ts'
import type { Desk } from './desk.ts'
import { clearComposer, typeText } from './typist.ts'

/** A program with a composer, in the shape of a CLI's screen; each test says what its keys do. */
interface Program {
  screen(): string
  cursor(): { column: number; row: number }
  paste(text: string, at: number): void
  key(name: string, at: number): void
}

function typing(program: Program, backend: BackendSpec, createdAt = -3_600_000) {
  let now = 0
  const keys: string[] = []
  const pastes: string[] = []
  const pane = (): PaneSight =>
    ({ paneId: '%1', panePid: 7, cursor: program.cursor(), createdAt }) as PaneSight
  const tmux = {
    capture: async () => ({ kind: 'ok', text: new Map([['%1', program.screen()]]) }),
    clients: async () => ({ kind: 'ok', clients: [] }),
    scan: async () => ({ kind: 'ok', panes: [pane()], server: undefined }),
    paste: async (_id: string, text: string) => {
      pastes.push(text)
      program.paste(text, now)
      return { kind: 'done' }
    },
    key: async (_id: string, name: string) => {
      keys.push(name)
      program.key(name, now)
      return { kind: 'done' }
    },
  } as unknown as Tmux
  const sleep = async (ms: number): Promise<void> => {
    now += ms
  }
  const deps = {
    tmux,
    clock: { now: () => ({ mono: now, wall: now }), sleep } as unknown as Parameters<
      typeof typeText
    >[0]['clock'],
    look: (spec: BackendSpec, text: string) => readingOf(spec, lookAt({ text })),
    matches: (source: string, text: string) => new RegExp(source, 'i').test(text),
    ageOf: async () => now - createdAt,
  }
  const deskOf = (over: Partial<Desk>): Desk => ({
    paneId: '%1',
    panePid: 7,
    backend,
    submitKey: 'Enter',
    when: 'queue',
    working: false,
    typingGraceMs: 30_000,
    ...over,
  })
  const type = (text: string, over: Partial<Desk> = {}, standing?: string) => {
    const scribe = { pasting: async () => undefined, seen: async () => undefined }
    const earlier = standing === undefined ? undefined : { text: standing, seen: true }
    return typeText(deps, deskOf(over), { text, standing: earlier, spent: false }, scribe)
  }
  const clear = (text: string) => clearComposer(deps, deskOf({}), text)
  return { type, keys, pastes, clear }
}

/** Gemini CLI: an Enter too soon after a paste is a line end of the text. */
function gemini(protectMs: number): Program & { sent: string[] } {
  let text = ''
  let pastedAt = Number.NEGATIVE_INFINITY
  const sent: string[] = []
  const lines = () => text.split('\n')
  return {
    sent,
    screen: () => `✦ hello\n\n > ${lines().join('\n   ')}\n\n workspace`,
    cursor: () => ({ row: 1 + lines().length, column: 3 + lines().at(-1)!.length }),
    paste: (pasted, at) => {
      text += pasted
      pastedAt = at
    },
    key: (_name, at) => {
      if (at - pastedAt < protectMs) text += '\n'
      else {
        sent.push(text.trim())
        text = ''
      }
    },
  }
}

describe('the submit key', () => {
  test('comes late enough for a program that guards its paste', async () => {
    const program = gemini(120)
    const { type, keys } = typing(program, presetBackend('gemini'))
    expect(await type('a message for you')).toEqual({ kind: 'submitted', sure: true, wasIdle: true })
    expect(program.sent).toEqual(['a message for you'])
    expect(keys).toEqual(['Enter'])
  })

  test('is pressed once more where the composer kept the text, and the text is not pasted twice', async () => {
    const program = gemini(600)
    const { type, keys, pastes } = typing(program, presetBackend('gemini'))
    expect(await type('a message for you')).toMatchObject({ kind: 'submitted' })
    expect(program.sent).toEqual(['a message for you'])
    expect([keys, pastes]).toEqual([['Enter', 'Enter'], ['a message for you']])
  })

  test('is given up after the second time; the next try finds the text standing and only submits it', async () => {
    const program = gemini(3_000)
    const { type, pastes } = typing(program, presetBackend('gemini'))
    expect(await type('a message for you')).toMatchObject({ kind: 'kept' })
    expect(program.sent).toEqual([])
    await type('a message for you (redelivery 1)', {}, 'a message for you')
    expect(program.sent).toEqual(['a message for you'])
    expect(pastes).toEqual(['a message for you'])
  })
})

/** A menu of a limit above which nothing can be typed, until its key is pressed. */
function menu(rows: string, key: string): Program & { sent: string[] } {
  let open = true
  let text = ''
  const sent: string[] = []
  return {
    sent,
    screen: () => (open ? rows : `old\n\n\n❯ ${text}\n`),
    cursor: () => (open ? { row: 0, column: 0 } : { row: 3, column: 2 + text.length }),
    paste: (pasted) => {
      text += open ? '' : pasted
    },
    key: (name) => {
      if (open) open = name !== key
      else {
        sent.push(text)
        text = ''
      }
    },
  }
}

const claudeMenu = `  ⎿  You've hit your session limit · resets 10:54am (UTC)

❯ /rate-limit-options

  ❯ 1. Stop and wait for limit to reset
    2. Upgrade your plan

  Enter to confirm · Esc to cancel`
const geminiMenu = `│ Usage limit reached for all Pro models.
│ Access resets at 1:11 PM UTC.
│ ● 1. Keep trying
│   2. Stop`

describe('what stands in the composer', () => {
  test('of a person is left alone: nothing is pasted under it and no key is pressed (row 28)', async () => {
    const program = gemini(0)
    program.paste('half a line of mine', 0)
    const { type, keys, pastes } = typing(program, presetBackend('gemini'))
    expect(await type('a message for you')).toEqual({
      kind: 'not-now',
      why: 'somebody has begun to type in its composer',
    })
    expect([keys, pastes, program.sent]).toEqual([[], [], []])
  })

  test('and was ours, but is gone from it, was taken: it is not pasted again (row 37)', async () => {
    const { type, keys, pastes } = typing(gemini(0), presetBackend('gemini'))
    expect(await type('a message for you', {}, 'a message for you')).toMatchObject({ kind: 'submitted' })
    expect([keys, pastes]).toEqual([[], []])
  })
})

describe('the menu of a limit', () => {
  test.each([
    ['claude', claudeMenu, 'Escape'],
    ['gemini', geminiMenu, 'Enter'],
  ])('of %s is left by what it offers, when the limit should be over', async (name, rows, key) => {
    const program = menu(rows, key)
    const { type, keys } = typing(program, presetBackend(name))
    expect(await type('carry on', { leavesLimitMenu: true })).toMatchObject({ kind: 'submitted' })
    expect(keys).toEqual([key, 'Enter'])
    expect(program.sent).toEqual(['carry on'])
  })

  test.each([
    ['before that', claudeMenu, {}],
    ['where no key is known', geminiMenu.replace('Keep trying', 'Switch'), { leavesLimitMenu: true }],
  ])('is left alone %s', async (_when, rows, over) => {
    const { type, keys, pastes } = typing(
      menu(rows, 'Escape'),
      presetBackend(rows === claudeMenu ? 'claude' : 'gemini'),
    )
    expect(await type('carry on', over)).toMatchObject({ kind: 'not-now' })
    expect([keys, pastes]).toEqual([[], []])
  })

  test('is not what an approval dialog is', async () => {
    const dialog = 'Do you want to proceed?\n❯ 1. Yes\n  2. No\n\nEsc to cancel · Tab to amend'
    const { type, keys } = typing(menu(dialog, 'Escape'), presetBackend('claude'))
    expect(await type('carry on', { leavesLimitMenu: true })).toMatchObject({ kind: 'not-now' })
    expect(keys).toEqual([])
  })
})

test('a composer that is about to be drawn is waited for', async () => {
  let looks = 0
  const program = withPicker()
  const { screen } = program
  program.screen = () => {
    looks += 1
    return looks < 5 ? '' : screen()
  }
  expect(await typing(program, presetBackend('codex'), 0).type('hello there')).toMatchObject({
    kind: 'submitted',
  })
  expect(program.sent).toEqual(['hello there'])
})

test('nothing is typed before a full-screen program has drawn its composer, for a minute', async () => {
  const loading: Program = {
    screen: () => 'loading…',
    cursor: () => ({ row: 0, column: 0 }),
    paste: () => undefined,
    key: () => undefined,
  }
  expect(await typing(loading, presetBackend('opencode'), -57_000).type('hi')).toMatchObject({
    kind: 'not-now',
  })
  expect(await typing(loading, presetBackend('opencode'), -61_000).type('hi')).toMatchObject({
    kind: 'submitted',
  })
})

/** Codex 0.169: a picker at the word under the cursor takes the key and puts its first match in. */
function withPicker(): Program & { sent: string[] } {
  let text = ''
  const sent: string[] = []
  return {
    sent,
    screen: () => `hello\n\n› ${text}`.trimEnd(),
    cursor: () => ({ row: 2, column: 2 + text.length }),
    paste: (pasted) => {
      text += pasted
    },
    key: () => {
      if (/@\S+$/.test(text)) text = `${text.replace(/@(\S+)$/, '$1')} `
      else {
        sent.push(text.trim())
        text = ''
      }
    },
  }
}

describe('a picker of files', () => {
  test('is closed by a blank behind the last word', async () => {
    const program = withPicker()
    const { type, keys } = typing(program, presetBackend('codex'))
    expect(await type('look at @README.md')).toMatchObject({ kind: 'submitted' })
    expect([program.sent, keys]).toEqual([['look at @README.md'], ['Enter']])
  })

  test('that took the key gets it once more, and nothing is left standing', async () => {
    const program = withPicker()
    const { paste } = program
    // A program that trims what is pasted.
    program.paste = (text, at) => paste(text.trimEnd(), at)
    const { type, keys } = typing(program, presetBackend('codex'))
    expect(await type('look at @README.md')).toMatchObject({ kind: 'submitted' })
    expect([program.sent, keys]).toEqual([['look at README.md'], ['Enter', 'Enter']])
  })
})

/** Codex 0.169 with a command that it does not know: the text is put back, the cursor before it. */
function refuses(): Program & { text: string } {
  let refused = false
  const program = {
    text: '',
    screen: () => `hello\n\n› ${program.text}`.trimEnd(),
    cursor: () => ({ row: 2, column: 2 + (refused ? 0 : program.text.length) }),
    paste: (pasted: string) => {
      program.text += pasted
      refused = false
    },
    key: (name: string) => {
      if (name === 'Enter') refused = true
      if (name === 'End') refused = false
      if (name === 'C-u') program.text = ''
    },
  }
  return program
}

describe('a text that the program refuses', () => {
  test('is not taken for submitted, is not typed again, and can be taken out of the composer', async () => {
    const program = refuses()
    const { type, keys, pastes, clear } = typing(program, presetBackend('codex'))
    expect(await type('/tmp is a folder')).toMatchObject({ kind: 'kept' })
    expect(await type('/tmp is a folder', {}, '/tmp is a folder')).toMatchObject({ kind: 'kept' })
    expect([keys.length, pastes.length]).toEqual([4, 1])
    await clear('/tmp is a folder')
    expect(program.text).toBe('')
  })

  test('what else stands in the composer is left there', async () => {
    const program = refuses()
    const { clear, keys } = typing(program, presetBackend('codex'))
    program.paste('a thought of mine', 0)
    await clear('/tmp is a folder')
    expect([program.text, keys]).toEqual(['a thought of mine', []])
  })
})
