import { expect, test } from 'vitest'
import { createRegexRunner } from '../../adapters/regex/index.ts'
import { presets } from '../../backends/presets/index.ts'
import { resolveBackends } from '../../config/backends.ts'
import { signSoFarReader } from './sign.ts'

const read = (preset: string) =>
  signSoFarReader(
    resolveBackends({ b: { preset } }, presets, []).specs.b!,
    createRegexRunner({ deadlineMs: 1_000 }),
    { now: () => ({ mono: 0, wall: Date.parse('2026-11-20T19:19:12Z') }) },
  )

/** As `opencode run --print-logs --log-level ERROR` 1.18.33 prints it, colours and all. */
const row = (small: boolean, error: string) =>
  `timestamp=2026-11-20T19:19:12.393Z level=ERROR run=e443091d message="stream error" providerID=stub modelID=stub session.id=ses_e059a1bc4ffe4zipqDgXqyDknr small=${small} agent=build mode=primary error.error="${error}"\n`
const begin = '\x1b[0m\n> build · stub\n\x1b[0m\n'

test.each([
  ['AI_APICallError: The usage limit has been reached', 'The usage limit has been reached'],
  ['AI_APICallError: Subscription quota exceeded', 'Subscription quota exceeded'],
  [
    "AI_APICallError: This request would exceed your account's rate limit. Please try again later.",
    undefined,
  ],
])('opencode waits in silence at: %s', (error, text) => {
  const words = text ?? error.replace('AI_APICallError: ', '')
  expect(read('opencode')(begin + row(false, error))).toMatchObject({ kind: 'limited', text: words })
})

test.each([
  ['nothing', begin],
  [
    'its helper that makes a title',
    row(true, 'AI_RetryError: Failed. Last error: The usage limit has been reached'),
  ],
  ['a service that is busy', row(false, 'AI_APICallError: Overloaded')],
  [
    'its own words',
    'I saw level=ERROR message="stream error" small=false error.error="The usage limit has been reached"\n',
  ],
])('and not at %s', (_what, tail) => {
  expect(read('opencode')(tail)).toEqual({ kind: 'none' })
})

test('a backend without such a pattern is read at its end alone', () => {
  expect(read('claude')(row(false, 'AI_APICallError: The usage limit has been reached'))).toEqual({
    kind: 'none',
  })
})
