import { describe, expect, test } from 'vitest'
import { createRegexRunner } from '../adapters/regex/index.ts'
import { presets } from './presets/index.ts'
import { lookAt, presetBackend, readingOf } from './testing.ts'

/** What models and people say about limits and failures, none of which is one. */
const TALK = [
  'The weekly banner reads "You\'ve hit your weekly limit · resets Jun 26 at 5am".',
  'When the usage limit is reached the client should wait and retry.',
  'The rate limit was hit, so I waited a minute and tried again.',
  'I added a test for the "5-hour limit reached ∙ resets 3pm" banner.',
  'If the quota is exceeded, the API answers with RESOURCE_EXHAUSTED.',
  'We map `insufficient_quota` to a billing error in the client.',
  "You've used 90% of your session limit · resets 9:20pm (UTC) · /upgrade to keep going",
  'Approaching usage limit · resets at 7pm',
  'You are approaching your weekly limit.',
  'This call counts towards the rate limit of the account.',
  'The docs say: credit balance is too low means the card was declined.',
  'Next: handle 429 Too Many Requests and 529 Overloaded in the retry loop.',
  'The server was overloaded during the load test, see the graph.',
  'The API Error: 529 was caused by the mock server.',
  'This request failed: 503 is what the proxy says when it is full.',
  'A request that is too large is split before it is sent.',
  'The prompt is too long for one screen, so I split it into two files.',
  'The token is missing in the header, which is why the test got a 401.',
  'Users who are not logged in when they open the page are redirected.',
  'The subscription has expired in the fixture, on purpose.',
  'I renamed InvalidApiKeyError to AuthError and updated the tests.',
  'Run npm login to publish the package yourself.',
  'The handler returns 503 Service Unavailable while the pool is empty.',
  'pytest prints a Traceback (most recent call last): and the failing line.',
  'The worker panicked at startup before the fix; now it logs the reason.',
  'Should I continue with the second file?',
  'Steps: 1. read the config 2. write the test',
  'esc to interrupt is what the footer says while it works.',
  'Please log in at http://localhost:3000 and look at the page.',
  'Please sign in with the test account to try it.',
  'Invalid API key errors are shown in red now.',
  'No API key is needed for the mock server.',
  'Missing credentials are reported by the new check.',
  'Missing environment variable DATABASE_KEY makes the second test fail.',
  'Failed to log in as admin in the first run, so I seeded the user.',
  'Token refresh failed in one test because of the clock.',
  'Your account does not have access to the repository, so I could not push.',
  'Your organization has disabled GitHub Actions for forks.',
  'Your session has expired is the text of the new toast.',
  'Unknown option values fall back to the default.',
  'Model user not found is answered with 404 now.',
  'The model gpt-4 is not available in the fixture, so the test takes another.',
  'You have no usage of this function elsewhere.',
  'You have no requests pending.',
  'No requests left in the queue after the drain.',
  'This request would exceed the body size limit, so it is split.',
  'Quota exceeded responses carry a Retry-After header now.',
  'Usage limit reached banners are read by the new table.',
  'Rate limit exceeded errors are retried twice.',
  'Weekly limit reached is one of the strings in that table.',
  'Context window sizes can be configured now.',
  'Input exceeds the buffer in one test; I made it larger.',
  'No payment method is asked for during the trial.',
  'Authentication timed out twice in the log before the fix.',
  'Overloaded constructors were removed.',
  'Error handling: the quota check returns early.',
]
const NOW = Date.parse('2026-06-10T12:00:00Z')
const BANNERS = [
  "You've hit your session limit · resets 3pm",
  '5-hour limit reached ∙ resets 3pm',
  'Usage limit reached (expected limited)',
  'API Error: 529 Overloaded',
  'Not logged in · Please run /login',
  'Prompt is too long',
]
/** How each CLI marks a reply, and its resting composer. */
const REST: Record<string, { reply: string; sent: string; rest: string }> = {
  claude: { reply: '⏺ ', sent: '❯ ', rest: '────────────\n❯ \n────────────\n  ? for shortcuts' },
  codex: { reply: '• ', sent: '› ', rest: '\n› Ask Codex to do anything\n\n  gpt-5.5 high · ~/project' },
  gemini: { reply: '✦ ', sent: '> ', rest: '╭────╮\n│ >   Type your message or @path/to/file │\n╰────╯' },
  opencode: { reply: '     ', sent: '  ┃  ', rest: '\n  ┃\n  ┃  Build · GLM-5.2\n  ╹▀▀▀▀▀▀▀▀▀▀▀▀' },
  aider: { reply: '', sent: '> ', rest: '\n> ' },
  cursor: { reply: '  ', sent: '  ', rest: '\n  → Add a follow-up\n\n  Composer 2.5 · 39.2%' },
  copilot: { reply: '● ', sent: '❯ ', rest: '\n────────────\n❯ \n────────────\n plan · / commands' },
  amp: { reply: '  ', sent: '┃ ', rest: '\n╭─smart──────────╮\n│                │\n╰────────────────╯' },
  qwen: { reply: '✦ ', sent: '> ', rest: '╭────╮\n│ >   Type your message or @path/to/file │\n╰────╯' },
  kimi: { reply: '• ', sent: '💫 ', rest: '\n💫 ' },
  kiro: { reply: '> ', sent: '[dev] 20% λ > ', rest: '\n[dev] 22% λ > ' },
  generic: { reply: '● ', sent: '❯ ', rest: '\n❯ ' },
}
const wrapped = (text: string, width: number): string[] => {
  const rows = ['']
  for (const word of text.split(' ')) {
    const last = rows.at(-1)!
    if (last !== '' && last.length + 1 + word.length > width) rows.push(word)
    else rows[rows.length - 1] = last === '' ? word : `${last} ${word}`
  }
  return rows
}
/** One engine for all of them: they are thousands. */
// The deadline is not what is tested here, and the machine may be busy.
const regex = createRegexRunner({ deadlineMs: 5_000 })
const asked = 'please look into it and tell me what you find about this thing here'

