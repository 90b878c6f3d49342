import { describe, expect, test } from 'vitest'
import { detect, type Matches, patternJobs, readMatches } from './detect.ts'
import { mismatch } from './mismatch.ts'
import { screenChanged } from './screen.ts'
import { lookAt, plainBackend, presetBackend, readingOf } from './testing.ts'

const wall = Date.parse('2026-06-10T12:00:00Z')
const custom = (over = {}) =>
  plainBackend({ patterns: { active: 'BUSY', limit: 'usage limit', fatal: 'FATAL' }, ...over })
const footer = (over = {}) => custom({ footerUi: true, ...over })
const state = (...args: Parameters<typeof readingOf>) => readingOf(...args).state
const rows = (count: number, text = 'x') => `${text}\n`.repeat(count)

describe('activity', () => {
  test('a plain backend is active wherever its pattern stands, as with the Python driver', () => {
    expect(state(custom(), lookAt({ text: `BUSY\n${rows(59)}` }))).toBe('working')
    expect(state(custom(), lookAt({ text: rows(59), changed: true }))).toBe('idle')
  })
  test('a footer backend only in its last rows, and blank rows below do not push it out', () => {
    expect(state(footer(), lookAt({ text: `BUSY\n${rows(9)}${'\n'.repeat(40)}` }))).toBe('working')
    expect(state(footer(), lookAt({ text: `BUSY\n${rows(10)}` }))).toBe('idle')
  })
  test('a backend without any pattern works while its screen changes', () => {
    expect(state(plainBackend(), lookAt({ text: 'a', changed: true }))).toBe('working')
    expect(state(plainBackend(), lookAt({ text: 'a', changed: false }))).toBe('idle')
    expect(state(plainBackend(), lookAt({ text: 'a' }))).toBe('idle')
  })
  test('Codex streams without a working row: the change counts, unless the title says idle', () => {
    expect(state(presetBackend('codex'), lookAt({ text: 'text', changed: true }))).toBe('working')
    expect(state(presetBackend('claude'), lookAt({ text: 'text', changed: true, title: '✳ Claude' }))).toBe(
      'idle',
    )
  })
  test('what is still drawn after the sign of a turn is gone is the end of that turn', () => {
    const drawn = (signGoneMs?: number) =>
      state(presetBackend('codex'), lookAt({ text: '› Ask', changed: true, logAgeMs: 500, signGoneMs }))
    expect([drawn(), drawn(900), drawn(1_000)]).toEqual(['working', 'working', 'idle'])
  })
  test('a spinner in the title is work', () => {
    expect(readingOf(plainBackend(), lookAt({ text: '', title: '⠂ Claude Code' })).rule).toBe('title-working')
  })
})

describe('the log of a footer backend', () => {
  const look = (over = {}) => lookAt({ text: 'x', changed: false, logAgeMs: 10_000, ...over })
  test('counts as activity for log_grace, where the caller permits it', () => {
    expect(readingOf(footer(), look()).rule).toBe('log-written')
    expect(state(footer(), look({ logAgeMs: 180_001 }))).toBe('idle')
    expect(state(footer(), look(), wall, { logFallback: false })).toBe('idle')
    expect(state(custom(), look())).toBe('idle')
  })
  test('does not where a composer stands and nothing was drawn for three seconds: that was the end of a turn', () => {
    const rested = (over = {}) =>
      state(presetBackend('codex'), look({ text: '› Ask', quietMs: 3_000, ...over }))
    expect(rested()).toBe('idle')
    expect(rested({ quietMs: 2_900 })).toBe('working')
    expect(rested({ logAgeMs: 2_900 })).toBe('working')
    expect(rested({ text: 'no composer' })).toBe('working')
  })
  test('does not when only a clock has ticked for longer than that', () => {
    expect(state(footer(), look({ quietMs: 200_000 }))).toBe('idle')
    expect(screenChanged('ready 12:00:01 | 50%', 'ready 12:00:02 | 50%')).toBe(false)
    expect(screenChanged('✻ Pondering… (12s)', '✻ Pondering… (13s)')).toBe(true)
    expect(screenChanged('a', 'b')).toBe(true)
  })
  test('does not hide a fatal error', () => {
    expect(state(footer(), look({ text: 'FATAL' }))).toBe('failing')
  })
})

