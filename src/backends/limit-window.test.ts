import { expect, test } from 'vitest'
import { windowOf } from './limit-window.ts'

test.each([
  ["You've hit your session limit · resets 6:30pm (America/Sao_Paulo)", 'session'],
  ['5-hour limit reached ∙ resets 3pm', 'session'],
  ["You've hit your weekly limit · resets Mon 12:00am", 'weekly'],
  ["You've hit your monthly limit · resets Sep 1 at 12:00am", 'monthly'],
  ["You've hit your Opus limit · resets Jun 26 at 5am", 'opus'],
  ["You've reached your Fable 5 limit. Run /usage-credits to continue", 'fable 5'],
  ["■ You've hit your usage limit for gpt-5-codex. Switch to another model now", 'gpt-5-codex'],
  ['Usage limit reached for gemini-2.5-pro.', 'gemini-2.5-pro'],
  ['You have reached your daily gemini-2.5-pro quota limit.', 'daily'],
  ['Maximum requests reached for this month.', 'monthly'],
  ["You've hit your usage limit. or try again in 5 hours", undefined],
  ["You've hit your limit · resets in 1 day", undefined],
  ['Credit balance is too low', undefined],
])('%s', (banner, window) => expect(windowOf(banner)).toBe(window))
