import { join } from 'node:path'
import { answers } from './answers.ts'
import { claude } from './clis/claude.ts'

answers(claude, {
  untrusted: (_, { home }) => ({
    [join(home, '.claude.json')]: JSON.stringify({ hasCompletedOnboarding: true, theme: 'dark' }),
    // 2.1.329 begins in a mode that asks nothing.
    [join(home, '.claude/settings.json')]: JSON.stringify({ permissions: { defaultMode: 'default' } }),
  }),
  trust: 'Yes, I trust',
  besides: [['claude-auto-mode', 'No, keep manual mode']],
  yes: 'Yes',
  no: 'No',
})