test('a footer screen that says working and has stood still for ten minutes is not working', () => {
  expect(state(footer(), lookAt({ text: 'BUSY', changed: false, quietMs: 599_000 }))).toBe('working')
  expect(readingOf(footer(), lookAt({ text: 'BUSY', changed: false, quietMs: 600_000 })).rule).toBe('frozen')
  expect(state(custom(), lookAt({ text: 'BUSY', changed: false, quietMs: 6_000_000 }))).toBe('working')
})

describe('precedence', () => {
  test('a limit is none while the agent works, and comes before fatal', () => {
    expect(state(custom(), lookAt({ text: 'usage limit\nBUSY' }))).toBe('working')
    expect(state(custom(), lookAt({ text: 'usage limit', title: '⠂ x' }))).toBe('working')
    expect(state(custom(), lookAt({ text: 'FATAL usage limit' }))).toBe('limited')
    expect(readingOf(custom(), lookAt({ text: 'FATAL' }))).toMatchObject({
      state: 'failing',
      failClass: 'fatal',
    })
  })
  test('an old banner far above the footer is none', () => {
    expect(state(footer(), lookAt({ text: `usage limit\n${rows(25)}` }))).toBe('idle')
    expect(state(footer(), lookAt({ text: `usage limit\n${rows(24)}` }))).toBe('limited')
    expect(state(custom(), lookAt({ text: `usage limit\n${rows(39)}` }))).toBe('limited')
  })
  test('a limit menu is limited, and says that a dialog has the keyboard', () => {
    const text =
      "You've hit your limit · resets 3pm\n\n❯ 1. Stop and wait for limit to reset\n  2. Upgrade your plan"
    const reading = readingOf(presetBackend('claude'), lookAt({ text }))
    expect(reading.state).toBe('limited')
    expect(reading.claims.map(({ says }) => says)).toContain('asking')
  })
  test('a limit menu outweighs words that were left in the title, but not a spinner', () => {
    const text = '│ Usage limit reached for all Pro models.\n│ ● 1. Keep trying\n│   2. Stop'
    expect(state(presetBackend('gemini'), lookAt({ text, title: '✦  Working… (x)' }))).toBe('limited')
    expect(state(presetBackend('gemini'), lookAt({ text, title: '⠂ x' }))).toBe('working')
  })
  test('of two banners the newer one, further down, names the reset', () => {
    const banner = (time: string) =>
      `  ⎿  You've hit your session limit · resets ${time} (UTC)\n\n❯ again\n\n`
    const reading = readingOf(presetBackend('claude'), lookAt({ text: banner('1pm') + banner('3:30pm') }))
    expect(reading.until).toBe(Date.parse('2026-06-10T15:30:00Z'))
  })
  test('a dialog comes before activity, but not before a spinner in the title', () => {
    const asks = plainBackend({ patterns: { active: 'BUSY', asking: 'sure\\?' } })
    expect(state(asks, lookAt({ text: 'BUSY sure?' }))).toBe('asking')
    expect(state(asks, lookAt({ text: 'BUSY sure?', title: '⠂ x' }))).toBe('working')
    expect(state(presetBackend('codex'), lookAt({ text: '', title: '[ ! ] Action Required | x' }))).toBe(
      'asking',
    )
  })
})

test('a pattern that is too slow makes the reading unknown, never idle', () => {
  const backend = custom()
  const look = lookAt({ text: 'FATAL' })
  const outcomes = patternJobs(backend, look).map(() => ({ kind: 'none' as const }))
  const slow = (key: keyof Matches): Matches => ({ ...readMatches(outcomes), [key]: { kind: 'slow' } })
  for (const key of ['active', 'limit', 'fatal', 'asking'] as const) {
    expect(detect(backend, look, slow(key), wall, { logFallback: false })).toMatchObject({
      state: 'unknown',
      rule: 'pattern-slow',
    })
  }
  const busy: Matches = { ...slow('fatal'), active: { kind: 'match', index: 0, text: 'F', groups: [] } }
  expect(detect(backend, look, busy, wall, { logFallback: false }).state).toBe('working')
})

