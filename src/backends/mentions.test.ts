import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { lookAt, presetBackend, readingOf } from './testing.ts'

const root = join(dirname(fileURLToPath(import.meta.url)), '../../test/fixtures/screens')
const screens = readdirSync(root, { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('.txt') && !path.includes('synthetic'))
  .map((path) => {
    const [backend = '', , file = ''] = path.split(/[\\/]/)
    return { path, backend, want: file.split('--')[0]!, text: readFileSync(join(root, path), 'utf8') }
  })

/** What the CLIs print when it is true, in words of their own. */
const banners = [
  "You've hit your 5-hour limit · resets 11:40am (UTC)",
  "You've hit your usage limit. Upgrade to Pro or try again at 4:24 PM.",
  'Usage limit reached · limit resets 3pm',
  "You've reached your weekly limit · resets Monday at 9am",
  'API Error: 429 rate limit exceeded, try again in 5 minutes',
  'Quota exceeded for requests per day. Please retry in 6h 12m.',
]

/** How work mentions it. */
const mentions: Record<string, (banner: string) => string[]> = {
  'in a sentence': (b) => [`The pattern now finds "${b}" in both spellings.`],
  'in a code fence': (b) => ['```', b, '```'],
  quoted: (b) => [`> ${b}`],
  'in a diff': (b) => [`12 -  const banner = 'none'`, `12 +  const banner = "${b}"`],
  'found by grep': (b) => [`src/limits.ts:41:  '${b}',`],
  'in a list of cases': (b) => [`- "${b}" → limited`, `- "approaching your limit" → working`],
  'in a table': (b) => [`│ claude │ "${b}" │ limited │`],
  'in a test': (b) => [`✓ reads ${JSON.stringify(b)} as limited (3 ms)`],
}

/** The mention as the end of the newest reply, indented as the reply is. */
function withMention(text: string, lines: readonly string[]): string | undefined {
  const rows = text.split('\n')
  const at = rows.findLastIndex((row) => row.includes('word15'))
  if (at < 0) return undefined
  const indent = /^[\s│┃]*/.exec(rows[at]!)![0]
  const body = lines.map((line) => `${indent.padEnd(2)}${line}`)
  // As many empty rows go below as came in, so that the screen keeps its height.
  const below = rows.slice(at + 1)
  let spare = body.length
  const rest = below.filter((row) => row.trim() !== '' || spare-- <= 0)
  return [...rows.slice(0, at + 1), ...body, ...(rest.length === below.length ? below : ['', ...rest])].join(
    '\n',
  )
}

describe('row 10: work that mentions limits is no limit', () => {
  const replies = screens.filter(({ want, text }) => want !== 'limited' && text.includes('word15'))
  const made = replies.flatMap((screen) =>
    Object.entries(mentions).flatMap(([how, lines]) =>
      banners.map((banner) => ({ ...screen, how, banner, shown: withMention(screen.text, lines(banner))! })),
    ),
  )

  test('two hundred screens at least', () => {
    expect(made.length).toBeGreaterThanOrEqual(200)
    expect(new Set(made.map(({ backend }) => backend)).size).toBe(4)
  })
  test.each(Object.keys(mentions))('%s', (how) => {
    const wrong = made
      .filter((one) => one.how === how)
      .map(({ path, backend, banner, shown, want }) => ({
        path,
        banner,
        want,
        got: readingOf(presetBackend(backend), lookAt({ text: shown, command: backend })).state,
      }))
      .filter(({ got, want }) => got !== want)
    expect(wrong).toEqual([])
  })
})

describe('and a true banner is one, whatever time it names', () => {
  const hours = Array.from({ length: 24 }, (_, n) => `${(n % 12) + 1}:${n * 2 + 10}${n < 12 ? 'am' : 'pm'}`)
  const limited = screens.filter(({ want, text }) => want === 'limited' && /\d{1,2}:\d\d ?[ap]m/i.test(text))

  test.each(limited)('$path', ({ backend, text }) => {
    const got = hours.map((time) => {
      const shown = text.replaceAll(/\d{1,2}:\d\d ?[ap]m/gi, time)
      return readingOf(presetBackend(backend), lookAt({ text: shown, command: backend })).state
    })
    expect(got).toEqual(hours.map(() => 'limited'))
  })
})
