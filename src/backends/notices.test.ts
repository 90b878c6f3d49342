import { expect, test } from 'vitest'
import { createRegexRunner } from '../adapters/regex/index.ts'
import { lookAt, presetBackend, readingOf } from './testing.ts'

/** What the programs themselves say, in their words of 2025 to 2026: reading, and class or kind of limit where it matters. */
const NOTICES: [backend: string, reading: string, notice: string][] = [
  ['claude', 'limited blocked', "Your seat type doesn't include usage credits"],
  [
    'claude',
    'limited blocked',
    'Your usage allocation has been disabled by your admin · run /usage-credits to ask your admin for a higher limit',
  ],
  [
    'claude',
    'limited blocked',
    "Your group's usage limit is set to $0 · run /usage-credits to ask your admin",
  ],
  ['claude', 'limited blocked', 'Your org is out of usage · contact your admin'],
  ['claude', 'limited blocked', 'Fable 5 requires usage credits. /model to switch models.'],
  [
    'claude',
    'limited blocked',
    'API Error: Usage credits required for 1M context · run /usage-credits to turn them on, or /model to switch',
  ],
  ['claude', 'limited banner', "You've hit your org's monthly usage limit · resets 3pm (America/New_York)"],
  ['claude', 'idle', 'Fast limit reached and temporarily disabled · resets in 12m'],
  ['claude', 'idle', 'Subagent nesting limit reached (depth 5 of 5). Complete this task directly.'],
  [
    'claude',
    'failing auth',
    'Your ANTHROPIC_API_KEY belongs to a disabled organization · Unset the variable',
  ],
  [
    'claude',
    'failing auth',
    'Your organization has disabled Claude subscription access for Claude Code · Use an Anthropic API key instead',
  ],
  ['claude', 'failing auth', 'Your account does not have access to Claude. Please login again.'],
  [
    'claude',
    'failing context',
    'Autocompact is thrashing: the context refilled to the limit within 3 turns of the previous compact, 3 times',
  ],
  [
    'claude',
    'failing context',
    'API Error: 400 {"type":"error","error":{"message":"prompt is too long: 210000 tokens > 200000 maximum"}}',
  ],
  [
    'claude',
    'failing start',
    "There's an issue with the selected model (claude-x). It may not exist or you may not have access to it.",
  ],
  [
    'claude',
    'failing start',
    'Claude Opus is not available with the Claude Pro plan. If you have updated your plan recently, run /logout',
  ],
  [
    'codex',
    'limited blocked',
    'To use Codex with your ChatGPT plan, upgrade to Plus: https://chatgpt.com/explore/plus.',
  ],
  ['codex', 'idle', 'agent thread limit reached'],
  ['codex', 'failing auth', 'unexpected status 403 Forbidden: Country, region, or territory not supported'],
  [
    'codex',
    'failing auth',
    'Your authentication session could not be refreshed automatically. Please log out and sign in again.',
  ],
  ['codex', 'failing auth', 'Provided authentication token is expired. Please try signing in again.'],
  ['codex', 'failing auth', 'Missing environment variable: `OPENAI_API_KEY`.'],
  ['gemini', 'limited unparsed', '[API Error: Resource has been exhausted (e.g. check quota).]'],
  ['gemini', 'failing auth', 'Failed to login. Message: This account requires setting a project'],
  ['gemini', 'failing auth', 'Authentication timed out. Please try again.'],
  [
    'gemini',
    'failing context',
    '[API Error: The input token count (1200000) exceeds the maximum number of tokens allowed (1048576).]',
  ],
  [
    'opencode',
    'limited unparsed',
    "This request would exceed your account's rate limit. Please try again later.",
  ],
  [
    'opencode',
    'limited blocked',
    '429 Too Many Requests: You exceeded your current quota, check your billing details',
  ],
  [
    'opencode',
    'failing billing',
    'No payment method. Add a payment method here: https://opencode.ai/billing',
  ],
  ['opencode', 'failing context', 'Input exceeds context window of this model'],
  ['opencode', 'failing start', 'Model not found: foo/bar. Did you mean: foo/baz?'],
  ['opencode', 'failing auth', 'Token refresh failed: 400'],
  ['generic', 'limited blocked', 'You have no remaining credits.'],
  ['generic', 'limited blocked', 'No credits remaining. Add credits to continue.'],
  ['generic', 'limited blocked', 'Your account has insufficient credits'],
  ['generic', 'idle', 'Error: File size limit exceeded'],
  ['generic', 'idle', 'Error: Turn limit reached'],
  ['generic', 'idle', 'Error: Memory limit exceeded'],
]

/** Where each program puts a notice, and what stands below it. */
const FRAMES: Record<string, { marks: [first: string, then: string][]; above: string; below: string }> = {
  claude: {
    marks: [
      ['⏺ ', '  '],
      ['  ⎿  ', '     '],
    ],
    above: '⏺ Bash(npm test)\n  ⎿  12 passed\n\n❯ go on',
    below: `✻ Worked for 3s\n\n${'─'.repeat(50)}\n❯ \n${'─'.repeat(50)}\n  Opus | main | 42% ctx\n  ⏵⏵ accept edits on`,
  },
  codex: {
    marks: [['■ ', '']],
    above: '› go on\n\n• Ran ls\n  └ a',
    below: '\n› Ask Codex to do anything\n\n  gpt-5.5 high · ~/p',
  },
  gemini: {
    marks: [['✕ ', '  ']],
    above: ' > go on\n\n✦ I will.',
    below: '╭────────╮\n│ >   Type your message or @path/to/file │\n╰────────╯',
  },
  opencode: {
    marks: [['  ┃  ', '  ┃  ']],
    above: '  ┃  go on\n\n     I will.',
    below: '  ┃\n  ┃  Build\n  ╹▀▀▀▀▀▀▀▀',
  },
  generic: {
    marks: [
      ['', ''],
      ['✗ ', '  '],
    ],
    above: '> go on\n\n● I will.',
    below: '> ',
  },
}

function wrapped(text: string, width: number): string[] {
  const rows = ['']
  for (const word of text.split(' ')) {
    const last = rows.at(-1)!
    const fits = last === '' || last.length + 1 + word.length <= width
    rows[fits ? rows.length - 1 : rows.length] = fits ? `${last}${last === '' ? '' : ' '}${word}` : word
  }
  return rows
}

// The deadline is not what is tested here, and the machine may be busy.
const regex = createRegexRunner({ deadlineMs: 5_000 })
const NOW = Date.parse('2026-06-10T12:00:00Z')

test.each(NOTICES)('%s reads %s at every width: %s', (name, want, notice) => {
  const backend = presetBackend(name)
  const { marks, above, below } = FRAMES[name]!
  for (const [first, then] of marks) {
    for (const width of [160, 100, 72, 50]) {
      const rows = wrapped(notice, width - first.length).map((row, at) => (at === 0 ? first : then) + row)
      const text = [above, '', ...rows, '', below].join('\n')
      const { state, failClass, limit } = readingOf(
        backend,
        lookAt({ text }),
        NOW,
        { logFallback: true },
        regex,
      )
      expect([[state, failClass ?? limit?.kind].filter(Boolean).join(' '), text]).toEqual([want, text])
    }
  }
})