describe('a shell', () => {
  const claude = presetBackend('claude')
  test('needs the process and the prompt', () => {
    expect(state(claude, lookAt({ text: 'bye\nme@host:~/x$ ', command: 'bash' }))).toBe('shell')
    expect(state(claude, lookAt({ text: 'me@host ~ % ', command: 'zsh' }))).toBe('shell')
    expect(state(claude, lookAt({ text: 'bye\nme@host:~/x$ ', command: 'claude' }))).toBe('idle')
    expect(state(claude, lookAt({ text: 'ctx 50%', command: 'sh' }))).toBe('idle')
    expect(state(claude, lookAt({ text: '❯ ', command: 'sh' }))).toBe('idle')
  })
  test('is not seen while the program runs under it', () => {
    const look = lookAt({ text: 'me@host:~/x$ ', command: 'sh' })
    expect(state(claude, { ...look, programRuns: true })).toBe('idle')
    expect(state(claude, { ...look, programRuns: false })).toBe('shell')
  })
  test('is never seen where no process name is declared', () => {
    expect(state(plainBackend(), lookAt({ text: '$ ', command: 'bash' }))).toBe('idle')
  })
})

describe('WAITING-UNTIL', () => {
  const at = (text: string, over = {}) => readingOf(plainBackend(over), lookAt({ text }))
  test.each([
    ['WAITING-UNTIL: 2026-06-10T15:00:00Z', '2026-06-10T15:00:00Z'],
    ['WAITING-UNTIL: 2026-06-10 15:00Z.', '2026-06-10T15:00:00Z'],
    ['`WAITING-UNTIL: 2026-06-10T15:00:00+02:00`', '2026-06-10T13:00:00Z'],
    ['WAITING-UNTIL:\n20260610T150000Z', '2026-06-10T15:00:00Z'],
    ['WAITING-UNTIL: 2026-W24-4T00:00Z', '2026-06-11T00:00:00Z'],
    ['WAITING-UNTIL: 2026-06-10T09:00Z\nWAITING-UNTIL: 2026-06-10T15:00Z', '2026-06-10T15:00:00Z'],
    ['WAITING-UNTIL: 2026-06-10T15:00Z\nsay WAITING-UNTIL: <ISO time>', '2026-06-10T15:00:00Z'],
  ])('%j', (text, iso) => {
    expect(at(text)).toMatchObject({
      state: 'waiting',
      until: Date.parse(iso),
      waitingUntil: Date.parse(iso),
    })
  })
  test('without an offset it is local time, a date alone its midnight', () => {
    expect(at('WAITING-UNTIL: 2026-06-12T15:00').until).toBe(new Date(2026, 5, 12, 15).getTime())
    expect(at('WAITING-UNTIL: 2026-06-12').until).toBe(new Date(2026, 5, 12).getTime())
  })
  test('nonsense is no marker, and a past one does not wait but is reported', () => {
    expect(at('WAITING-UNTIL: soon')).not.toHaveProperty('waitingUntil')
    expect(at('WAITING-UNTIL: 2026-13-40T00:00Z')).not.toHaveProperty('waitingUntil')
    expect(at('WAITING-UNTIL: 2026-06-10T09:00Z')).toMatchObject({
      state: 'idle',
      waitingUntil: Date.parse('2026-06-10T09:00:00Z'),
    })
  })
  test('a footer backend reads its last row; further up only a future marker counts', () => {
    const ui = { footerUi: true }
    expect(at('x\nWAITING-UNTIL: 2026-06-10T09:00Z\n\n', ui)).toHaveProperty('waitingUntil')
    expect(at('⏺ WAITING-UNTIL: 2026-06-10T09:00Z\n❯\nfooter', ui)).not.toHaveProperty('waitingUntil')
    expect(at('⏺ WAITING-UNTIL: 2026-06-10T15:00Z\n❯\nfooter', ui).state).toBe('waiting')
    expect(at('say WAITING-UNTIL: 2026-06-10T15:00Z\n❯\nfooter', ui).state).toBe('idle')
  })
})

