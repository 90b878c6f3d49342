import { join } from 'node:path'
import type { Cli } from './cli.ts'

export const claude: Cli = {
  name: 'claude',
  npm: '@anthropic-ai/claude-code',
  bin: 'claude',
  files: ({ home, work }) => ({
    [join(home, '.claude.json')]: JSON.stringify({
      hasCompletedOnboarding: true,
      theme: 'dark',
      projects: { [work]: { hasTrustDialogAccepted: true } },
    }),
  }),
  // A subscriber's token: with an API key a 429 is a plain error, and there is no usage limit to read.
  env: ({ url }) => ({
    ANTHROPIC_BASE_URL: url,
    CLAUDE_CODE_OAUTH_TOKEN: 'stub-token',
    DISABLE_AUTOUPDATER: '1',
    CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
  }),
  agent: '',
  typedKickoff: false,
  leave: 'Escape',
  title: { working: true, asking: false },
  namesReset: true,
  patienceMs: 0,
}
