import { join } from 'node:path'
import { answers } from './answers.ts'
import { claude } from './clis/claude.ts'

answers(claude, {
  untrusted: (_, { home }) => ({
    [join(home, '.claude.json')]: JSON.stringify({ hasCompletedOnboarding: true, theme: 'dark' }),
  }),
  trust: 'Yes, I trust',
  yes: 'Yes',
  no: 'No',
})