test('every claim names its line and shows control characters', () => {
  const text = `one\ntwo BUSY \x1b[31m${'x'.repeat(300)}`
  const [claim] = readingOf(custom(), lookAt({ text })).claims
  expect(claim!.evidence).toMatch(/^line 2: two BUSY \\x1b\[31mx+$/)
  expect(claim!.evidence).toHaveLength(120)
})

describe('mismatch', () => {
  const backends = {
    claude: { processName: 'claude' },
    codex: { processName: 'codex' },
    twin: { processName: 'claude' },
    gemini: { processName: undefined },
  }
  test('is the process of another declared backend, and nothing else', () => {
    expect(mismatch('claude', 'codex', backends)).toBe(
      'the pane runs codex (backend codex), expected claude (backend claude)',
    )
    for (const command of ['claude', 'bash', 'node', ''])
      expect(mismatch('claude', command, backends)).toBeUndefined()
    expect(mismatch('gemini', 'codex', backends)).toBeUndefined()
    expect(mismatch('absent', 'codex', backends)).toBeUndefined()
  })
})

describe('failures by class', () => {
  const classes = {
    auth: 'AUTH',
    context: 'FULL',
    billing: 'PAY',
    overload: 'CROWDED',
    crash: 'DIED',
    start: 'REFUSED',
  }
  const classed = plainBackend({ patterns: { ...classes, fatal: 'FATAL', limit: 'LIMIT', active: 'WORK' } })
  const read = (text: string) => readingOf(classed, lookAt({ text }))
  test.each(Object.entries(classes))('%s', (name, text) => {
    expect(read(text)).toMatchObject({ state: 'failing', failClass: name, rule: `${name}-pattern` })
    expect(read(text).claims).toContainEqual({
      source: 'screen',
      says: 'failing',
      evidence: `line 1: ${text}`,
    })
  })
  test('fatal_re wins over every class, a limit and work over both', () => {
    expect(read('AUTH FATAL').failClass).toBe('fatal')
    expect(read('AUTH LIMIT').state).toBe('limited')
    expect(read('AUTH WORK').state).toBe('working')
    expect(read('CROWDED AUTH').failClass).toBe('auth')
  })
})

describe('a limit says what sort it is', () => {
  const limit = (name: string, text: string) => readingOf(presetBackend(name), lookAt({ text })).limit
  test.each([
    ['claude', "You've hit your weekly limit · resets 3pm", 'banner', 'weekly'],
    ['claude', "You've hit your limit", 'unparsed', undefined],
    ['claude', "You've reached your Fable 5 limit. Run /usage-credits to continue", 'blocked', 'fable 5'],
    ['claude', 'Credit balance is too low', 'blocked', undefined],
    ['codex', '■ Your workspace is out of credits.', 'blocked', undefined],
    ['codex', "■ You've hit your usage limit. Try again later.", 'unparsed', undefined],
  ])('%s: %s', (name, text, kind, window) => {
    expect(limit(name, text)).toMatchObject({ kind })
    expect(limit(name, text)!.window).toBe(window)
  })
})

test.each([
  ['claude', '⏺ API Error: 529 Overloaded\n❯ ', 'overload'],
  [
    'claude',
    '  ⎿  API Error: Server is temporarily limiting requests (not your usage limit)\n❯ ',
    'overload',
  ],
  ['claude', '  ⎿  API Error: Request rejected (429)\n❯ ', 'overload'],
  ['claude', '⏺ Login expired · Please run /login\n❯ ', 'auth'],
  ['claude', '  ⎿  Context limit reached · /compact or /clear to continue\n❯ ', 'context'],
  ['codex', '■ Selected model is at capacity. Please try a different model.\n› ', 'overload'],
  ['codex', 'The application panicked (crashed).', 'crash'],
])('%s: %j fails with class %s', (name, text, failClass) => {
  expect(readingOf(presetBackend(name), lookAt({ text }))).toMatchObject({ state: 'failing', failClass })
})

test('a banner that is too long keeps the time that it names', () => {
  const long =
    'You have hit your usage limit. Visit https://example.com/a/rather/long/way/to/the/settings/of/the/account/usage or try again at 6:53 PM.'
  const { limit } = readingOf(presetBackend('codex'), lookAt({ text: `■ ${long}\n\n› Ask Codex` }))
  expect(limit?.text).toHaveLength(120)
  expect(limit?.text).toMatch(/^You have hit your usage limit\. Visit .*… .*6:53 PM$/)
})