describe.each(Object.keys(presets))('%s', (name) => {
  const backend = presetBackend(name)
  const { reply, sent, rest } = REST[name]!
  const state = (rows: string[]) => {
    const screen = [`${sent}${asked}`, '', ...rows, '', rest].join('\n')
    return [readingOf(backend, lookAt({ text: screen }), NOW, { logFallback: true }, regex).state, screen]
  }
  test.each(TALK)('idle: %s', (talk) => {
    const indent = ' '.repeat(reply.length)
    const marked = (rows: string[]) => rows.map((row, at) => (at === 0 ? reply : indent) + row)
    const shown = [
      marked([talk]),
      marked(['It is done.', talk]),
      marked(wrapped(`Here is what I found in it: ${talk}`, 60)),
    ]
    shown.push([...marked(['This is the file:']), '```', talk, '```'])
    shown.push([...marked(['The change:']), `   12 + ${talk}`, `   13 - ${talk}`])
    for (const rows of shown) expect(state(rows)).toEqual(['idle', state(rows)[1]])
  })
  const indent = ' '.repeat(reply.length)
  test.each(BANNERS)('idle: a listing below its announcement: %s', (banner) => {
    const announced = `${reply}${reply === '' ? '' : 'It prints:'}`
    // A program without marks prints its own errors as it prints what a model says.
    if (reply === '') return
    const shown = [
      [announced, '', `${indent}    ${banner}`, '', `${indent}and passes.`],
      [announced, `${indent}    ✓ one`, `${indent}    ✗ ${banner}`, '', `${indent}One fails.`],
      [announced, '', `${indent}    ✓ one`, '', `${indent}    ✗ ${banner}`],
    ]
    for (const rows of shown) expect(state(rows)).toEqual(['idle', state(rows)[1]])
  })
})

test.each([
  ['claude', '❯ DRAFT\n────────────\n  ? for shortcuts'],
  ['claude', '│ > DRAFT │\n╰──────────╯\n  ? for shortcuts'],
  ['codex', '› DRAFT\n\n  gpt-5.5 high · ~/project'],
  ['generic', '❯ DRAFT'],
])('%s is idle with a draft that names a limit: %j', (name, composer) => {
  const { reply } = REST[name]!
  for (const draft of [...BANNERS, 'esc to interrupt', 'Please run /login']) {
    const text = `${reply}It is done.\n\n────────────\n${composer.replace('DRAFT', draft)}`
    expect([
      readingOf(presetBackend(name), lookAt({ text }), NOW, { logFallback: true }, regex).state,
      text,
    ]).toEqual(['idle', text])
  }
})
